"""Composition of reads in the 136 canonical tetranucleotides.

The composition in short words distinguishes genomes without any shared k-mer (Teeling et al. 2004,
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
    """Number the canonical tetranucleotides and compute their expected shares.

    Returns:
        int64 (256,), number (0 to 135) of the canonical form of each code (first base highest);
        float32 (136,), expected share of each canonical form if all bases are equally frequent:
        1 / 256 for palindromes, else 2 / 256.
    """
    codes = np.arange(CODES)
    other = np.zeros(CODES, np.int64)
    for position in range(K):
        other = 4 * other + (3 - (codes >> 2 * position) % 4)
    canonical = np.minimum(codes, other)
    numbers, counts = np.unique(canonical, return_inverse=True, return_counts=True)[1:]
    return numbers.astype(np.int64), (counts / CODES).astype(np.float32)


NUMBER_OF_CODE, EXPECTED_SHARE = canonical_tetranucleotides()
DIMENSIONS = EXPECTED_SHARE.size


def tetranucleotide_shares(bases: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the direction in which each read's composition differs from the expected one.

    Each component is the share of a canonical tetranucleotide less its expected share, divided by
    the Euclidean norm of all components. A read and its reverse complement have the same vector.
    Tetranucleotides with other bases than A, C, G, T are ignored; a read without any others has the
    zero vector.

    Args:
        bases: uint8 (total bases,), A 0, C 1, G 2, T 3, else 4.
        offsets: int64 (n + 1,), read i is ``bases[offsets[i]:offsets[i + 1]]``.

    Returns:
        float32 (n, 136) and the norms, float32 (n,).

    Raises:
        ValueError, TypeError: for arrays of another form.

    >>> read = np.array(["ACGT".index(base) for base in "ACCATGGATTACA"], np.uint8)
    >>> vectors, norms = tetranucleotide_shares(read, np.array([0, 13]))
    >>> vectors.shape, round(float(norms[0]), 3)
    ((1, 136), 0.336)
    """
    check_reads(bases, offsets)
    vectors = np.zeros((len(offsets) - 1, DIMENSIONS), np.float32)
    norms = np.zeros(len(offsets) - 1, np.float32)
    _shares(bases, offsets, NUMBER_OF_CODE, EXPECTED_SHARE, vectors, norms)
    return vectors, norms


@njit(cache=True, nogil=True)
def _shares(
    bases: np.ndarray,
    offsets: np.ndarray,
    number_of_code: np.ndarray,
    expected: np.ndarray,
    vectors: np.ndarray,
    norms: np.ndarray,
) -> None:
    counts = np.zeros(expected.size, np.int64)
    for read in range(norms.size):
        counts[:] = 0
        code, run, total = 0, 0, 0
        for i in range(offsets[read], offsets[read + 1]):
            if bases[i] >= UNKNOWN_BASE:
                run = 0
                continue
            code = (4 * code + np.int64(bases[i])) % CODES
            run += 1
            if run >= K:
                counts[number_of_code[code]] += 1
                total += 1
        if not total:
            continue
        squares = 0.0
        for d in range(counts.size):
            departure = counts[d] / total - expected[d]
            squares += departure * departure
        norm = np.sqrt(squares)
        norms[read] = norm
        if norm > 0:
            for d in range(counts.size):
                vectors[read, d] = (counts[d] / total - expected[d]) / norm
