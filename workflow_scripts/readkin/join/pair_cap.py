"""Cap on the pairs per read, applied to pairs on disk, block by block.

The pairs of duplicates and their originals do not count and always stay.
"""

from collections.abc import Callable, Iterator

import numpy as np

from readkin.formats.pairs import PairsFile
from readkin.kernels.join.candidates import Candidates
from readkin.kernels.join.pair_cap import VoteLimits, count_partners, select_pairs

PairBlocks = Callable[[], Iterator[Candidates]]
NO_LIMIT = np.iinfo(np.int64).max


class PartnerCounts:
    """Number of pairs of each read, without those of duplicates."""

    def __init__(self, is_duplicate: np.ndarray) -> None:
        """
        Args:
            is_duplicate: bool (reads,), whether an earlier read has the same bases.
        """
        self.partners = np.zeros(is_duplicate.size, np.int64)
        self._is_duplicate = is_duplicate
        self._least_votes = np.zeros(is_duplicate.size, np.uint32)

    def add(self, pairs: Candidates) -> None:
        """Count further pairs."""
        counted = pairs.rows(~self._is_duplicate[pairs.read_b])
        count_partners(
            counted.read_a, counted.read_b, counted.votes, self._least_votes, self.partners
        )


def cap_pairs(pairs: PairsFile, partners: np.ndarray, is_duplicate: np.ndarray, most: int) -> int:
    """Remove the pairs beyond the cap from a file; return their number.

    Args:
        pairs: file with all pairs.
        partners: int64 (reads,), pairs of each read, see ``PartnerCounts``.
        is_duplicate: bool (reads,), see ``PartnerCounts``.
        most: pairs that a read may have.
    """
    if partners.max(initial=0) <= most:
        return 0
    before = len(pairs)
    limits = vote_limits(pairs.pieces, partners, is_duplicate, most)
    pairs.replace(capped_pairs(pairs.pieces, limits, is_duplicate))
    return before - len(pairs)


def vote_limits(
    blocks: PairBlocks, partners: np.ndarray, is_duplicate: np.ndarray, most: int
) -> VoteLimits:
    """Return the votes that a pair needs to be among the ``most`` best pairs of each read.

    This is a bisection by binary digits, with one pass over all pairs for each digit of the votes.

    Args:
        blocks: function that yields all pairs, in order.
        partners: int64 (reads,), pairs of each read.
        is_duplicate: bool (reads,), see ``PartnerCounts``.
        most: pairs that a read may have.
    """
    is_above_cap = partners > most
    votes = np.zeros(partners.size, np.uint32)
    highest = max((int(pairs.votes.max(initial=0)) for pairs in blocks()), default=0)
    for digit in reversed(range(highest.bit_length())):
        higher = votes | np.uint32(1 << digit)
        is_enough = _partners_with(blocks, is_duplicate, higher) >= most
        votes = np.where(is_above_cap & is_enough, higher, votes)
    better = _partners_with(blocks, is_duplicate, votes + np.uint32(1))
    return VoteLimits(votes, np.where(is_above_cap, most - better, NO_LIMIT))


def _partners_with(blocks: PairBlocks, is_duplicate: np.ndarray, least: np.ndarray) -> np.ndarray:
    """Return the number of pairs of each read that have at least its ``least`` votes."""
    partners = np.zeros(least.size, np.int64)
    for pairs in blocks():
        counted = pairs.rows(~is_duplicate[pairs.read_b])
        count_partners(counted.read_a, counted.read_b, counted.votes, least, partners)
    return partners


def capped_pairs(
    blocks: PairBlocks, limits: VoteLimits, is_duplicate: np.ndarray
) -> Iterator[Candidates]:
    """Yield the pairs that stay, block by block."""
    seen = np.zeros(limits.votes.size, np.int64)
    for pairs in blocks():
        stays = is_duplicate[pairs.read_b]
        counted = ~stays
        others = pairs.rows(counted)
        stays[counted] = select_pairs(others.read_a, others.read_b, others.votes, limits, seen)
        yield pairs.rows(stays)
