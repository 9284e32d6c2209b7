"""Judgement of all overlaps on all ranks: evidence, sites, ambiguity."""

from typing import NamedTuple

import numpy as np

from readkin.kernels.layout.ambiguity import PHASED, UNCLEAR, USABLE, propagate_ambiguity
from readkin.kernels.layout.evidence import FITS, NEAR, EvidenceLimits, weigh_overlaps
from readkin.kernels.layout.frames import AMBIGUOUS, CIS, TRANS, SiteRules, judge_reads
from readkin.kernels.layout.overlaps import Incidence, Overlaps
from readkin.parallel.mpi import Ranks
from readkin.pieces.rules import PieceRules
from readkin.pieces.sides import OverlapSides
from readkin.progress import Progress

PHASED_BONUS = 50.0  # bp in the rank of an overlap


class Judgement(NamedTuple):
    """What is known of all overlaps and reads.

    Attributes:
        fits: bool (overlaps,), long enough, few mismatches, and the reads differ at no site.
        is_against: bool (overlaps,), the reads differ.
        is_ambiguous: bool (overlaps,).
        rank: float32 (overlaps,), where it fits: the highest is joined first.
        branches: uint8 (reads,), bits BRANCHES_LEFT and BRANCHES_RIGHT.
    """

    fits: np.ndarray
    is_against: np.ndarray
    is_ambiguous: np.ndarray
    rank: np.ndarray
    branches: np.ndarray


def judge_overlaps(
    overlaps: Overlaps,
    incidence: Incidence,
    residues: np.ndarray,
    offsets: np.ndarray,
    rules: PieceRules,
    ranks: Ranks,
) -> Judgement | None:
    """Judge all overlaps; all ranks must call it. Return the result on the root, else None.

    Args:
        overlaps, incidence: of all reads.
        residues: uint8, of all reads.
        offsets: int64 (reads + 1,), bounds of the reads.
        rules: thresholds.
        ranks: all ranks.
    """
    sides = OverlapSides(overlaps, incidence, ranks)
    limits = EvidenceLimits(rules.min_overlap_bp, rules.max_evidence, rules.evidence_against)
    bounds = sides.first_overlap, sides.end_overlap
    status, rank = weigh_overlaps(overlaps, *bounds, residues, offsets, limits)
    sites = SiteRules(rules.min_quality, rules.site_evidence, rules.majority)
    verdicts_of_blocks = []
    label = "judge", sides.n_own * ranks.size // 2, "alignments"
    with Progress(*label, shown=ranks.is_root) as progress:  # by the root's share
        for block in sides.blocks(status, sides.to_b(status)):
            found = judge_reads(overlaps, incidence, residues, offsets, block, sites)
            verdicts_of_blocks.append(found)
            progress.advance((block.of_a.size + block.of_b.size) * ranks.size // 2)
    of_a, of_b, branches = map(np.concatenate, zip(*verdicts_of_blocks, strict=True))
    verdicts = _bits(of_a) | sides.to_a(_bits(of_b))
    is_trans, is_cis, is_ambiguous = (verdicts & 1 << v != 0 for v in (TRANS, CIS, AMBIGUOUS))
    fits = (status & FITS != 0) & ~is_trans
    known = np.uint8(USABLE) * fits | np.uint8(UNCLEAR) * is_ambiguous | np.uint8(PHASED) * is_cis
    own_known = sides.own(known, sides.to_b(known))
    falls_a, falls_b = propagate_ambiguity(
        overlaps, incidence, offsets, own_known, rules.ambiguous_share
    )
    own = Judgement(
        fits=fits,
        is_against=is_trans | (status & NEAR == 0),
        is_ambiguous=is_ambiguous | falls_a | sides.to_a(falls_b),
        rank=rank + np.float32(PHASED_BONUS) * is_cis,
        branches=branches,
    )
    columns = (ranks.concatenated(column) for column in own)
    whole = [column for column in columns if column is not None]
    return Judgement(*whole) if ranks.is_root else None


def _bits(verdicts: np.ndarray) -> np.ndarray:
    return np.uint8(1) << verdicts
