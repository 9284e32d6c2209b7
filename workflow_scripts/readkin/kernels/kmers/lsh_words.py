"""Words of a few bits for k-mers: on which side of random hyperplanes each k-mer lies.

A k-mer is a vector of complex numbers, A -1, T 1, C -i, G i, so that the reverse complement is the
vector reversed and negated. Bit b of its word is 1 if the real part of its product with the normal
of plane b exceeds the plane's offset; similar k-mers tend to have the same word. The planes go
through k random k-mers each (Cleary et al. 2015, "Detection of low-abundance bacterial strains in
metagenomic datasets by eigengenome partitioning", Nature Biotechnology 33:1053; used by LSHvec: Shi
and Chen 2021, "LSHvec: a vector representation of DNA sequences using locality sensitive hashing
and FastText word embeddings", BCB '21). The canonical word is the smaller of those of both strands.

The planes are rounded to integers, so that words are equal on all machines and on both strands.
"""

import numpy as np
from numba import njit

from readkin.kernels.sequences.sequences import UNKNOWN_BASE

COMPLEX_OF_BASE = np.array([-1, -1j, 1j, 1])  # A C G T
SCALE = 1 << 16  # of the planes' integers
LANES = 16


def random_planes(k: int, bits: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return planes through random k-mers.

    Args:
        k: bases of a k-mer.
        bits: number of planes.
        seed: of the k-mers.

    Returns:
        int32 (k, 4, padded bits), the summand of each base at each position for each plane; int32
        (padded bits,), the offsets. The offsets of the padding are so large that its bits are 0.
    """
    generator = np.random.default_rng(seed)
    padded = -(-bits // LANES) * LANES
    table = np.zeros((k, 4, padded), np.int32)
    offsets = np.full(padded, 2**31 - 1, np.int32)
    for plane in range(bits):
        kmers = COMPLEX_OF_BASE[generator.integers(0, 4, (k, k))]
        system = np.column_stack([kmers, -np.ones(k)])
        normal = np.linalg.svd(system)[2][-1].conj()  # system @ normal = 0
        largest = normal[np.argmax(np.abs(normal[:k]))]
        normal = normal * (largest.conjugate() / abs(largest) ** 2)
        sums = (COMPLEX_OF_BASE[None, :] * normal[:k, None]).real
        table[:, :, plane] = np.rint(sums * SCALE)
        offsets[plane] = np.rint(normal[k].real * SCALE)
    return table, offsets


@njit(cache=True, nogil=True)
def canonical_words(
    bases: np.ndarray, table: np.ndarray, offsets: np.ndarray, words: np.ndarray
) -> int:
    """Fill ``words`` with the canonical words of a read's k-mers of A, C, G, T.

    Args:
        bases: uint8, of one read.
        table, offsets: see ``random_planes``.
        words: int64, of at least the number of k-mers.

    Returns:
        Number of words.
    """
    k, planes = table.shape[0], offsets.size
    sums = np.zeros((2, planes), np.int32)
    found, run = 0, 0
    for end in range(bases.size):
        run = 0 if bases[end] >= UNKNOWN_BASE else run + 1
        if run < k:
            continue
        sums[:] = 0
        start = end - k + 1
        for position in range(k):
            base = bases[start + position]
            forward, reverse = table[position, base], table[k - 1 - position, 3 - base]
            for plane in range(np.uint64(planes)):
                sums[0, plane] += forward[plane]
                sums[1, plane] += reverse[plane]
        word, other = 0, 0
        for plane in range(planes):
            word |= (sums[0, plane] > offsets[plane]) << plane
            other |= (sums[1, plane] > offsets[plane]) << plane
        words[found] = min(word, other)
        found += 1
    return found


@njit(cache=True, nogil=True)
def words_of_reads(
    reads: tuple[np.ndarray, np.ndarray], planes: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the canonical words of all reads.

    Args:
        reads: bases and offsets.
        planes: see ``random_planes``.

    Returns:
        int64, the words read by read; int64 (n + 1,), index of the first word of each read.
    """
    bases, bounds = reads
    words = np.empty(max(bounds[-1] - bounds[0], 0), np.int64)
    starts = np.zeros(bounds.size, np.int64)
    for read in range(bounds.size - 1):
        own = bases[bounds[read] : bounds[read + 1]]
        found = canonical_words(own, planes[0], planes[1], words[starts[read] :])
        starts[read + 1] = starts[read] + found
    return words[: starts[-1]].copy(), starts


@njit(cache=True, nogil=True)
def mean_vectors(
    reads: tuple[np.ndarray, np.ndarray],
    planes: tuple[np.ndarray, np.ndarray],
    word_vectors: np.ndarray,
    means: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Fill ``means`` with the mean vector of each read's words, and ``counts`` with their number.

    The vectors are summed in the order of the words, so that the sum is equal on both strands.

    Args:
        reads: bases and offsets of n reads.
        planes: see ``random_planes``.
        word_vectors: float32 (words, dimensions).
        means: float32 (n, dimensions), zeros.
        counts: int64 (n,).
    """
    bases, bounds = reads
    longest = 0
    for read in range(counts.size):
        longest = max(longest, bounds[read + 1] - bounds[read])
    words = np.empty(longest, np.int64)
    for read in range(counts.size):
        own = bases[bounds[read] : bounds[read + 1]]
        found = canonical_words(own, planes[0], planes[1], words)
        counts[read] = found
        if found == 0:
            continue
        words[:found].sort()
        for i in range(found):
            for d in range(np.uint64(means.shape[1])):
                means[read, d] += word_vectors[words[i], d]
        for d in range(np.uint64(means.shape[1])):
            means[read, d] /= np.float32(found)
