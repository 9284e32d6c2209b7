"""True overlaps between reads whose origins are known.

An origin is a half-open interval of a genome. On a circular genome (circle > 0, its length) it may
run over the end; reads there are compared on the circle, which has to be longer than any two reads
together.
"""

from typing import NamedTuple

import numpy as np
from numba import njit


class Origins(NamedTuple):
    """Where n reads come from.

    Attributes:
        genome: int32 (n,), number of the genome.
        start, end: int64 (n,), bp, half-open, on its forward strand.
        circle: int64 (n,), length of the genome if it is circular, else 0.
    """

    genome: np.ndarray
    start: np.ndarray
    end: np.ndarray
    circle: np.ndarray


def trimmed_origins(origins: Origins, is_reverse: np.ndarray, length: np.ndarray) -> Origins:
    """Origins of what trimming at the 3' end left.

    Args:
        origins: of the reads as sequenced.
        is_reverse: bool (n,), reads of the reverse strand, whose 3' end is the start.
        length: int64 (n,), bp left of each read.
    """
    start = np.where(is_reverse, np.maximum(origins.start, origins.end - length), origins.start)
    end = np.where(is_reverse, origins.end, np.minimum(origins.end, origins.start + length))
    return origins._replace(start=start, end=end)


def overlaps_of_pairs(origins: Origins, pairs: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Overlap of the origins of given pairs of reads.

    Args:
        origins: of n reads.
        pairs: two int64 arrays (m,) of rows of ``origins``.

    Returns:
        int64 (m,), bp; 0 if they do not overlap or come from different genomes.
    """
    genome, start, end, circle = origins
    a, b = pairs
    overlap = np.zeros(len(a), np.int64)
    for turn in (-1, 0, 1):
        shift = turn * circle[b]
        shared = np.minimum(end[a], end[b] + shift) - np.maximum(start[a], start[b] + shift)
        overlap = np.maximum(overlap, shared)
    return np.where(genome[a] == genome[b], overlap, 0)


def count_overlaps(origins: Origins) -> np.ndarray:
    """Number of pairs of reads by how far they overlap.

    Reads are sorted by genome and start and swept once; the work grows with the number of
    overlapping pairs.

    Returns:
        int64 (longest read + 1,): entry x counts the unordered pairs that overlap by x bp; entry 0
        is 0.
    """
    # A read over the end of a circle is seen a second time before its start, as a ghost.
    crossing = np.flatnonzero((origins.circle > 0) & (origins.end > origins.circle))
    turn = origins.circle[crossing]
    genome = np.concatenate([origins.genome, origins.genome[crossing]])
    start = np.concatenate([origins.start, origins.start[crossing] - turn])
    end = np.concatenate([origins.end, origins.end[crossing] - turn])
    is_ghost = np.arange(len(genome)) >= len(origins.genome)
    order = np.lexsort((start, genome))
    longest = int((end - start).max(initial=0))
    counts = np.zeros(longest + 1, np.int64)
    _sweep(genome[order], start[order], end[order], is_ghost[order], counts)
    counts[0] = 0  # of empty origins
    return counts


@njit(cache=True, nogil=True)
def _sweep(
    genome: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    is_ghost: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Add every pair of overlapping intervals, sorted by genome and start, to ``counts``."""
    for i in range(len(start)):
        j = i + 1
        while j < len(start) and genome[j] == genome[i] and start[j] < end[i]:
            if not (is_ghost[i] and is_ghost[j]):
                counts[min(end[i], end[j]) - start[j]] += 1
            j += 1


def reads_per_cluster(
    genome: np.ndarray, cluster: np.ndarray, n_genomes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Reads of each genome in each cluster.

    Args:
        genome: int32 (n,), number of each read's genome, below ``n_genomes``.
        cluster: integers (n,), number of each read's cluster.
        n_genomes: number of genomes.

    Returns:
        cluster numbers (clusters,), rising, and int64 (clusters, n_genomes).
    """
    numbers, row = np.unique(cluster, return_inverse=True)
    counts = np.bincount(row * n_genomes + genome, minlength=len(numbers) * n_genomes)
    return numbers, counts.reshape(len(numbers), n_genomes)
