"""Candidate pairs of reads: the record that the join, the files and the alignment share."""

from typing import Any, NamedTuple, Self

import numpy as np
from numba import njit


class Candidates(NamedTuple):
    """Pairs of reads, one row each, sorted by (read_a, read_b), read_a < read_b.

    Attributes:
        read_a, read_b: uint64 (pairs,).
        votes: uint32 (pairs,), shared keys on the strand that has more of them (ties: forward).
        is_reverse: uint8 (pairs,), 1 where b is reverse-complemented.
        diagonal: int32 (pairs,), position in a minus position in b on that strand: the most
            frequent one. Of equally frequent diagonals it is the one with the longest overlap, then
            the smallest.
    """

    read_a: np.ndarray
    read_b: np.ndarray
    votes: np.ndarray
    is_reverse: np.ndarray
    diagonal: np.ndarray

    def rows(self, selection: Any) -> Self:
        """Return the rows that a slice, a mask or an array of indices selects."""
        return type(self)(*(column[selection] for column in self))

    @property
    def pair_votes(self) -> "PairVotes":
        """Return the reads and votes alone."""
        return PairVotes(self.read_a, self.read_b, self.votes)


class PairVotes(NamedTuple):
    """Some columns of candidates: those that the cap on the pairs per read needs.

    Attributes:
        read_a, read_b, votes: see ``Candidates``.
    """

    read_a: np.ndarray
    read_b: np.ndarray
    votes: np.ndarray


def empty_candidates(size: int) -> Candidates:
    """Return uninitialised columns for ``size`` pairs."""
    return Candidates(
        read_a=np.empty(size, np.uint64),
        read_b=np.empty(size, np.uint64),
        votes=np.empty(size, np.uint32),
        is_reverse=np.empty(size, np.uint8),
        diagonal=np.empty(size, np.int32),
    )


def merge_candidates(one: Candidates, other: Candidates) -> Candidates:
    """Return the pairs of both, sorted by (read_a, read_b) as each of them is."""
    if not other.read_a.size:
        return one
    merged = empty_candidates(one.read_a.size + other.read_a.size)
    _merge(one, other, merged)
    return merged


@njit(cache=True, nogil=True)
def _merge(one: Candidates, other: Candidates, merged: Candidates) -> None:
    i = j = 0
    for row in range(merged.read_a.size):
        take_one = j == other.read_a.size
        if not take_one and i < one.read_a.size:
            take_one = one.read_a[i] < other.read_a[j] or (
                one.read_a[i] == other.read_a[j] and one.read_b[i] < other.read_b[j]
            )
        if take_one:
            _copy_row(one, i, merged, row)
            i += 1
        else:
            _copy_row(other, j, merged, row)
            j += 1


@njit(cache=True, nogil=True)
def _copy_row(source: Candidates, source_row: int, target: Candidates, target_row: int) -> None:
    target.read_a[target_row] = source.read_a[source_row]
    target.read_b[target_row] = source.read_b[source_row]
    target.votes[target_row] = source.votes[source_row]
    target.is_reverse[target_row] = source.is_reverse[source_row]
    target.diagonal[target_row] = source.diagonal[source_row]
