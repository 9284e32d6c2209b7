"""Buffer in which the join collects its pairs, read by read in its own order, and their sorting.

A pair takes two words while it waits: the second read; and votes, strand and diagonal. The pairs of
one read are contiguous, so sorting by read costs one jump in memory per read, not one per column.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.join.candidates import Candidates, empty_candidates
from readkin.kernels.simd.prefetch import prefetch

WORDS_PER_PAIR = 2
WORDS_PER_CACHE_LINE = 8
READS_AHEAD = 8  # prefetch distance
VOTES_SHIFT = np.uint64(33)
STRAND_SHIFT = np.uint64(32)
ONE = np.uint64(1)
DIAGONAL_MASK = np.uint64(2**32 - 1)


class PairBuffer(NamedTuple):
    """Pairs of the reads that are already joined; each row is one first read.

    Attributes:
        words: uint64 (WORDS_PER_PAIR * capacity,).
        ends: int64 (rows + 1,), pairs of row r are number ``ends[r]`` to ``ends[r + 1] - 1``.
    """

    words: np.ndarray
    ends: np.ndarray


def empty_buffer(n_rows: int, capacity: int) -> PairBuffer:
    """Return a buffer for ``capacity`` pairs; untouched pages of it take no memory."""
    return PairBuffer(
        np.empty(WORDS_PER_PAIR * capacity, np.uint64), np.zeros(n_rows + 1, np.int64)
    )


def enlarged(buffer: PairBuffer, capacity: int) -> PairBuffer:
    """Return a buffer with the same pairs and a larger capacity."""
    words = np.empty(WORDS_PER_PAIR * capacity, np.uint64)
    words[: buffer.words.size] = buffer.words
    return buffer._replace(words=words)


@njit(inline="always")
def write_pair(
    words: np.ndarray, pair: Any, other: Any, votes: Any, is_reverse: Any, diagonal: Any
) -> None:
    """Write pair number ``pair`` into the words of a buffer; ``other`` is its second read."""
    words[WORDS_PER_PAIR * pair] = other
    values = np.uint64(votes) << VOTES_SHIFT | np.uint64(is_reverse) << STRAND_SHIFT
    words[WORDS_PER_PAIR * pair + 1] = values | (np.uint64(diagonal) & DIAGONAL_MASK)


def rows_of_reads(reads: np.ndarray, first_read: int, n_reads: int) -> np.ndarray:
    """Return the row of each read ``first_read:first_read + n_reads``, -1 for none; int32.

    Args:
        reads: int64 (rows,), the read of each row.
        first_read, n_reads: range of the reads.
    """
    row_of = np.full(n_reads, -1, np.int32)
    row_of[reads - first_read] = np.arange(reads.size, dtype=np.int32)
    return row_of


def sorted_candidates(buffer: PairBuffer, row_of: np.ndarray, first_read: int) -> Candidates:
    """Return the pairs of consecutive first reads, sorted by read_a.

    Args:
        buffer: pairs of all rows.
        row_of: int32 (reads,), the row of each read, see ``rows_of_reads``.
        first_read: number of the first one of these reads.
    """
    rows = row_of[row_of >= 0]
    candidates = empty_candidates(int((buffer.ends[rows + 1] - buffer.ends[rows]).sum()))
    _unpack_in_order(buffer, row_of, first_read, candidates)
    return candidates


@njit(cache=True, nogil=True)
def _unpack_in_order(
    buffer: PairBuffer, row_of: np.ndarray, first_read: int, candidates: Candidates
) -> None:
    words, ends = buffer
    n_pairs = 0
    for read in range(row_of.size):
        if read + READS_AHEAD < row_of.size and row_of[read + READS_AHEAD] >= 0:
            ahead = np.int64(row_of[read + READS_AHEAD])
            first_word, end_word = WORDS_PER_PAIR * ends[ahead], WORDS_PER_PAIR * ends[ahead + 1]
            for word in range(first_word, end_word, WORDS_PER_CACHE_LINE):
                prefetch(words, word)
        row = np.int64(row_of[read])
        if row < 0:
            continue
        for pair in range(ends[row], ends[row + 1]):
            values = words[WORDS_PER_PAIR * pair + 1]
            candidates.read_a[n_pairs] = first_read + read
            candidates.read_b[n_pairs] = words[WORDS_PER_PAIR * pair]
            candidates.votes[n_pairs] = values >> VOTES_SHIFT
            candidates.is_reverse[n_pairs] = values >> STRAND_SHIFT & ONE
            candidates.diagonal[n_pairs] = np.int32(np.uint32(values & DIAGONAL_MASK))
            n_pairs += 1
