"""Dense vectors of reads: signed feature hashing of canonical k-mer counts.

Each canonical k-mer adds +1 or -1 to one dimension; a seeded hash decides on both. The inner
product of two vectors is an unbiased estimate of the inner product of the full k-mer count vectors
(Weinberger et al. 2009, "Feature hashing for large scale multitask learning", ICML; a count sketch
with one row, Charikar et al. 2002).
"""

import numpy as np
from numba import njit

from readkin.kernels.kmers.codes import check_k, check_reads, seed_mask
from readkin.kernels.kmers.hashes import (
    KmerBuffers,
    are_known,
    hash_kmers,
    kmer_buffers,
    next_piece,
    pack_piece,
)

LARGEST_COUNT = 127


def count_sketches(
    bases: np.ndarray, offsets: np.ndarray, k: int, dimensions: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the signed, feature-hashed counts of the canonical k-mers of each read.

    A read and its reverse complement have the same vector. K-mers with other bases than A, C, G, T
    are ignored; a read without any k-mer has the zero vector.

    Args:
        bases: uint8 (total bases,), A 0, C 1, G 2, T 3, else 4.
        offsets: int64 (n + 1,), read i is ``bases[offsets[i]:offsets[i + 1]]``.
        k: k-mer length, 1 to 31.
        dimensions: length of a vector, >= 1.
        seed: selects the hash function.

    Returns:
        int8 (n, dimensions), the vectors, clipped to -127..127; float32 (n,), the Euclidean norms
        of the vectors before clipping.

    Raises:
        ValueError, TypeError: for arguments out of range and arrays of another form.

    >>> read = np.array(["ACGT".index(base) for base in "ACCATGGATTACA"], np.uint8)
    >>> vectors, norms = count_sketches(read, np.array([0, 13]), k=3, dimensions=8, seed=1)
    >>> vectors.tolist()
    [[0, -1, -1, 0, 1, 0, -3, 1]]
    """
    check_k(k)
    check_reads(bases, offsets)
    if dimensions < 1:
        raise ValueError(f"dimensions is {dimensions}, expected at least 1")
    vectors = np.empty((len(offsets) - 1, dimensions), np.int8)
    norms = np.empty(len(offsets) - 1, np.float32)
    counts = np.zeros(dimensions, np.int32)
    reads = np.ascontiguousarray(bases), offsets
    _count_sketches(reads, k, seed_mask(seed), kmer_buffers(), counts, vectors, norms)
    return vectors, norms


@njit(cache=True, nogil=True)
def _count_sketches(
    reads: tuple[np.ndarray, np.ndarray],
    k: int,
    mask: np.uint64,
    buffers: KmerBuffers,
    counts: np.ndarray,
    vectors: np.ndarray,
    norms: np.ndarray,
) -> None:
    # The dimension comes from the upper 32 bits of the hash (multiply and shift instead of a
    # remainder), the sign from the lowest bit.
    bases, offsets = reads
    dimensions = np.uint64(counts.size)
    upper = np.uint64(32)
    for read in range(offsets.size - 1):
        start, end = offsets[read], offsets[read + 1]
        is_known = are_known(bases, start, end)
        while True:
            start, length = next_piece(bases, start, end, k, is_known)
            if length == 0:
                break
            pack_piece(bases, start, length, buffers)
            hash_kmers(buffers, length, k, mask)
            for i in range(np.uint64(length - k + 1)):
                hashed = buffers.hashes[i]
                dimension = ((hashed >> upper) * dimensions) >> upper
                counts[dimension] += np.int32(1) - np.int32(2) * np.int32(hashed & np.uint64(1))
            start += length - k + 1
        norms[read] = _move_counts(counts, vectors[read])


@njit(inline="always")
def _move_counts(counts: np.ndarray, vector: np.ndarray) -> float:
    """Write the clipped counts to ``vector``, reset them, and return their norm."""
    squares = np.int64(0)
    for d in range(np.uint64(counts.size)):
        count = counts[d]
        squares += np.int64(count) * np.int64(count)
        count = np.int32(LARGEST_COUNT) if count > LARGEST_COUNT else count
        vector[d] = np.int8(-LARGEST_COUNT if count < -LARGEST_COUNT else count)
        counts[d] = 0
    return np.sqrt(np.float64(squares))
