"""Puts lists of pairs together: sorted ones, and those of reads joined in any order."""

import numpy as np
from numba import njit

from kernels.candidates import Candidates, empty_candidates


@njit(cache=True, nogil=True)
def _copy(source: Candidates, at: int, target: Candidates, to: int) -> None:
    target.read_a[to] = source.read_a[at]
    target.read_b[to] = source.read_b[at]
    target.votes[to] = source.votes[at]
    target.is_reverse[to] = source.is_reverse[at]
    target.diagonal[to] = source.diagonal[at]


def in_order_of_reads(pieces: list[Candidates], first_read: int, n_reads: int) -> Candidates:
    """All pairs sorted by read_a.

    Args:
        pieces: with those of a read all in one piece, one after the other, in order.
        first_read, n_reads: read_a is from ``first_read`` on and below ``first_read + n_reads``.
    """
    ends = np.zeros(n_reads, np.int64)
    for piece in pieces:
        _count(piece, first_read, ends)
    ends.cumsum(out=ends)
    ordered = empty_candidates(int(ends[-1]) if n_reads else 0)
    for piece in pieces:
        _place(piece, first_read, ends, ordered)
    return ordered


@njit(cache=True, nogil=True)
def _count(piece: Candidates, first_read: int, counts: np.ndarray) -> None:
    for read in piece.read_a:
        counts[np.int64(read) - first_read] += 1


@njit(cache=True, nogil=True)
def _place(piece: Candidates, first_read: int, ends: np.ndarray, ordered: Candidates) -> None:
    for at in range(piece.read_a.size - 1, -1, -1):  # from behind, as places are known by ends
        row = np.int64(piece.read_a[at]) - first_read
        ends[row] -= 1
        _copy(piece, at, ordered, ends[row])


def merge_pairs(one: Candidates, other: Candidates) -> Candidates:
    """All pairs of both, sorted by (read_a, read_b) as each of them is."""
    if not other.read_a.size:
        return one
    merged = empty_candidates(one.read_a.size + other.read_a.size)
    _merge(one, other, merged)
    return merged


@njit(cache=True, nogil=True)
def _merge(one: Candidates, other: Candidates, merged: Candidates) -> None:
    i = j = 0
    for place in range(merged.read_a.size):
        take_one = j == other.read_a.size
        if not take_one and i < one.read_a.size:
            take_one = one.read_a[i] < other.read_a[j] or (
                one.read_a[i] == other.read_a[j] and one.read_b[i] < other.read_b[j]
            )
        if take_one:
            _copy(one, i, merged, place)
            i += 1
        else:
            _copy(other, j, merged, place)
            j += 1
