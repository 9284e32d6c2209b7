"""Numbers of alignments of each read."""

from typing import NamedTuple

import numpy as np
from numba import njit


class ReadCounts(NamedTuple):
    """Numbers of alignments of each read, uint32 (reads,).

    Attributes:
        every: all.
        against: those in which the reads differ.
        ambiguous: ambiguous ones.
    """

    every: np.ndarray
    against: np.ndarray
    ambiguous: np.ndarray


@njit(cache=True, nogil=True)
def count_alignments(
    read_a: np.ndarray,
    read_b: np.ndarray,
    is_against: np.ndarray,
    is_ambiguous: np.ndarray,
    n_reads: int,
) -> ReadCounts:
    """Count the alignments of each of ``n_reads`` reads.

    Args:
        read_a, read_b: int32 (alignments,).
        is_against, is_ambiguous: bool (alignments,).
    """
    every, against = np.zeros(n_reads, np.uint32), np.zeros(n_reads, np.uint32)
    ambiguous = np.zeros(n_reads, np.uint32)
    for e in range(read_a.size):
        for read in (read_a[e], read_b[e]):
            every[read] += np.uint32(1)
            against[read] += np.uint32(is_against[e])
            ambiguous[read] += np.uint32(is_ambiguous[e])
    return ReadCounts(every, against, ambiguous)
