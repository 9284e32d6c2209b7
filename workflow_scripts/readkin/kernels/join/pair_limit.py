"""Bounds the pairs of each read: the best by votes stay, of equal votes those of the first reads.

A pair stays if it is among the best of either of its reads, so there are at most as many pairs as
reads times the limit, and a read loses its last pair only if it has none. All functions take the
pairs piece by piece, in the order of (read_a, read_b): so the memory needed depends on the reads.
"""

from typing import NamedTuple

import numpy as np
from numba import njit


class Limits(NamedTuple):
    """What stays of each read's pairs.

    Attributes:
        votes: uint32 (reads,): pairs with more votes stay; 0 for reads within the limit.
        at_limit: int64 (reads,): so many of the pairs with just these votes stay too.
    """

    votes: np.ndarray
    at_limit: np.ndarray


@njit(cache=True, nogil=True)
def count_partners(
    read_a: np.ndarray,
    read_b: np.ndarray,
    votes: np.ndarray,
    least: np.ndarray,
    partners: np.ndarray,
) -> None:
    """Count, for each read, its pairs with at least ``least`` (uint32 (reads,)) votes.

    ``partners`` (int64 (reads,)) is added to.
    """
    for i in range(read_a.size):
        for read in (read_a[i], read_b[i]):
            if votes[i] >= least[read]:
                partners[read] += 1


@njit(cache=True, nogil=True)
def select_pairs(
    read_a: np.ndarray, read_b: np.ndarray, votes: np.ndarray, limits: Limits, seen: np.ndarray
) -> np.ndarray:
    """Which pairs stay, bool (pairs,).

    ``seen`` (int64 (reads,), zeros at first) counts, over all pieces, pairs that have just the
    votes of the limit. In the order of the pairs a read meets its partners from the first to the
    last, so the first ones fill the places.
    """
    stays = np.zeros(read_a.size, np.bool_)
    for i in range(read_a.size):
        for read in (read_a[i], read_b[i]):
            if votes[i] > limits.votes[read]:
                stays[i] = True
            elif votes[i] == limits.votes[read]:
                stays[i] |= seen[read] < limits.at_limit[read]
                seen[read] += 1
    return stays
