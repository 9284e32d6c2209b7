"""Applies the limit of pairs per read to pairs on disk, piece by piece.

Candidates of a read with its exact duplicates do not count and always stay.
"""

from collections.abc import Callable, Iterator

import numpy as np

from readkin.formats.pairs import PairsFile
from readkin.kernels.join.candidates import Candidates
from readkin.kernels.join.pair_limit import Limits, count_partners, select_pairs

Pieces = Callable[[], Iterator[Candidates]]
NO_LIMIT = np.iinfo(np.int64).max


def thin(pairs: PairsFile, partners: np.ndarray, is_duplicate: np.ndarray, most: int) -> int:
    """Apply the limit to a file; the number of pairs taken out is returned.

    Args:
        pairs: all of them.
        partners: int64 (reads,), as counted.
        is_duplicate: bool (reads,), as for ``PartnerCounts``.
        most: pairs that a read may have.
    """
    if partners.max(initial=0) <= most:
        return 0
    before = len(pairs)
    limits = limits_of(pairs.pieces, partners, is_duplicate, most)
    pairs.replace(thinned(pairs.pieces, limits, is_duplicate))
    return before - len(pairs)


class PartnerCounts:
    """Candidates of each read, counted as they come."""

    def __init__(self, is_duplicate: np.ndarray) -> None:
        """
        Args:
            is_duplicate: bool (reads,), whether an earlier read has the same bases.
        """
        self.partners = np.zeros(is_duplicate.size, np.int64)
        self._is_duplicate = is_duplicate
        self._any = np.zeros(is_duplicate.size, np.uint32)

    def add(self, pairs: Candidates) -> None:
        """Count these pairs too."""
        own = ~self._is_duplicate[pairs.read_b]
        count_partners(
            pairs.read_a[own], pairs.read_b[own], pairs.votes[own], self._any, self.partners
        )


def limits_of(pieces: Pieces, partners: np.ndarray, is_duplicate: np.ndarray, most: int) -> Limits:
    """For each read the votes from which on its ``most`` best pairs are found.

    Goes through all pairs once for each binary digit of the votes.

    Args:
        pieces: gives all pairs, in order.
        partners: int64 (reads,), pairs of each read.
        is_duplicate: bool (reads,), as for ``PartnerCounts``.
        most: pairs that a read may have.
    """
    crowded = partners > most
    votes = np.zeros(partners.size, np.uint32)
    highest = max((int(pairs.votes.max(initial=0)) for pairs in pieces()), default=0)
    for digit in reversed(range(highest.bit_length())):
        higher = votes | np.uint32(1 << digit)
        enough = _partners_with(pieces, is_duplicate, higher) >= most
        votes = np.where(crowded & enough, higher, votes)
    better = _partners_with(pieces, is_duplicate, votes + np.uint32(1))
    return Limits(votes, np.where(crowded, most - better, NO_LIMIT))


def _partners_with(pieces: Pieces, is_duplicate: np.ndarray, least: np.ndarray) -> np.ndarray:
    partners = np.zeros(least.size, np.int64)
    for pairs in pieces():
        own = ~is_duplicate[pairs.read_b]
        count_partners(pairs.read_a[own], pairs.read_b[own], pairs.votes[own], least, partners)
    return partners


def thinned(pieces: Pieces, limits: Limits, is_duplicate: np.ndarray) -> Iterator[Candidates]:
    """The pairs that stay, piece by piece."""
    seen = np.zeros(limits.votes.size, np.int64)
    for pairs in pieces():
        stays = is_duplicate[pairs.read_b]
        own = ~stays
        stays[own] = select_pairs(
            pairs.read_a[own], pairs.read_b[own], pairs.votes[own], limits, seen
        )
        yield Candidates(*(column[stays] for column in pairs))
