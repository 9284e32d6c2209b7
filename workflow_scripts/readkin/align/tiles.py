"""Tiles of candidate pairs: cutting the pairs into tiles, and aligning the pairs of one tile."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from readkin.formats.alignment_parts import PartFolder
from readkin.formats.alignments import Provenance, alignment_table, identities
from readkin.formats.pairs import CandidatePairs
from readkin.formats.reads import Reads, reads_fingerprint
from readkin.kernels.join.candidates import Candidates
from readkin.kernels.sequences.low_complexity import low_complexity
from readkin.kernels.sequences.sequences import (
    Sequences,
    copy_segments,
    lengths_of,
    residue_sums,
)
from readkin.kernels.smith_waterman import alignment, cigar
from readkin.kernels.smith_waterman.alignment import (
    Alignments,
    Pairs,
    align_pairs,
    cells_of,
    dna_scoring,
    expected_cells,
)
from readkin.parallel.mpi import Ranks
from readkin.progress import log
from readkin.provenance import fingerprint_of

PAIRS_PER_BLOCK = 1 << 20
READS_PER_BLOCK = 1 << 14
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
    nothing = np.empty(0, np.uint32), np.zeros(1, np.int64), np.empty(0, np.uint8)
    cigar.cigar_texts(*nothing)
    no_reads = Sequences.of([])
    residue_sums(copy_segments(no_reads, *[no_reads.offsets[:0]] * 3), np.arange(2))
    low_complexity(*no_reads)


def has_long_pairs(reads: Reads) -> bool:
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


def tiles_of(pairs: CandidatePairs, reads: Reads, tile_cells: int) -> Tiles:
    """Cut all candidate pairs into tiles of about ``tile_cells`` DP-matrix cells.

    Raises:
        InputError: if the pairs belong to other reads.
    """
    pairs.check_reads(len(reads), reads_fingerprint(reads))
    return cut_into_tiles(_cells_of_blocks(pairs, reads), tile_cells)


def unfinished_tiles(folder: PartFolder) -> np.ndarray:
    """Return the indices of the tiles whose parts are not finished, int64."""
    remaining = folder.unfinished()
    if len(remaining) < folder.parts:
        log.info("resume: %d of %d tiles remain", len(remaining), folder.parts)
    return np.array(remaining, np.int64)


def _cells_of_blocks(pairs: CandidatePairs, reads: Reads) -> Iterator[np.ndarray]:
    """Yield the number of cells to compute for each pair, int64, for blocks of pairs."""
    for first in range(0, len(pairs), PAIRS_PER_BLOCK):
        block = _pairs_of(pairs.part(first, first + PAIRS_PER_BLOCK), reads)
        cells = cells_of(block)
        yield np.where(cells > WHOLE_CELLS, expected_cells(block), cells)


def _pairs_of(candidates: Candidates, reads: Reads) -> Pairs:
    sequences = Sequences(reads.bases, reads.offsets)
    return Pairs(
        sequences_a=sequences,
        sequences_b=sequences,
        index_a=candidates.read_a.astype(np.int64),
        index_b=candidates.read_b.astype(np.int64),
        is_reverse=candidates.is_reverse,
        diagonal=candidates.diagonal,
    )


def align_tile(
    candidates: Candidates, reads: Reads, marks: Sequences | None, settings: AlignmentSettings
) -> tuple[pa.Table, dict[str, int]]:
    """Align the candidates of a tile and apply the thresholds.

    Args:
        candidates: the pairs of the tile.
        reads: all reads.
        marks: of their bases of low complexity, which do not count as overlap; None if all count.
        settings: costs and thresholds.

    Returns:
        Rows of the alignments kept; number of pairs dropped, by the first reason that applies.
    """
    pairs = _pairs_of(candidates, reads)
    limits = settings.thresholds
    found = align_pairs(pairs, dna_scoring(*settings.costs), limits.min_score, WHOLE_CELLS)
    masked = np.zeros(found.score.size, np.int64)
    if marks is not None:
        masked = low_complexity_of(candidates, reads, marks, found)
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
    return alignment_table(of_kept, reads, found.rows(kept), masked[kept]), dropped


def marks_on_node(reads: Reads, ranks: Ranks) -> Sequences:
    """Return ``marks_of`` all reads, one copy per node; all ranks must call it."""
    return Sequences(*ranks.one_per_node(lambda: marks_of(reads)))


def marks_of(reads: Reads) -> Sequences:
    """Mark the bases of low complexity.

    Returns:
        For each read 1 for bases of low complexity, else 0; an empty sequence for the many reads
        without such bases.
    """
    sequences = Sequences(reads.bases, reads.offsets)
    codes, sizes = [np.empty(0, np.uint8)], [np.zeros(1, np.int64)]
    for first in range(0, len(reads), READS_PER_BLOCK):
        index = np.arange(first, min(first + READS_PER_BLOCK, len(reads)))
        lengths = lengths_of(sequences, index)
        block = copy_segments(sequences, index, np.zeros_like(index), lengths)
        marks, counts = low_complexity(*block)
        marked = np.flatnonzero(counts)
        own = Sequences(marks, block.offsets)
        codes.append(copy_segments(own, marked, np.zeros_like(marked), lengths[marked]).codes)
        sizes.append(np.where(counts, lengths, 0))
    return Sequences(np.concatenate(codes), np.cumsum(np.concatenate(sizes)))


def low_complexity_of(
    candidates: Candidates, reads: Reads, marks: Sequences, found: Alignments
) -> np.ndarray:
    """Count the aligned bases of low complexity of each pair, in the read that has more of them.

    Args:
        candidates: the pairs.
        reads: all reads.
        marks: of the reads, from ``marks_of``.
        found: their alignments, with coordinates on the aligned strand of b.

    Returns:
        int64 (n,).
    """
    index_a, index_b = candidates.read_a.astype(np.int64), candidates.read_b.astype(np.int64)
    in_a = _marks_within(marks, index_a, found.start_a, found.end_a)
    length_b = reads.offsets[index_b + 1] - reads.offsets[index_b]
    is_reverse = candidates.is_reverse == 1
    start_b = np.where(is_reverse, length_b - found.end_b, found.start_b)
    end_b = np.where(is_reverse, length_b - found.start_b, found.end_b)
    return np.maximum(in_a, _marks_within(marks, index_b, start_b, end_b))


def _marks_within(
    marks: Sequences, index: np.ndarray, start: np.ndarray, end: np.ndarray
) -> np.ndarray:
    """Count the marks in a part of each of the sequences ``index``."""
    marked = np.flatnonzero(lengths_of(marks, index))  # few
    parts = copy_segments(marks, index[marked], start[marked], end[marked])
    within = np.zeros(index.size, np.int64)
    within[marked] = residue_sums(parts, np.arange(2))
    return within
