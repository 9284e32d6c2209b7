"""Reads as shares of the 136 tetranucleotides that remain when both strands are one.

Composition in short words tells genomes apart without any shared k-mer (Teeling et al. 2004,
"TETRA: a web-service and a stand-alone program for the analysis and comparison of tetranucleotide
usage patterns in DNA sequences", BMC Bioinformatics 5:163).
"""

import numpy as np
from numba import njit

from readkin.kernels.kmers.codes import check_reads
from readkin.kernels.sequences.sequences import UNKNOWN_BASE

K = 4
CODES = 4**K


def canonical_tetranucleotides() -> tuple[np.ndarray, np.ndarray]:
    """Number of each tetranucleotide's canonical form, and the share each has by chance.

    Returns:
        int64 (256,), 0 to 135 for the code (first base highest); float32 (136,), with all bases
        equally frequent: 1 / 256 for palindromes, else 2 / 256.
    """
    codes = np.arange(CODES)
    other = np.zeros(CODES, np.int64)
    for place in range(K):
        other = 4 * other + (3 - (codes >> 2 * place) % 4)
    canonical = np.minimum(codes, other)
    numbers, counts = np.unique(canonical, return_inverse=True, return_counts=True)[1:]
    return numbers.astype(np.int64), (counts / CODES).astype(np.float32)


NUMBER_OF_CODE, SHARE_BY_CHANCE = canonical_tetranucleotides()
DIMENSIONS = SHARE_BY_CHANCE.size


def tetranucleotide_shares(bases: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Direction in which each read's composition departs from chance.

    The share of each canonical tetranucleotide, less its share by chance, is divided by the
    Euclidean norm of them all. A read and its reverse complement have the same vector.
    Tetranucleotides with anything but A, C, G, T are left out; a read without any other has the
    zero vector.

    Args:
        bases: uint8 (total bases,), A 0, C 1, G 2, T 3, else 4.
        offsets: int64 (n + 1,), read i is ``bases[offsets[i]:offsets[i + 1]]``.

    Returns:
        float32 (n, 136) and the norms, float32 (n,).

    Raises:
        ValueError, TypeError: for arrays of another form.
    """
    check_reads(bases, offsets)
    vectors = np.zeros((len(offsets) - 1, DIMENSIONS), np.float32)
    norms = np.zeros(len(offsets) - 1, np.float32)
    _shares(bases, offsets, NUMBER_OF_CODE, SHARE_BY_CHANCE, vectors, norms)
    return vectors, norms


@njit(cache=True, nogil=True)
def _shares(
    bases: np.ndarray,
    offsets: np.ndarray,
    number_of_code: np.ndarray,
    by_chance: np.ndarray,
    vectors: np.ndarray,
    norms: np.ndarray,
) -> None:
    counts = np.zeros(by_chance.size, np.int64)
    for read in range(norms.size):
        counts[:] = 0
        code, run, total = 0, 0, 0
        for i in range(offsets[read], offsets[read + 1]):
            if bases[i] >= UNKNOWN_BASE:
                run = 0
                continue
            code = (4 * code + bases[i]) % CODES
            run += 1
            if run >= K:
                counts[number_of_code[code]] += 1
                total += 1
        if not total:
            continue
        squares = 0.0
        for d in range(counts.size):
            departure = counts[d] / total - by_chance[d]
            squares += departure * departure
        norm = np.sqrt(squares)
        norms[read] = norm
        if norm > 0:
            for d in range(counts.size):
                vectors[read, d] = (counts[d] / total - by_chance[d]) / norm
