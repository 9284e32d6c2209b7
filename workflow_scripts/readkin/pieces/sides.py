"""Both sides of each overlap: ranks own reads, and an overlap has two reads.

A rank owns consecutive reads. It keeps numbers of the overlaps whose read a it owns (one item an
overlap, in order), and of those whose read b it owns (one item a slot of ``Incidence``).
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from readkin.kernels.layout.frames import OwnOverlaps
from readkin.kernels.layout.overlaps import Incidence, Overlaps
from readkin.parallel.mpi import Ranks, weighted_split

SIDES_PER_BLOCK = 1 << 18  # between two steps of the progress line


class OverlapSides:
    """Exchange between the owners of the two reads of each overlap.

    Args:
        overlaps, incidence: of all reads.
        ranks: all ranks.
    """

    def __init__(self, overlaps: Overlaps, incidence: Incidence, ranks: Ranks) -> None:
        self._ranks, self._incidence = ranks, incidence
        a_bounds, b_bounds, b_overlaps = incidence
        reads = weighted_split(np.diff(a_bounds) + np.diff(b_bounds), ranks.size)
        self.first_read, self.end_read = (int(read) for read in reads[ranks.rank : ranks.rank + 2])
        self.first_overlap, self.end_overlap = (
            int(a_bounds[read]) for read in (self.first_read, self.end_read)
        )
        if ranks.size == 1:
            self._slots = b_overlaps
            return
        read_b = overlaps.read_b[self.first_overlap : self.end_overlap]
        self._owner_of_b = _owners(reads, read_b)
        slots = b_overlaps[b_bounds[self.first_read] : b_bounds[self.end_read]]
        order = np.argsort(slots, kind="stable")  # by overlap
        self._owner_of_a = _owners(a_bounds[reads], slots[order])
        self._slots = order.astype(np.min_scalar_type(slots.size))

    @property
    def n_own(self) -> int:
        """Number of sides that belong to this rank: overlaps of reads a, and slots of reads b."""
        return self.end_overlap - self.first_overlap + self._slots.size

    def own(self, of_a: np.ndarray, of_b: np.ndarray) -> OwnOverlaps:
        """Return numbers of this rank's overlaps together with its reads."""
        return OwnOverlaps(self.first_read, self.end_read, of_a, of_b)

    def blocks(self, of_a: np.ndarray, of_b: np.ndarray) -> Iterator[OwnOverlaps]:
        """Yield the same for blocks of this rank's reads, in order."""
        a_bounds, b_bounds, _ = self._incidence
        a = a_bounds[self.first_read : self.end_read + 1] - self.first_overlap
        b = b_bounds[self.first_read : self.end_read + 1] - b_bounds[self.first_read]
        cuts = weighted_split(np.diff(a + b), 1 + self.n_own // SIDES_PER_BLOCK)
        for first, end in pairwise(cuts.tolist()):
            yield OwnOverlaps(
                self.first_read + first,
                self.first_read + end,
                of_a[a[first] : a[end]],
                of_b[b[first] : b[end]],
            )

    def to_b(self, of_a: np.ndarray) -> np.ndarray:
        """Send numbers from the owners of reads a to those of reads b; return this rank's slots."""
        if self._ranks.size == 1:
            return of_a[self._slots]
        parts = [of_a[self._owner_of_b == rank] for rank in range(self._ranks.size)]
        of_b = np.empty(self._slots.size, of_a.dtype)
        of_b[self._slots] = np.concatenate(self._ranks.exchange(parts))
        return of_b

    def to_a(self, of_b: np.ndarray) -> np.ndarray:
        """Send numbers from the owners of reads b to those of reads a; return this rank's."""
        if self._ranks.size == 1:
            of_a = np.empty_like(of_b)
            of_a[self._slots] = of_b
            return of_a
        by_overlap = of_b[self._slots]
        parts = [by_overlap[self._owner_of_a == rank] for rank in range(self._ranks.size)]
        of_a = np.empty(self._owner_of_b.size, of_b.dtype)
        for rank, part in enumerate(self._ranks.exchange(parts)):
            of_a[self._owner_of_b == rank] = part
        return of_a


def _owners(bounds: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Return the number of the rank to which each item belongs, uint16."""
    return (np.searchsorted(bounds, items, side="right") - 1).astype(np.uint16)
