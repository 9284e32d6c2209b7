"""True overlaps between reads of known origin.

An origin is a half-open interval of a sequence of a genome. On a circular sequence (circle > 0, its
length) it may extend beyond the end of the sequence, but is not longer than it. Two reads of a
small circle may overlap at both ends: then the longer of the two overlaps counts.
"""

from typing import NamedTuple

import numpy as np
from numba import njit


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
        length: int64 (n,), bp, length of each read after trimming.
        offset: int64 (n,), bp, bases of the read before its origin.
    """
    length = np.maximum(length - offset, 0)
    start = np.where(is_reverse, np.maximum(origins.start, origins.end - length), origins.start)
    end = np.where(is_reverse, origins.end, np.minimum(origins.end, origins.start + length))
    return origins._replace(start=start, end=end)


def overlaps_of_pairs(origins: Origins, pairs: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return the overlap of the origins of each pair of reads.

    Args:
        origins: origins of n reads.
        pairs: two arrays, int64 (m,), of indices of reads.

    Returns:
        int64 (m,), bp; 0 for reads that do not overlap or come from different sequences.
    """
    sequence, start, end, circle = origins
    a, b = pairs
    overlap = np.zeros(len(a), np.int64)
    for laps in (-1, 0, 1):
        shift = laps * circle[b]
        shared = np.minimum(end[a], end[b] + shift) - np.maximum(start[a], start[b] + shift)
        overlap = np.maximum(overlap, shared)
    return np.where(sequence[a] == sequence[b], overlap, 0)


def count_overlaps(origins: Origins) -> np.ndarray:
    """Count pairs of reads by the length of their overlap.

    Reads are sorted by sequence and start and swept once. The time is proportional to the number of
    overlapping pairs.

    Returns:
        int64 (longest read + 1,): entry x counts the unordered pairs that overlap by x bp; entry 0
        is 0.
    """
    # A read that extends beyond the end of a circular sequence is copied to before its start.
    crossing = np.flatnonzero((origins.circle > 0) & (origins.end > origins.circle))
    circle = origins.circle[crossing]
    n = len(origins.sequence)
    read = np.concatenate([np.arange(n), crossing])
    sequence = origins.sequence[read]
    start = np.concatenate([origins.start, origins.start[crossing] - circle])
    end = np.concatenate([origins.end, origins.end[crossing] - circle])
    is_copy = np.arange(len(read)) >= n
    order = np.lexsort((start, sequence))
    longest = int((end - start).max(initial=0))
    counts = np.zeros(longest + 1, np.int64)
    circle = origins.circle[read]
    _sweep(
        sequence[order],
        start[order],
        end[order],
        is_copy[order],
        read[order],
        circle[order],
        counts,
    )
    counts[0] = 0  # of empty origins
    return counts


@njit(cache=True, nogil=True)
def _sweep(
    sequence: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    is_copy: np.ndarray,
    read: np.ndarray,
    circle: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Add each pair of overlapping intervals, sorted by sequence and start, to ``counts``."""
    for i in range(len(start)):
        j = i + 1
        while j < len(start) and sequence[j] == sequence[i] and start[j] < end[i]:
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
