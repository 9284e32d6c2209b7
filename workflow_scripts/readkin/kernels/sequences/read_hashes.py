"""A 64-bit hash of each read with all that is known of it, to tell sets of reads apart.

Of each stretch of bytes the sum of byte times weight is taken, modulo 2**64, with a random odd
weight for each place (multilinear hashing, Carter and Wegman 1979), which the compiler does for
many bytes at once; the sums are then mixed.
"""

import numpy as np
from numba import njit

from readkin.kernels.kmers.codes import mix64

STRETCH = 512
WEIGHTS = np.array(
    [mix64(np.uint64(place + 1)) | np.uint64(1) for place in range(STRETCH)], np.uint64
)


def read_hashes(
    bases: tuple[np.ndarray, np.ndarray],
    names: tuple[np.ndarray, np.ndarray],
    mate_index: np.ndarray,
    unit: np.ndarray,
) -> np.ndarray:
    """Hash of each read's bases, name, mate and unit, uint64 (n,).

    Args:
        bases, names: uint8 and int64 (n + 1,) offsets into it.
        mate_index: uint64 (n,).
        unit: uint32 (n,).
    """
    hashes = np.empty(mate_index.size, np.uint64)
    _read_hashes(_contiguous(bases), _contiguous(names), mate_index, unit, WEIGHTS, hashes)
    return hashes


def _contiguous(texts: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    return np.ascontiguousarray(texts[0]), texts[1]


@njit(cache=True, nogil=True)
def _read_hashes(
    bases: tuple[np.ndarray, np.ndarray],
    names: tuple[np.ndarray, np.ndarray],
    mate_index: np.ndarray,
    unit: np.ndarray,
    weights: np.ndarray,
    hashes: np.ndarray,
) -> None:
    for read in range(hashes.size):
        hashed = mix64(mix64(mate_index[read]) ^ np.uint64(unit[read]))
        hashed = _with_text(hashed, bases, read, weights)
        hashes[read] = _with_text(hashed, names, read, weights)


@njit(inline="always")
def _with_text(
    hashed: np.uint64, texts: tuple[np.ndarray, np.ndarray], number: int, weights: np.ndarray
) -> np.uint64:
    """The hash after taking in a text's length and bytes."""
    letters, offsets = texts
    start, end = offsets[number], offsets[number + 1]
    hashed = mix64(hashed ^ np.uint64(end - start))
    for first in range(start, end, STRETCH):
        begin = np.uint64(first)
        total = np.uint64(0)
        for i in range(np.uint64(min(STRETCH, end - first))):
            total += np.uint64(letters[begin + i]) * weights[i]
        hashed = mix64(hashed ^ total)
    return hashed
