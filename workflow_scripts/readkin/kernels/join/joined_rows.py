"""Pairs as the join makes them, read after read in its own order, and put in order at the end.

A pair takes two words while it waits: the other read; and votes, strand and diagonal. So the pairs
of a read lie side by side, and putting reads in order costs one leap per read, not one per column.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.join.candidates import Candidates, empty_candidates
from readkin.kernels.simd.prefetch import prefetch

WORDS = 2  # of a pair
WORDS_PER_LINE = 8  # of the cache
READS_AHEAD = 8  # that memory is fetched for
VOTES = np.uint64(33)
STRAND = np.uint64(32)
ONE = np.uint64(1)
DIAGONAL = np.uint64(2**32 - 1)


class JoinedRows(NamedTuple):
    """Pairs of the reads joined so far.

    Attributes:
        words: uint64 (WORDS * room,).
        ends: int64 (rows + 1,): pairs of row r are number ``ends[r]`` to ``ends[r + 1] - 1``.
    """

    words: np.ndarray
    ends: np.ndarray


def empty_rows(n_rows: int, room: int) -> JoinedRows:
    """Room for so many pairs; what stays unused takes no memory."""
    return JoinedRows(np.empty(WORDS * room, np.uint64), np.zeros(n_rows + 1, np.int64))


def with_room(joined: JoinedRows, room: int) -> JoinedRows:
    """The same pairs with room for so many."""
    words = np.empty(WORDS * room, np.uint64)
    words[: joined.words.size] = joined.words
    return joined._replace(words=words)


@njit(inline="always")
def write_pair(
    words: np.ndarray, pair: Any, other: Any, votes: Any, is_reverse: Any, diagonal: Any
) -> None:
    """Write a pair as number ``pair``."""
    words[WORDS * pair] = other
    values = np.uint64(votes) << VOTES | np.uint64(is_reverse) << STRAND
    words[WORDS * pair + 1] = values | (np.uint64(diagonal) & DIAGONAL)


def in_order_of_reads(
    joined: JoinedRows, reads: np.ndarray, first_read: int, n_reads: int
) -> Candidates:
    """All pairs sorted by read_a.

    Args:
        joined: pairs of all rows.
        reads: int64 (rows,), the read of each row.
        first_read, n_reads: reads are from ``first_read`` on and below ``first_read + n_reads``.
    """
    row_of = np.full(n_reads, -1, np.int64)
    row_of[reads - first_read] = np.arange(reads.size)
    ordered = empty_candidates(int(joined.ends[-1]))
    _put_in_order(joined, row_of, first_read, ordered)
    return ordered


@njit(cache=True, nogil=True)
def _put_in_order(
    joined: JoinedRows, row_of: np.ndarray, first_read: int, ordered: Candidates
) -> None:
    words, ends = joined
    n_pairs = 0
    for read in range(row_of.size):
        if read + READS_AHEAD < row_of.size and row_of[read + READS_AHEAD] >= 0:
            ahead = row_of[read + READS_AHEAD]
            for word in range(WORDS * ends[ahead], WORDS * ends[ahead + 1], WORDS_PER_LINE):
                prefetch(words, word)
        row = row_of[read]
        if row < 0:
            continue
        for pair in range(ends[row], ends[row + 1]):
            values = words[WORDS * pair + 1]
            ordered.read_a[n_pairs] = first_read + read
            ordered.read_b[n_pairs] = words[WORDS * pair]
            ordered.votes[n_pairs] = values >> VOTES
            ordered.is_reverse[n_pairs] = values >> STRAND & ONE
            ordered.diagonal[n_pairs] = np.int32(np.uint32(values & DIAGONAL))
            n_pairs += 1
