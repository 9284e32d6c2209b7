"""Puts two sorted lists of pairs together."""

from numba import njit

from readkin.kernels.join.candidates import Candidates, empty_candidates


def merge_pairs(one: Candidates, other: Candidates) -> Candidates:
    """All pairs of both, sorted by (read_a, read_b) as each of them is."""
    if not other.read_a.size:
        return one
    merged = empty_candidates(one.read_a.size + other.read_a.size)
    _merge(one, other, merged)
    return merged


@njit(cache=True, nogil=True)
def _copy(source: Candidates, at: int, target: Candidates, to: int) -> None:
    target.read_a[to] = source.read_a[at]
    target.read_b[to] = source.read_b[at]
    target.votes[to] = source.votes[at]
    target.is_reverse[to] = source.is_reverse[at]
    target.diagonal[to] = source.diagonal[at]


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
