"""Composition of pieces, as a veto: likelihood that two pieces are of one genome.

Coordinates are those of a composition metric, along whose axes the variance within genomes is 1 for
``STRETCH_BP`` and falls with length, and that between genomes is given.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.layout.residues import KNOWN

K = 4
CODES = 4**K
STRETCH_BP, DECAY = 4000, 0.8
LEAST_BP = 300  # of a piece that has a composition


class CompositionModel(NamedTuple):
    """Axes of a metric.

    Attributes:
        axes: float32 (256, dims), what a tetranucleotide adds to the coordinates of a sequence,
            relative to the mean of all reads.
        variance: float64 (dims,), between genomes; 0 dims: composition vetoes nothing.
    """

    axes: np.ndarray
    variance: np.ndarray


@njit(cache=True, nogil=True)
def count_codes(residues: np.ndarray) -> np.ndarray:
    """Count the tetranucleotides of a sequence by their codes, int64 (256,).

    Those with an unknown base are left out.
    """
    counts = np.zeros(CODES, np.int64)
    code, known = 0, 0
    for residue in residues:
        known = known + 1 if residue >= KNOWN else 0
        code = (code * 4 + np.int64(residue & 3)) % CODES
        if known >= K:
            counts[code] += 1
    return counts


@njit(cache=True, nogil=True)
def composition_sums(residues: np.ndarray, offsets: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Return the sums over the tetranucleotides of each read, float32 (reads, dims).

    Args:
        residues: uint8, of all reads (residues.py).
        offsets: int64 (reads + 1,), bounds of the reads.
        axes: as ``CompositionModel.axes``.
    """
    sums = np.zeros((offsets.size - 1, axes.shape[1]), np.float32)
    for i in range(offsets.size - 1):
        add_composition(residues[offsets[i] : offsets[i + 1]], axes, sums[i])
    return sums


@njit(cache=True, nogil=True)
def add_composition(residues: np.ndarray, axes: np.ndarray, sums: np.ndarray) -> None:
    """Add the tetranucleotides of one read to its sums, float32 (dims,).

    The sums of eight dimensions at a time are kept in registers.
    """
    codes, n = np.empty(residues.size, np.int64), 0
    code, known = 0, 0
    for residue in residues:
        known = known + 1 if residue >= KNOWN else 0
        code = (code * 4 + np.int64(residue & 3)) % CODES
        if known >= K:
            codes[n] = code
            n += 1
    by_eight = sums.size - sums.size % 8
    for d in range(0, by_eight, 8):
        s0, s1, s2, s3 = sums[d], sums[d + 1], sums[d + 2], sums[d + 3]
        s4, s5, s6, s7 = sums[d + 4], sums[d + 5], sums[d + 6], sums[d + 7]
        for code in codes[:n]:
            s0 += axes[code, d]
            s1 += axes[code, d + 1]
            s2 += axes[code, d + 2]
            s3 += axes[code, d + 3]
            s4 += axes[code, d + 4]
            s5 += axes[code, d + 5]
            s6 += axes[code, d + 6]
            s7 += axes[code, d + 7]
        sums[d], sums[d + 1], sums[d + 2], sums[d + 3] = s0, s1, s2, s3
        sums[d + 4], sums[d + 5], sums[d + 6], sums[d + 7] = s4, s5, s6, s7
    for d in range(by_eight, sums.size):
        for code in codes[:n]:
            sums[d] += axes[code, d]


@njit(cache=True, nogil=True)
def same_genome_likelihood(
    sums_a: np.ndarray,
    words_a: float,
    bp_a: float,
    sums_b: np.ndarray,
    words_b: float,
    bp_b: float,
    variance: np.ndarray,
) -> float:
    """Return the natural logarithm of the likelihood ratio of one genome to two genomes.

    Args:
        sums_a, sums_b: float32 (dims,), sums over the tetranucleotides of each piece.
        words_a, words_b: numbers of these.
        bp_a, bp_b: lengths of sequence that the pieces cover.
        variance: between genomes.
    """
    if min(bp_a, bp_b) < LEAST_BP:
        return 0.0
    noise_a, noise_b = (bp_a / STRETCH_BP) ** -DECAY, (bp_b / STRETCH_BP) ** -DECAY
    total = 0.0
    for d in range(variance.size):
        between = variance[d]
        a, b = sums_a[d] / words_a / noise_a, sums_b[d] / words_b / noise_b
        scale_a, scale_b = 1 + between / noise_a, 1 + between / noise_b
        scale = scale_a + scale_b - 1
        total += np.log(scale_a * scale_b / scale)
        total += between * ((a + b) ** 2 / scale - a * a / scale_a - b * b / scale_b)
    return total / 2
