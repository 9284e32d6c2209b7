"""Cap on the pairs per read: the pairs with most votes stay, of equal votes the first ones.

A pair stays if it is among the best of either of its reads. There are then at most as many pairs as
reads times the cap, and each read that has a pair keeps one. All functions take the pairs block by
block, in the order of (read_a, read_b), so the memory that they need depends on the number of reads
only.
"""

from typing import NamedTuple

import numpy as np
from numba import njit


class VoteLimits(NamedTuple):
    """Votes that a pair needs to stay among the best of each read.

    Attributes:
        votes: uint32 (reads,), pairs with more votes stay; 0 for reads within the cap.
        at_limit: int64 (reads,), number of the pairs with exactly these votes that stay too.
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
    """Add to the counts of each read its pairs with at least its ``least`` votes.

    Args:
        read_a, read_b, votes: columns of pairs.
        least: uint32 (reads,).
        partners: int64 (reads,), the counts.
    """
    for i in range(read_a.size):
        for read in (read_a[i], read_b[i]):
            if votes[i] >= least[read]:
                partners[read] += 1


@njit(cache=True, nogil=True)
def select_pairs(
    read_a: np.ndarray, read_b: np.ndarray, votes: np.ndarray, limits: VoteLimits, seen: np.ndarray
) -> np.ndarray:
    """Return which pairs stay, bool (pairs,).

    Args:
        read_a, read_b, votes: columns of pairs, in order; each read then meets its partners in
            ascending order.
        limits: of all reads.
        seen: int64 (reads,), zeros before the first block; counts the pairs with exactly the votes
            of the limit over all blocks.
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
