"""A 64-bit hash of each read with its name, mate and unit, by which sets of reads are compared.

Bytes are hashed in blocks. The hash of a block is the sum of byte times weight modulo 2**64, with a
random odd weight for each position (multilinear hashing, Carter and Wegman 1979). The compiler
vectorises these sums. The sums of the blocks are then mixed.
"""

import numpy as np
from numba import njit

from readkin.kernels.kmers.codes import mix64

BLOCK_BYTES = 512
WEIGHTS = np.array(
    [mix64(np.uint64(position + 1)) | np.uint64(1) for position in range(BLOCK_BYTES)], np.uint64
)


def read_hashes(
    bases: tuple[np.ndarray, np.ndarray],
    names: tuple[np.ndarray, np.ndarray],
    mate_index: np.ndarray,
    unit: np.ndarray,
) -> np.ndarray:
    """Return a hash of each read's bases, name, mate and unit.

    Args:
        bases, names: uint8 (total,), and offsets into it, int64 (n + 1,).
        mate_index: uint64 (n,), read index of the mate.
        unit: uint32 (n,), number of the unit.

    Returns:
        uint64 (n,).
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
    """Return the hash extended by the length and the bytes of a text."""
    characters, offsets = texts
    start, end = offsets[number], offsets[number + 1]
    hashed = mix64(hashed ^ np.uint64(end - start))
    for first in range(start, end, BLOCK_BYTES):
        begin = np.uint64(first)
        total = np.uint64(0)
        for i in range(np.uint64(min(BLOCK_BYTES, end - first))):
            total += np.uint64(characters[begin + i]) * weights[i]
        hashed = mix64(hashed ^ total)
    return hashed
