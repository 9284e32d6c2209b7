"""True overlaps between reads of known origin.

An origin is a half-open interval of a genome. On a circular genome (circle > 0, its length) it may
extend beyond the end of the sequence. Such a genome has to be longer than any two reads together.
"""

from typing import NamedTuple

import numpy as np
from numba import njit


class Origins(NamedTuple):
    """Origins of n reads.

    Attributes:
        genome: int32 (n,), number of the genome.
        start, end: int64 (n,), bp, half-open, on its forward strand.
        circle: int64 (n,), bp, length of the genome if it is circular, else 0.
    """

    genome: np.ndarray
    start: np.ndarray
    end: np.ndarray
    circle: np.ndarray


def trimmed_origins(origins: Origins, is_reverse: np.ndarray, length: np.ndarray) -> Origins:
    """Return the origins of reads that were trimmed at the 3' end.

    Args:
        origins: origins of the reads as sequenced.
        is_reverse: bool (n,), whether the read is from the reverse strand; its 3' end is ``start``.
        length: int64 (n,), bp, length of each read after trimming.
    """
    start = np.where(is_reverse, np.maximum(origins.start, origins.end - length), origins.start)
    end = np.where(is_reverse, origins.end, np.minimum(origins.end, origins.start + length))
    return origins._replace(start=start, end=end)


def overlaps_of_pairs(origins: Origins, pairs: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return the overlap of the origins of each pair of reads.

    Args:
        origins: origins of n reads.
        pairs: two arrays, int64 (m,), of indices of reads.

    Returns:
        int64 (m,), bp; 0 for reads that do not overlap or come from different genomes.
    """
    genome, start, end, circle = origins
    a, b = pairs
    overlap = np.zeros(len(a), np.int64)
    for laps in (-1, 0, 1):
        shift = laps * circle[b]
        shared = np.minimum(end[a], end[b] + shift) - np.maximum(start[a], start[b] + shift)
        overlap = np.maximum(overlap, shared)
    return np.where(genome[a] == genome[b], overlap, 0)


def count_overlaps(origins: Origins) -> np.ndarray:
    """Count pairs of reads by the length of their overlap.

    Reads are sorted by genome and start and swept once. The time is proportional to the number of
    overlapping pairs.

    Returns:
        int64 (longest read + 1,): entry x counts the unordered pairs that overlap by x bp; entry 0
        is 0.
    """
    # A read that extends beyond the end of a circular genome is copied to before its start.
    crossing = np.flatnonzero((origins.circle > 0) & (origins.end > origins.circle))
    circle = origins.circle[crossing]
    genome = np.concatenate([origins.genome, origins.genome[crossing]])
    start = np.concatenate([origins.start, origins.start[crossing] - circle])
    end = np.concatenate([origins.end, origins.end[crossing] - circle])
    is_copy = np.arange(len(genome)) >= len(origins.genome)
    order = np.lexsort((start, genome))
    longest = int((end - start).max(initial=0))
    counts = np.zeros(longest + 1, np.int64)
    _sweep(genome[order], start[order], end[order], is_copy[order], counts)
    counts[0] = 0  # of empty origins
    return counts


@njit(cache=True, nogil=True)
def _sweep(
    genome: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    is_copy: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Add each pair of overlapping intervals, sorted by genome and start, to ``counts``."""
    for i in range(len(start)):
        j = i + 1
        while j < len(start) and genome[j] == genome[i] and start[j] < end[i]:
            if not (is_copy[i] and is_copy[j]):
                counts[min(end[i], end[j]) - start[j]] += 1
            j += 1


def reads_per_cluster(
    genome: np.ndarray, cluster: np.ndarray, n_genomes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Count the reads of each genome in each cluster.

    Args:
        genome: int32 (n,), number of each read's genome, below ``n_genomes``.
        cluster: integers (n,), number of each read's cluster.
        n_genomes: number of genomes.

    Returns:
        The cluster numbers (clusters,), increasing, and the counts, int64 (clusters, n_genomes).
    """
    numbers, row = np.unique(cluster, return_inverse=True)
    counts = np.bincount(row * n_genomes + genome, minlength=len(numbers) * n_genomes)
    return numbers, counts.reshape(len(numbers), n_genomes)
