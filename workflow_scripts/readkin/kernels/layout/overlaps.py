"""Overlaps of reads: where an alignment places one read beside the other, seen from either."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

FAR = 1 << 40  # beyond every read
LONG_READ_BP = 1000  # of a longer read, a placement by two diagonals is too coarse to judge bases


class Overlaps(NamedTuple):
    """Alignments as placements of read b beside read a; all arrays have one item an alignment.

    Position p of a, as sequenced, lies opposite position ``p - left`` of b as aligned
    (reverse-complemented where ``is_reverse``) before ``switch``, the first gap, and opposite
    ``p - right`` behind the gap.

    Attributes:
        read_a, read_b: int32, a < b, sorted by a, then b.
        is_reverse: bool.
        left, right: int32, bp.
        switch: int32, position in a; means nothing where ``left == right``.
        differences: int32, unequal columns of the alignment, gaps included.
        overhang: int32, bp: longest end at which both reads continue, but are not aligned.
    """

    read_a: np.ndarray
    read_b: np.ndarray
    is_reverse: np.ndarray
    left: np.ndarray
    right: np.ndarray
    switch: np.ndarray
    differences: np.ndarray
    overhang: np.ndarray

    def diagonals(self) -> "Diagonals":
        """Return where the reads lie, without what only the judgement needs."""
        return Diagonals(*(getattr(self, name) for name in Diagonals._fields))


class Diagonals(NamedTuple):
    """Some columns of ``Overlaps``: all that the joins need of judged overlaps."""

    read_a: np.ndarray
    read_b: np.ndarray
    is_reverse: np.ndarray
    left: np.ndarray
    right: np.ndarray


class Incidence(NamedTuple):
    """The overlaps of each read.

    Attributes:
        a_bounds: int64 (reads + 1,), read i is read a of overlaps ``a_bounds[i]:a_bounds[i + 1]``.
        b_bounds: int64 (reads + 1,), and read b of those in ``b_bounds[i]:b_bounds[i + 1]`` of
        b_overlaps: int64 (overlaps,), ascending for each read. Its items are called slots.
    """

    a_bounds: np.ndarray
    b_bounds: np.ndarray
    b_overlaps: np.ndarray


@njit(cache=True, nogil=True)
def incidence_of(read_a: np.ndarray, read_b: np.ndarray, n_reads: int) -> Incidence:
    """Return the overlaps of each of ``n_reads`` reads; the overlaps are sorted by read a."""
    a_bounds, b_bounds = np.zeros(n_reads + 1, np.int64), np.zeros(n_reads + 1, np.int64)
    for e in range(read_a.size):
        a_bounds[read_a[e] + 1] += 1
        b_bounds[read_b[e] + 1] += 1
    a_bounds, b_bounds = np.cumsum(a_bounds), np.cumsum(b_bounds)
    free, b_overlaps = b_bounds[:-1].copy(), np.empty(read_b.size, np.int64)
    for e in range(read_b.size):
        b_overlaps[free[read_b[e]]] = e
        free[read_b[e]] += 1
    return Incidence(a_bounds, b_bounds, b_overlaps)


@njit(cache=True, nogil=True)
def partner_in_frame(
    overlaps: Overlaps, e: int, is_b: bool, offsets: np.ndarray
) -> tuple[Any, Any, Any, Any, Any, Any]:
    """Return how the partner of a read lies in its frame, whose position 0 is its first base.

    Args:
        overlaps: all of them.
        e: index of the overlap.
        is_b: whether the read whose frame it is is read b.
        offsets: int64 (reads + 1,), bounds of the reads.

    Returns:
        The partner; whether it is reverse-complemented; its left and right diagonal; the end of
        the frame positions that lie on the left diagonal, and the beginning of those on the right
        one (both FAR if there is only one diagonal).
    """
    a, b = overlaps.read_a[e], overlaps.read_b[e]
    is_reverse = overlaps.is_reverse[e]
    left: Any = np.int64(overlaps.left[e])
    right: Any = np.int64(overlaps.right[e])
    if left == right:
        if not is_b:
            return b, is_reverse, left, left, FAR, FAR
        if not is_reverse:
            return a, False, -left, -left, FAR, FAR
        left += (offsets[b + 1] - offsets[b]) - (offsets[a + 1] - offsets[a])
        return a, True, left, left, FAR, FAR
    switch = np.int64(overlaps.switch[e])
    resume = switch + max(0, right - left)
    if not is_b:
        return b, is_reverse, left, right, switch, resume
    if not is_reverse:
        return a, False, -left, -right, switch - left, resume - right
    length_b = offsets[b + 1] - offsets[b]
    turn = length_b - (offsets[a + 1] - offsets[a])
    return a, True, turn + right, turn + left, length_b + right - resume, length_b + left - switch
