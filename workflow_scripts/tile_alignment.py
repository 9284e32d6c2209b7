"""What happens to one tile of candidate pairs: align all, keep those that reach the thresholds."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from formats.alignments import Provenance, alignment_table
from formats.fingerprints import fingerprint_of
from formats.pairs import CandidatePairs, Candidates
from formats.reads import Reads
from kernels import simd_vectors, smith_waterman
from kernels import smith_waterman_lanes as lanes
from kernels import smith_waterman_scalar as scalar
from kernels import smith_waterman_trace as trace
from kernels.smith_waterman import Scoring, align_pairs

PAIRS_PER_BLOCK = 1 << 20
REASONS = ("score below min_score", "identity below min_identity", "overlap below min_overlap_bp")


class Thresholds(NamedTuple):
    """An alignment is kept if it reaches all of these."""

    min_score: int
    min_identity: float
    min_overlap_bp: int


class Settings(NamedTuple):
    """What decides which alignments there are."""

    scoring: Scoring
    thresholds: Thresholds

    def provenance(self, pairs: CandidatePairs) -> Provenance:
        """Parameters and fingerprint of the alignments of these pairs."""
        parameters = self.scoring._asdict() | self.thresholds._asdict()
        code = [smith_waterman, lanes, scalar, trace, simd_vectors]
        fingerprint = fingerprint_of(parameters | pairs.fingerprints, code)
        return Provenance(parameters, fingerprint, pairs.fingerprints["reads_fingerprint"])


def cells_of_blocks(pairs: CandidatePairs, reads: Reads) -> Iterator[np.ndarray]:
    """Table cells of every pair, int64, a block of pairs at a time."""
    lengths = reads.lengths
    for first in range(0, len(pairs), PAIRS_PER_BLOCK):
        block = pairs.part(first, first + PAIRS_PER_BLOCK)
        yield lengths[block.read_a] * lengths[block.read_b]


def align_tile(
    candidates: Candidates, reads: Reads, settings: Settings
) -> tuple[pa.Table, dict[str, int]]:
    """Align some pairs; the rows kept, and how many were dropped, by the first reason of each."""
    read_a, read_b = (index.astype(np.int64) for index in candidates[:2])
    found = align_pairs(
        reads.bases, reads.offsets, read_a, read_b, candidates.is_reverse, settings.scoring
    )
    lengths = tuple(reads.offsets[index + 1] - reads.offsets[index] for index in (read_a, read_b))
    table = alignment_table(candidates, lengths, found)
    limits = settings.thresholds
    fails = (
        found.score < limits.min_score,
        table["identity"].to_numpy() < np.float32(limits.min_identity),
        found.columns < limits.min_overlap_bp,
    )
    first_reason = np.select(fails, range(len(REASONS)), len(REASONS))
    dropped = {reason: int((first_reason == i).sum()) for i, reason in enumerate(REASONS)}
    return table.filter(first_reason == len(REASONS)), dropped
