"""Reads joined to pieces by judged overlaps, then pieces by mates."""

from typing import NamedTuple

import numpy as np

from readkin.kernels.layout.best_first import best_first
from readkin.kernels.layout.composition import CompositionModel, composition_sums
from readkin.kernels.layout.cutting import cut_pieces
from readkin.kernels.layout.joining import (
    AGAINST,
    CLEAN,
    JOINED,
    UNCLEAR,
    Adjacency,
    PieceState,
    Placements,
    Vetoes,
    adjacency_of,
    join_pieces,
    single_reads,
)
from readkin.kernels.layout.junctions import close_junctions
from readkin.kernels.layout.overlaps import Diagonals
from readkin.kernels.layout.read_counts import ReadCounts, count_alignments
from readkin.pieces.composition import composition_model
from readkin.pieces.copies import Originals, fragments_of
from readkin.pieces.judging import Judgement
from readkin.pieces.mates import (
    MateLinks,
    bundle_links,
    distinct_links,
    fragment_size,
    mate_links,
    standing_bundles,
)
from readkin.pieces.residue_reads import ResidueReads
from readkin.pieces.rules import PieceRules
from readkin.pieces.shared import find_shared_pieces
from readkin.progress import log


class JoinedReads(NamedTuple):
    """Result of all joins; copies are lone reads here.

    Attributes:
        state: of the pieces.
        is_shared: bool (n,), whether the read is in a shared piece.
        counts: of the alignments of each read.
        links: of mates in different pieces.
        fragment_length, fragment_spread: bp.
    """

    state: PieceState
    is_shared: np.ndarray
    counts: ReadCounts
    links: MateLinks
    fragment_length: float
    fragment_spread: float


def join_judged_reads(
    reads: ResidueReads,
    alignments: Diagonals,
    judged: Judgement,
    originals: Originals,
    rules: PieceRules,
) -> JoinedReads:
    """Join reads by their clean overlaps, set shared pieces aside, join the others by mates.

    Args:
        reads: all n reads.
        alignments: of reads that are no copies.
        judged: the alignments.
        originals: of all reads.
        rules: thresholds.
    """
    model = composition_model(reads.residues)
    composition = composition_sums(reads.residues, reads.offsets, model.axes)
    state = single_reads(reads.lengths, composition)
    kind = np.zeros(len(judged.fits), np.uint8)
    kind[judged.is_against] = AGAINST
    kind[judged.fits] = UNCLEAR
    kind[judged.fits & ~judged.is_ambiguous] = CLEAN
    adjacency = adjacency_of(alignments, kind, reads.offsets)
    _join_by_overlaps(state, adjacency, alignments, judged, model, rules)
    block = state.read["piece"].copy()
    columns = alignments.read_a, alignments.read_b, judged.is_against, judged.is_ambiguous
    counts = count_alignments(*columns, len(reads))
    ambiguous = alignments.read_a[judged.is_ambiguous], alignments.read_b[judged.is_ambiguous]
    is_shared_piece = find_shared_pieces(
        state, judged.branches, counts, ambiguous, rules.max_differing
    )
    is_shared = is_shared_piece[state.read["piece"]]

    fragments = fragments_of(reads.step_to_mate)
    middle, spread = fragment_size(state, fragments, originals)
    log.info("join: fragments of %.0f bp, spread %.0f bp", middle, spread)
    links = mate_links(fragments, originals, reads.lengths, middle, spread)
    links = links.selected(distinct_links(state, fragments, originals))
    is_of_shared = is_shared[links.placements.read_a] | is_shared[links.placements.read_b]
    used = links.selected(~is_of_shared)
    _join_by_mates(state, adjacency, used, model, rules)
    closed = close_junctions(state, block, reads.residues, reads.offsets, used.slack)
    log.info("join: %d neighbours joined by mates share bases at their ends", closed)
    cuts = cut_pieces(state, reads.residues, reads.offsets, model, -rules.cut_outweighs)
    log.info("join: %d cuts where the composition changes to that of another genome", cuts)
    return JoinedReads(state, is_shared, counts, links, middle, spread)


def _join_by_overlaps(
    state: PieceState,
    adjacency: Adjacency,
    alignments: Diagonals,
    judged: Judgement,
    model: CompositionModel,
    rules: PieceRules,
) -> None:
    order = best_first(np.flatnonzero(judged.fits & ~judged.is_ambiguous), judged.rank)
    placements = Placements.of(getattr(alignments, name) for name in Placements._fields)
    vetoes = Vetoes(
        max_conflict=rules.max_conflict,
        min_held=rules.min_held,
        clean_kinds=CLEAN,
        variance=model.variance,
        least_likelihood=-rules.overlap_outweighs,
    )
    counts = join_pieces(state, adjacency, placements, order, 0, vetoes)
    log.info("join: %d joins by overlaps, %s", counts[JOINED], _refused(counts))


def _join_by_mates(
    state: PieceState,
    adjacency: Adjacency,
    links: MateLinks,
    model: CompositionModel,
    rules: PieceRules,
) -> None:
    for least in rules.links_needed:
        vetoes = Vetoes(
            max_conflict=rules.max_conflict,
            min_held=rules.min_held,
            clean_kinds=UNCLEAR,
            variance=model.variance,
            least_likelihood=-rules.link_outweighs * least,
        )
        bundles = bundle_links(state, links)
        best = standing_bundles(state, bundles, links.slack, least, rules)
        order = bundles.link[best]
        counts = join_pieces(state, adjacency, links.placements, order, links.slack, vetoes)
        log.info("join: %d joins by %d or more mates, %s", counts[JOINED], least, _refused(counts))


def _refused(counts: np.ndarray) -> str:
    return "refused: {} in conflict, {} without overlaps, {} by composition".format(*counts[1:])
