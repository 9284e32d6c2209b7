"""True overlaps between reads of known origin.

An origin is a half-open interval of a sequence of a genome. On a circular sequence (circle > 0, its
length) it may extend beyond the end of the sequence, but is not longer than it. Two reads of a
small circle may overlap at both ends: then the longer of the two overlaps counts.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.radix_sort import partition


class Origins(NamedTuple):
    """Origins of n reads.

    Attributes:
        sequence: int32 (n,), number of the sequence, different for all sequences of all genomes.
        start, end: int64 (n,), bp, half-open, on its forward strand.
        circle: int64 (n,), bp, length of the sequence if it is circular, else 0.
    """

    sequence: np.ndarray
    start: np.ndarray
    end: np.ndarray
    circle: np.ndarray


def trimmed_origins(
    origins: Origins, is_reverse: np.ndarray, length: np.ndarray, offset: np.ndarray
) -> Origins:
    """Return the origins of reads that were trimmed at the 3' end.

    Args:
        origins: origins of the reads as sequenced.
        is_reverse: bool (n,), whether the read is from the reverse strand; its 3' end is ``start``.
        length: integers (n,), bp, length of each read after trimming.
        offset: int64 (n,), bp, bases of the read before its origin.
    """
    start, end = origins.start.astype(np.int64), origins.end.astype(np.int64)
    _trim(start, end, is_reverse, length, offset)
    return origins._replace(start=start, end=end)


@njit(cache=True, nogil=True)
def _trim(
    start: np.ndarray,
    end: np.ndarray,
    is_reverse: np.ndarray,
    length: np.ndarray,
    offset: np.ndarray,
) -> None:
    """Trim in place."""
    for i in range(start.size):
        remaining = max(np.int64(length[i]) - np.int64(offset[i]), 0)
        if is_reverse[i]:
            start[i] = max(start[i], end[i] - remaining)
        else:
            end[i] = min(end[i], start[i] + remaining)


def overlaps_of_pairs(origins: Origins, pairs: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return the overlap of the origins of each pair of reads.

    Args:
        origins: origins of n reads.
        pairs: two arrays, integers (m,), of indices of reads.

    Returns:
        int64 (m,), bp; 0 for reads that do not overlap or come from different sequences.
    """
    return _overlaps(origins, *pairs)


@njit(cache=True, nogil=True)
def _overlaps(origins: Origins, read_a: np.ndarray, read_b: np.ndarray) -> np.ndarray:
    overlap = np.zeros(read_a.size, np.int64)
    for k in range(read_a.size):
        a, b = read_a[k], read_b[k]
        if origins.sequence[a] == origins.sequence[b]:
            for laps in range(-1, 2):
                shift = laps * origins.circle[b]
                low = max(origins.start[a], origins.start[b] + shift)
                high = min(origins.end[a], origins.end[b] + shift)
                overlap[k] = max(overlap[k], high - low)
    return overlap


def count_overlaps(origins: Origins) -> np.ndarray:
    """Count pairs of reads by the length of their overlap.

    The reads of each sequence are sorted by start and swept once. The time is proportional to the
    number of overlapping pairs.

    Returns:
        int64 (longest read + 1,): entry x counts the unordered pairs that overlap by x bp; entry 0
        is 0.
    """
    longest = int((origins.end - origins.start).max(initial=0))
    counts = np.zeros(longest + 1, np.int64)
    reads, bounds = partition(origins.sequence, int(origins.sequence.max(initial=-1)) + 1)
    for sequence in range(bounds.size - 1):
        _count_of_sequence(origins, reads[bounds[sequence] : bounds[sequence + 1]], counts)
    counts[0] = 0  # of empty origins
    return counts


def _count_of_sequence(origins: Origins, reads: np.ndarray, counts: np.ndarray) -> None:
    """Add the pairs of some reads, all those of a sequence, to ``counts``."""
    start, end, circle = origins.start[reads], origins.end[reads], origins.circle[reads]
    # A read that extends beyond the end of a circular sequence is copied to before its start.
    crossing = np.flatnonzero((circle > 0) & (end > circle))
    start = np.concatenate([start, start[crossing] - circle[crossing]])
    end = np.concatenate([end, end[crossing] - circle[crossing]])
    order = np.argsort(start, kind="stable")
    is_copy = order >= len(reads)
    read = np.append(reads, reads[crossing])[order]
    circle = np.append(circle, circle[crossing])[order]
    _sweep(start[order], end[order], is_copy, read, circle, counts)


@njit(cache=True, nogil=True)
def _sweep(
    start: np.ndarray,
    end: np.ndarray,
    is_copy: np.ndarray,
    read: np.ndarray,
    circle: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Add each pair of overlapping intervals, sorted by start, to ``counts``."""
    for i in range(len(start)):
        j = i + 1
        while j < len(start) and start[j] < end[i]:
            if not (is_copy[i] and is_copy[j]) and read[i] != read[j]:
                overlap = min(end[i], end[j]) - start[j]
                other = _other_overlap(start[i], end[i], start[j], end[j], circle[i])
                is_met_first = not is_copy[i] and not is_copy[j]
                if overlap > other or (overlap == other and is_met_first):
                    counts[overlap] += 1
            j += 1


@njit(cache=True, nogil=True)
def _other_overlap(start_a: int, end_a: int, start_b: int, end_b: int, circle: int) -> int:
    """Return the overlap of two reads of a circle one lap earlier or later; 0 on a line."""
    if circle == 0:
        return 0
    before = min(end_a, end_b - circle) - max(start_a, start_b - circle)
    after = min(end_a, end_b + circle) - max(start_a, start_b + circle)
    return max(before, after, 0)
