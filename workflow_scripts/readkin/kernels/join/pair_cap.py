"""Cap on the pairs per read: the pairs with most votes stay, of equal votes the first ones.

A pair stays if it is among the best of either of its reads. There are then at most as many pairs as
reads times the cap, and each read that has a pair keeps one. The pairs of duplicates and their
originals do not count and always stay. All functions take the pairs block by block, in the order of
(read_a, read_b), so the memory that they need depends on the number of reads only.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.join.candidates import PairVotes


class VoteLimits(NamedTuple):
    """Votes that a pair needs to stay among the best of each read above the cap.

    Attributes:
        votes: uint32 (reads above the cap,), pairs with more votes stay.
        at_limit: int64 (reads above the cap,), number of the pairs with exactly these votes that
            stay too.
    """

    votes: np.ndarray
    at_limit: np.ndarray


@njit(cache=True, nogil=True)
def count_partners(pairs: PairVotes, is_duplicate: np.ndarray, partners: np.ndarray) -> None:
    """Add to the counts of each read its pairs.

    Args:
        pairs: some pairs.
        is_duplicate: bool (reads,), whether an earlier read has the same bases.
        partners: uint32 (reads,), the counts.
    """
    for i in range(pairs.read_a.size):
        if not is_duplicate[pairs.read_b[i]]:
            partners[pairs.read_a[i]] += np.uint32(1)
            partners[pairs.read_b[i]] += np.uint32(1)


@njit(cache=True, nogil=True)
def count_votes_above(
    pairs: PairVotes,
    is_duplicate: np.ndarray,
    row_of: np.ndarray,
    least: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Add to the counts of each read above the cap its pairs with at least its ``least`` votes.

    Args:
        pairs: some pairs.
        is_duplicate: bool (reads,), see ``count_partners``.
        row_of: int64 (reads,), row of the read among those above the cap, or -1.
        least: uint32 (reads above the cap,).
        counts: int64 (reads above the cap,), the counts.
    """
    for i in range(pairs.read_a.size):
        if not is_duplicate[pairs.read_b[i]]:
            for read in (pairs.read_a[i], pairs.read_b[i]):
                row = row_of[read]
                if row >= 0 and pairs.votes[i] >= least[row]:
                    counts[row] += 1


@njit(cache=True, nogil=True)
def select_pairs(
    pairs: PairVotes,
    is_duplicate: np.ndarray,
    row_of: np.ndarray,
    limits: VoteLimits,
    seen: np.ndarray,
) -> np.ndarray:
    """Return which pairs stay, bool (pairs,).

    Args:
        pairs: some pairs, in order; each read then meets its partners in ascending order.
        is_duplicate, row_of: see ``count_votes_above``.
        limits: of the reads above the cap.
        seen: int64 (reads above the cap,), pairs with exactly the votes of the limit in all blocks
            before this one; it is updated.
    """
    stays = np.zeros(pairs.read_a.size, np.bool_)
    for i in range(pairs.read_a.size):
        if is_duplicate[pairs.read_b[i]]:
            stays[i] = True
            continue
        for read in (pairs.read_a[i], pairs.read_b[i]):
            row = row_of[read]
            if row < 0 or pairs.votes[i] > limits.votes[row]:
                stays[i] = True
            elif pairs.votes[i] == limits.votes[row]:
                stays[i] |= seen[row] < limits.at_limit[row]
                seen[row] += 1
    return stays
