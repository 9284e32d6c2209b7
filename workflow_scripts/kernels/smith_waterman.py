"""Exact local alignment with affine gaps (Smith-Waterman-Gotoh) of pairs of reads, with CIGAR.

A gap of n bases costs gap_open + (n - 1) * gap_extend. Among alignments of equal score the one is
given that ends first in a, then first in b, and whose trace, seen from that end, prefers a base
pair to a deletion to an insertion and closes gaps early (smith_waterman_trace.py); the answer does
not depend on which other pairs are aligned with it nor on the processor.

Pairs of short reads are aligned side by side in the lanes of vector registers, in 8 bits and, where
a score is too high for that, again in 16 bits; what is left goes through the scalar kernel.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from kernels.smith_waterman_lanes import TOO_HIGH, align_in_lanes, allocate_lanes, lane_count
from kernels.smith_waterman_scalar import align_one_by_one
from kernels.smith_waterman_trace import Found, Pairs, Scoring

HIGHEST_COST = 127  # scores and costs of one base must fit the narrowest lanes
# Longer reads go one by one: a batch holds a direction byte per lane and cell, here up to 64 MiB.
LONGEST_IN_LANES = 1024


class Alignments(NamedTuple):
    """One local alignment per pair; int32 (pairs,) each unless said; all 0 where nothing scores.

    Positions are 0-based and half-open; those of b count along b as aligned, so from the end of
    the read where the pair is reverse. columns counts gaps; an N is never a match.
    """

    score: np.ndarray
    start_a: np.ndarray
    end_a: np.ndarray
    start_b: np.ndarray
    end_b: np.ndarray
    matches: np.ndarray
    columns: np.ndarray
    # uint32, as in BAM run << 4 | code: 1 = I (base of a only), 2 = D, 7 = "=", 8 = X
    cigar: np.ndarray
    # int64 (pairs + 1,): runs of pair p are cigar[cigar_offsets[p]:cigar_offsets[p + 1]]
    cigar_offsets: np.ndarray


def check_scoring(scoring: Scoring) -> None:
    """Raise ValueError if the settings give no affine local alignment that fits the kernels."""
    ranges = {
        "match": (1, HIGHEST_COST),
        "mismatch": (-HIGHEST_COST, 0),
        "gap_open": (1, HIGHEST_COST),
        "gap_extend": (1, scoring.gap_open),  # a gap dearer than two gaps would not be affine
    }
    for name, (lowest, highest) in ranges.items():
        value = getattr(scoring, name)
        if not lowest <= value <= highest:
            raise ValueError(f"{name}: found {value}, expected {lowest} to {highest}")


def align_pairs(
    bases: np.ndarray,
    offsets: np.ndarray,
    read_a: np.ndarray,
    read_b: np.ndarray,
    is_reverse: np.ndarray,
    scoring: Scoring,
) -> Alignments:
    """Best local alignment of read a with read b (reverse-complemented if is_reverse) of each pair.

    bases uint8 codes 0-3 = ACGT, above = unknown (never a match, costs a mismatch); read i is
    bases[offsets[i]:offsets[i+1]]; read_a, read_b, is_reverse: one number per pair.
    Memory: 4 bytes per base of all pairs, and up to 80 MB beside.
    Raises ValueError for shapes, read numbers or scoring out of range.
    """
    check_scoring(scoring)
    pairs = _checked_pairs(bases, offsets, read_a, read_b, is_reverse)
    length_a, length_b = (_lengths(pairs, reads) for reads in (pairs.read_a, pairs.read_b))
    found = _room_for(length_a + length_b)
    is_short = np.maximum(length_a, length_b) <= LONGEST_IN_LANES
    waiting = np.flatnonzero(is_short)
    for dtype in (np.int8, np.int16):
        lanes = lane_count(dtype)
        order = _by_size(waiting, length_a, length_b, lanes)
        memory = allocate_lanes(*_largest_batch(order, length_a, length_b, lanes), dtype)
        align_in_lanes(pairs, order, scoring, memory, found)
        waiting = waiting[found.score[waiting] == TOO_HIGH]
    alone = np.concatenate([np.flatnonzero(~is_short), waiting])
    align_one_by_one(pairs, alone, scoring, found)
    cigar_offsets = np.concatenate([[0], np.cumsum(found.run_count, dtype=np.int64)])
    cigar = _joined_runs(found, cigar_offsets)
    return Alignments(*found[:7], cigar, cigar_offsets)


def compile_kernels() -> None:
    """Compile all kernels, or load them from the cache: about 7 s of CPU time, or 0.3 s."""
    one = np.zeros(1, np.int64)
    align_pairs(np.zeros(4, np.uint8), np.array([0, 4]), one, one, one, Scoring(2, -3, 5, 2))


def _checked_pairs(
    bases: np.ndarray,
    offsets: np.ndarray,
    read_a: np.ndarray,
    read_b: np.ndarray,
    is_reverse: np.ndarray,
) -> Pairs:
    """The arguments of align_pairs as contiguous arrays of the kernels' types."""
    if bases.dtype != np.uint8 or bases.ndim != 1 or offsets.ndim != 1 or offsets.size == 0:
        raise ValueError("bases must be a uint8 array and offsets one longer than the reads")
    if not (read_a.ndim == 1 and read_a.shape == read_b.shape == is_reverse.shape):
        raise ValueError("read_a, read_b and is_reverse must be arrays of one length")
    for reads in (read_a, read_b):
        if reads.size and not (reads.min() >= 0 and reads.max() < offsets.size - 1):
            raise ValueError(f"read numbers must lie between 0 and {offsets.size - 2}")
    return Pairs(
        np.ascontiguousarray(bases),
        np.ascontiguousarray(offsets, dtype=np.int64),
        np.ascontiguousarray(read_a, dtype=np.int64),
        np.ascontiguousarray(read_b, dtype=np.int64),
        np.ascontiguousarray(is_reverse, dtype=np.uint8),
    )


def _lengths(pairs: Pairs, reads: np.ndarray) -> np.ndarray:
    """Bases of each of these reads, int64; only what is used is checked, as reads may be many."""
    start, end = pairs.offsets[reads], pairs.offsets[reads + 1]
    if reads.size and not (start.min() >= 0 and end.max() <= pairs.bases.size):
        raise ValueError("offsets must lie within bases")
    if (end < start).any():
        raise ValueError("offsets must not decrease")
    return end - start


def _room_for(bases_of_pair: np.ndarray) -> Found:
    """Empty results for pairs of so many bases (int64)."""
    runs_from = np.concatenate([[0], np.cumsum(bases_of_pair, dtype=np.int64)])
    columns = {
        name: np.zeros(bases_of_pair.size, dtype=np.int32)
        for name in Found._fields
        if not name.startswith("runs")
    }
    runs = np.empty(runs_from[-1], dtype=np.uint32)
    return Found(**columns, runs=runs, runs_from=runs_from)


def _by_size(
    waiting: np.ndarray, length_a: np.ndarray, length_b: np.ndarray, lanes: int
) -> np.ndarray:
    """Pair numbers in an order that puts tables of similar height and width into one batch."""
    batches = -(-waiting.size // lanes)
    group_size = max(1, round(batches**0.5)) * lanes
    by_height = waiting[np.argsort(length_a[waiting], kind="stable")]
    group = np.arange(waiting.size) // group_size
    return by_height[np.lexsort((length_b[by_height], group))]


def _largest_batch(
    order: np.ndarray, length_a: np.ndarray, length_b: np.ndarray, lanes: int
) -> tuple[int, int, int]:
    """Most rows, columns and cells that a batch of `lanes` pairs in this order has."""
    if order.size == 0:
        return 0, 0, 0
    first = np.arange(0, order.size, lanes)
    rows = np.maximum.reduceat(length_a[order], first)
    columns = np.maximum.reduceat(length_b[order], first)
    return int(rows.max()), int(columns.max()), int((rows * columns).max())


@njit(cache=True, nogil=True)
def _joined_runs(found: Found, cigar_offsets: np.ndarray) -> np.ndarray:
    """All runs in the order of the pairs, without the room between them."""
    cigar = np.empty(cigar_offsets[-1], dtype=np.uint32)
    for pair in range(found.run_count.size):
        first = found.runs_from[pair]
        cigar[cigar_offsets[pair] : cigar_offsets[pair + 1]] = found.runs[
            first : first + found.run_count[pair]
        ]
    return cigar
