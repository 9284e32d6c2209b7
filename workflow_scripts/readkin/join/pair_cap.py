"""Cap on the pairs per read, applied to pairs on disk, shard by shard and by all ranks together.

The pairs of each rank precede those of the next one. Of a read's pairs with equal votes the first
ones stay, so a rank needs the number of those on the ranks before it.
"""

from collections.abc import Callable, Iterator

import numpy as np

from readkin.kernels.join.candidates import PairVotes
from readkin.kernels.join.pair_cap import (
    VoteLimits,
    count_partners,
    count_votes_above,
    select_pairs,
)
from readkin.parallel.mpi import Ranks

VoteBlocks = Callable[[], Iterator[PairVotes]]


class PartnerCounts:
    """Number of pairs of each read, without those of duplicates.

    Attributes:
        is_duplicate: bool (reads,), whether an earlier read has the same bases.
        partners: uint32 (reads,), pairs of this rank.
        most_votes: largest number of votes of a pair.
    """

    def __init__(self, is_duplicate: np.ndarray) -> None:
        self.is_duplicate = is_duplicate
        self.partners = np.zeros(is_duplicate.size, np.uint32)
        self.most_votes = 0

    def add(self, pairs: PairVotes) -> None:
        """Count further pairs."""
        self.most_votes = max(self.most_votes, int(pairs.votes.max(initial=0)))
        count_partners(pairs, self.is_duplicate, self.partners)


class PairCap:
    """The pairs per read that stay, from the pairs of all ranks."""

    def __init__(self, blocks: VoteBlocks, counts: PartnerCounts, most: int, ranks: Ranks) -> None:
        """All ranks must call it.

        Args:
            blocks: function that yields the votes of all pairs of this rank, in order.
            counts: of these pairs.
            most: pairs that a read may have.
            ranks: all ranks.
        """
        self._blocks, self._ranks, self._most = blocks, ranks, most
        self._counts = counts
        above = np.flatnonzero(ranks.total(counts.partners) > most)
        self._n_above = above.size
        if above.size:
            self._row_of = np.full(counts.partners.size, -1, np.int64)
            self._row_of[above] = np.arange(above.size)

    @property
    def is_reached(self) -> bool:
        """Whether any read has too many pairs."""
        return self._n_above > 0

    def stays(self) -> Iterator[np.ndarray]:
        """Yield for each block which pairs stay, bool (pairs,); all ranks must call it."""
        limits, seen = self._limits()
        for pairs in self._blocks():
            yield select_pairs(pairs, self._counts.is_duplicate, self._row_of, limits, seen)

    def _limits(self) -> tuple[VoteLimits, np.ndarray]:
        """Return the limits, and the pairs at each limit on the ranks before this one.

        This is a bisection by binary digits, with one pass over all pairs for each digit of the
        votes.
        """
        votes = np.zeros(self._n_above, np.uint32)
        most_votes = max(self._ranks.all_gather(self._counts.most_votes))
        for digit in reversed(range(most_votes.bit_length())):
            higher = votes | np.uint32(1 << digit)
            is_enough = self._ranks.total(self._pairs_with(higher)) >= self._most
            votes = np.where(is_enough, higher, votes)
        own_better = self._pairs_with(votes + np.uint32(1))
        own_at_limit = self._pairs_with(votes) - own_better
        limits = VoteLimits(votes, self._most - self._ranks.total(own_better))
        return limits, self._ranks.total_before(own_at_limit)

    def _pairs_with(self, least: np.ndarray) -> np.ndarray:
        """Return the number of this rank's pairs of each read with at least its ``least`` votes."""
        counts = np.zeros(least.size, np.int64)
        for pairs in self._blocks():
            count_votes_above(pairs, self._counts.is_duplicate, self._row_of, least, counts)
        return counts
