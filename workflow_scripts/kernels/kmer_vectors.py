"""Reads as dense vectors: counts of canonical k-mers, folded to few dimensions with signs.

Signed feature hashing: each canonical k-mer adds +1 or -1 to one dimension, both picked by a
seeded hash, so that the inner product of two vectors estimates, without bias, the inner product
of the full k-mer count vectors (Weinberger et al. 2009, "Feature hashing for large scale
multitask learning", ICML; a count sketch with one row, Charikar et al. 2002).
"""

import numpy as np
from numba import njit

from kernels.kmer_codes import (
    NO_BASE,
    check_k,
    check_reads,
    mix64,
    roll_forward,
    roll_reverse,
    seed_mask,
)

LARGEST_COUNT = 127


def count_sketches(
    bases: np.ndarray, offsets: np.ndarray, k: int, dimensions: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Signed, feature-hashed counts of the canonical k-mers of each read.

    A read and its reverse complement have the same vector. K-mers that hold anything but
    A, C, G, T are left out; a read without any k-mer has the zero vector.

    Args:
        bases: uint8 (total bases,), A 0, C 1, G 2, T 3, else 4.
        offsets: int64 (n + 1,), read i is ``bases[offsets[i]:offsets[i + 1]]``.
        k: k-mer length, 1 to 31.
        dimensions: length of a vector, >= 1.
        seed: picks the hash function.

    Returns:
        vectors int8 (n, dimensions), counts clipped to -127..127, and norms float32 (n,), the
        Euclidean norms of the unclipped counts.

    Raises:
        ValueError, TypeError: for arguments out of range and arrays of another form.
    """
    check_k(k)
    check_reads(bases, offsets)
    if dimensions < 1:
        raise ValueError(f"dimensions is {dimensions}, expected at least 1")
    vectors = np.zeros((len(offsets) - 1, dimensions), np.int8)
    norms = np.zeros(len(offsets) - 1, np.float32)
    _count_sketches(bases, offsets, k, seed_mask(seed), vectors, norms)
    return vectors, norms


@njit(cache=True, nogil=True)
def _count_sketches(
    bases: np.ndarray,
    offsets: np.ndarray,
    k: int,
    mask: np.uint64,
    vectors: np.ndarray,
    norms: np.ndarray,
) -> None:
    # The dimension comes from the upper 32 bits of the hash (multiply and shift instead of a
    # remainder), the sign from the lowest bit.
    dimensions = vectors.shape[1]
    counts = np.zeros(dimensions, np.int32)
    for read in range(offsets.size - 1):
        counts[:] = 0
        forward = np.uint64(0)
        reverse = np.uint64(0)
        run = 0  # bases since the last that is none of A, C, G, T
        for i in range(offsets[read], offsets[read + 1]):
            base = bases[i]
            if base >= NO_BASE:
                run = 0
                continue
            forward = roll_forward(forward, base, k)
            reverse = roll_reverse(reverse, base, k)
            run += 1
            if run >= k:
                hashed = mix64(min(forward, reverse) ^ mask)
                dimension = ((hashed >> np.uint64(32)) * np.uint64(dimensions)) >> np.uint64(32)
                counts[dimension] += 1 - 2 * np.int32(hashed & np.uint64(1))
        squares = np.int64(0)
        for d in range(dimensions):
            count = counts[d]
            squares += np.int64(count) * np.int64(count)
            vectors[read, d] = min(max(count, -LARGEST_COUNT), LARGEST_COUNT)
        norms[read] = np.sqrt(np.float64(squares))
