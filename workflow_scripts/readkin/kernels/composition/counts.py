"""Canonical tetranucleotides of stretches of sequence, and their coordinates on given axes."""

import numpy as np
from numba import njit

from readkin.kernels.kmers.tetranucleotides import CODES, DIMENSIONS, NUMBER_OF_CODE, K
from readkin.kernels.sequences.sequences import UNKNOWN_BASE


def known_bases(bases: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Return the number of bases A, C, G, T of each sequence.

    Args:
        bases: uint8 (total bases,), A 0, C 1, G 2, T 3, else 4.
        offsets: int64 (n + 1,), sequence i is ``bases[offsets[i]:offsets[i + 1]]``.

    Returns:
        int64 (n,), bp.
    """
    known = np.zeros(offsets.size - 1, np.int64)
    _count_known(bases, offsets, known)
    return known


@njit(cache=True, nogil=True)
def _count_known(bases: np.ndarray, offsets: np.ndarray, known: np.ndarray) -> None:
    for i in range(known.size):
        for position in range(offsets[i], offsets[i + 1]):
            if bases[position] < UNKNOWN_BASE:
                known[i] += 1


def tetranucleotide_counts(bases: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Count the canonical tetranucleotides of stretches; those with an unknown base are left out.

    Args:
        bases: uint8 (total bases,), A 0, C 1, G 2, T 3, else 4.
        starts, ends: int64 (n,), stretch i is ``bases[starts[i]:ends[i]]``.

    Returns:
        int32 (n, 136).
    """
    counts = np.zeros((starts.size, DIMENSIONS), np.int32)
    _count(bases, starts, ends, NUMBER_OF_CODE, counts)
    return counts


@njit(cache=True, nogil=True)
def _count(
    bases: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    number_of_code: np.ndarray,
    counts: np.ndarray,
) -> None:
    for stretch in range(starts.size):
        code, run = 0, 0
        for i in range(starts[stretch], ends[stretch]):
            if bases[i] >= UNKNOWN_BASE:
                run = 0
                continue
            code = (4 * code + np.int64(bases[i])) % CODES
            run += 1
            if run >= K:
                counts[stretch, number_of_code[code]] += 1


def projected_shares(counts: np.ndarray, axes: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Return ``shares @ axes - origin``, where shares are the counts divided by their sum.

    The sums run in a fixed order, so the result does not depend on the number of rows or threads.

    Args:
        counts: int32 (n, k); a row without any count is at ``-origin``.
        axes: float64 (k, dims).
        origin: float64 (dims,).

    Returns:
        float64 (n, dims).
    """
    coordinates = np.empty((len(counts), axes.shape[1]))
    _project(counts, np.ascontiguousarray(axes), origin, coordinates)
    return coordinates


@njit(cache=True, nogil=True)
def _project(
    counts: np.ndarray, axes: np.ndarray, origin: np.ndarray, coordinates: np.ndarray
) -> None:
    for row in range(counts.shape[0]):
        total = 0
        for word in range(counts.shape[1]):
            total += counts[row, word]
        total = max(total, 1)
        for d in range(origin.size):
            coordinates[row, d] = -origin[d]
        for word in range(counts.shape[1]):
            share = counts[row, word] / total
            for d in range(origin.size):
                coordinates[row, d] += share * axes[word, d]
