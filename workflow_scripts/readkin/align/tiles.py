"""Tiles of candidate pairs: cutting the pairs into tiles, and aligning the pairs of one tile."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from readkin.formats.alignment_parts import PartFolder
from readkin.formats.alignments import Provenance, alignment_table, identities
from readkin.formats.pairs import CandidatePairs
from readkin.kernels.join.candidates import Candidates
from readkin.kernels.sequences import unpacking
from readkin.kernels.sequences.low_complexity import low_complexity
from readkin.kernels.sequences.sequences import Sequences, lengths_of, residue_sums
from readkin.kernels.sequences.unpacking import PackedSequences
from readkin.kernels.smith_waterman import alignment, cigar
from readkin.kernels.smith_waterman.alignment import (
    Alignments,
    Pairs,
    align_pairs,
    cells_of,
    dna_scoring,
    expected_cells,
)
from readkin.progress import log
from readkin.provenance import fingerprint_of

PAIRS_PER_BLOCK = 1 << 20
# DP matrices of up to this number of cells are filled as a whole where that is needed for a proof:
# those of two reads of 4,000 bases.
WHOLE_CELLS = 1 << 24
REASONS = (
    "score below min_score",
    "identity below min_identity",
    "overlap below min_overlap_bp",
    "overlap outside of low complexity below min_overlap_bp",
)


class AlignmentCosts(NamedTuple):
    """Arguments of kernels.smith_waterman.dna_scoring."""

    match: int
    mismatch: int
    gap_open: int
    gap_extend: int


class AlignmentThresholds(NamedTuple):
    """Lower limits; an alignment is kept if it reaches all of them."""

    min_score: int
    min_identity: float
    min_overlap_bp: int


class AlignmentSettings(NamedTuple):
    """Settings that determine the alignments of given pairs.

    Attributes:
        costs: of the alignments.
        thresholds: that they must reach.
        mask_low_complexity: whether bases of low complexity do not count as overlap.
    """

    costs: AlignmentCosts
    thresholds: AlignmentThresholds
    mask_low_complexity: bool

    def provenance(self, pairs: CandidatePairs) -> Provenance:
        """Return parameters and fingerprint of the alignments of these pairs."""
        parameters = self.costs._asdict() | self.thresholds._asdict()
        parameters["mask_low_complexity"] = self.mask_low_complexity
        fingerprint = fingerprint_of(parameters | pairs.fingerprints, __file__)
        return Provenance(parameters, fingerprint, pairs.fingerprints["reads_fingerprint"])


def compile_kernels() -> None:
    """Compile all kernels that ``align_tile`` calls, or load them from the cache."""
    alignment.compile_kernels()
    unpacking.compile_kernels()
    nothing = np.empty(0, np.uint32), np.zeros(1, np.int64), np.empty(0, np.uint8)
    cigar.cigar_texts(*nothing)
    no_reads = Sequences.of([])
    residue_sums(no_reads.segments(*[no_reads.offsets[:0]] * 3), np.arange(2))
    low_complexity(*no_reads)


def has_long_pairs(reads: PackedSequences) -> bool:
    """Return whether there may be pairs whose DP matrices are too large to fill."""
    return int(reads.lengths.max(initial=0)) ** 2 > WHOLE_CELLS


class Tiles(NamedTuple):
    """Consecutive tiles of pairs.

    Attributes:
        bounds: int64 (tiles + 1,), tile t is the pairs ``bounds[t]:bounds[t + 1]``.
        weights: int64 (tiles,), DP-matrix cells to compute for each tile.
    """

    bounds: np.ndarray
    weights: np.ndarray


def cut_into_tiles(weights: Iterable[np.ndarray], tile_weight: int) -> Tiles:
    """Cut a sequence of items into tiles of about ``tile_weight`` without splitting an item.

    An item belongs to the tile in which it begins. Without items there is one empty tile.

    Args:
        weights: weights of all items, int64, in blocks; the result does not depend on the blocks.
        tile_weight: weight of a tile.
    """
    bounds, starts = [0], [0]
    items, before, last_tile = 0, 0, 0
    for block in weights:
        ends = before + np.cumsum(block, dtype=np.int64)
        tile = (ends - block) // tile_weight
        first = np.flatnonzero(np.diff(tile, prepend=last_tile))
        bounds.extend((items + first).tolist())
        starts.extend((ends - block)[first].tolist())
        if block.size:
            items, before, last_tile = items + block.size, int(ends[-1]), int(tile[-1])
    bounds.append(items)
    starts.append(before)
    return Tiles(np.array(bounds, np.int64), np.diff(np.array(starts, np.int64)))


def tiles_of(pairs: CandidatePairs, lengths: np.ndarray, tile_cells: int) -> Tiles:
    """Cut all candidate pairs into tiles of about ``tile_cells`` DP-matrix cells.

    Args:
        pairs: all pairs.
        lengths: uint32 (reads,), bases of all reads.
        tile_cells: cells of a tile.
    """
    return cut_into_tiles(_cells_of_blocks(pairs, lengths), tile_cells)


def unfinished_tiles(folder: PartFolder) -> np.ndarray:
    """Return the indices of the tiles whose parts are not finished, int64."""
    remaining = folder.unfinished()
    if len(remaining) < folder.parts:
        log.info("resume: %d of %d tiles remain", len(remaining), folder.parts)
    return np.array(remaining, np.int64)


def _cells_of_blocks(pairs: CandidatePairs, lengths: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the number of cells to compute for each pair, int64, for blocks of pairs."""
    for first in range(0, len(pairs), PAIRS_PER_BLOCK):
        candidates = pairs.part(first, first + PAIRS_PER_BLOCK)
        sequences_a, sequences_b = (
            _without_codes(lengths[read.astype(np.int64)])
            for read in (candidates.read_a, candidates.read_b)
        )
        block = Pairs.of(sequences_a, sequences_b, diagonal=candidates.diagonal)
        cells = cells_of(block)
        yield np.where(cells > WHOLE_CELLS, expected_cells(block), cells)


def _without_codes(lengths: np.ndarray) -> Sequences:
    """Return sequences of which only the lengths are used."""
    return Sequences(np.empty(0, np.uint8), np.append(0, np.cumsum(lengths, dtype=np.int64)))


def _unpacked_pairs(candidates: Candidates, reads: PackedSequences) -> Pairs:
    """Return the candidates as pairs of unpacked sequences, of which each is unpacked once."""
    both = np.concatenate([candidates.read_a, candidates.read_b]).astype(np.int64)
    distinct, row = np.unique(both, return_inverse=True)
    ends = reads.lengths[distinct].astype(np.int64)
    sequences = reads.segments(distinct, np.zeros_like(ends), ends)
    index_a, index_b = np.split(row, 2)
    return Pairs(
        sequences_a=sequences,
        sequences_b=sequences,
        index_a=index_a,
        index_b=index_b,
        is_reverse=candidates.is_reverse,
        diagonal=candidates.diagonal,
    )


def align_tile(
    candidates: Candidates, reads: PackedSequences, settings: AlignmentSettings
) -> tuple[pa.Table, dict[str, int]]:
    """Align the candidates of a tile and apply the thresholds.

    Args:
        candidates: the pairs of the tile.
        reads: all reads.
        settings: costs, thresholds, and whether bases of low complexity count as overlap.

    Returns:
        Rows of the alignments kept; number of pairs dropped, by the first reason that applies.
    """
    pairs = _unpacked_pairs(candidates, reads)
    limits = settings.thresholds
    found = align_pairs(pairs, dna_scoring(*settings.costs), limits.min_score, WHOLE_CELLS)
    masked = np.zeros(found.score.size, np.int64)
    if settings.mask_low_complexity:
        masked = low_complexity_of(pairs, found)
    fails = (
        found.score < limits.min_score,
        identities(found) < np.float32(limits.min_identity),
        found.alignment_length < limits.min_overlap_bp,
        found.alignment_length - masked < limits.min_overlap_bp,
    )
    first_reason = np.select(fails, range(len(REASONS)), len(REASONS))
    dropped = {reason: int((first_reason == i).sum()) for i, reason in enumerate(REASONS)}
    kept = np.flatnonzero(first_reason == len(REASONS))
    of_kept = candidates.rows(kept)
    return alignment_table(of_kept, reads.lengths, found.rows(kept), masked[kept]), dropped


def low_complexity_of(pairs: Pairs, found: Alignments) -> np.ndarray:
    """Count the aligned bases of low complexity of each pair, in the read that has more of them.

    Args:
        pairs: the pairs, of the same sequences on both sides.
        found: their alignments, with coordinates on the aligned strand of b.

    Returns:
        int64 (n,).
    """
    codes, counts = low_complexity(*pairs.sequences_a)
    marks = Sequences(codes, pairs.sequences_a.offsets)
    is_reverse = pairs.is_reverse == 1
    length_b = lengths_of(marks, pairs.index_b)
    start_b = np.where(is_reverse, length_b - found.end_b, found.start_b)
    end_b = np.where(is_reverse, length_b - found.start_b, found.end_b)

    def within(index: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        marked = np.flatnonzero(counts[index])  # few
        parts = marks.segments(index[marked], start[marked], end[marked])
        sums = np.zeros(index.size, np.int64)
        sums[marked] = residue_sums(parts, np.arange(2))
        return sums

    in_a = within(pairs.index_a, found.start_a, found.end_a)
    return np.maximum(in_a, within(pairs.index_b, start_b, end_b))
