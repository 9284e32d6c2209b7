"""Composition of pieces, as a veto: likelihood that two pieces are of one genome.

Coordinates are those of a composition metric, along whose axes the variance within genomes is 1 for
``STRETCH_BP`` and falls with length, and that between genomes is given.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

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
def composition_sums(bases: np.ndarray, offsets: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Return the sums over the tetranucleotides of each read, float32 (reads, dims).

    Args:
        bases: uint8, A 0, C 1, G 2, T 3, else 4, of all reads.
        offsets: int64 (reads + 1,), bounds of the reads.
        axes: as ``CompositionModel.axes``.
    """
    sums = np.zeros((offsets.size - 1, axes.shape[1]), np.float32)
    for i in range(offsets.size - 1):
        code, known = 0, 0
        own = sums[i]
        for at in range(offsets[i], offsets[i + 1]):
            known = known + 1 if bases[at] < 4 else 0
            code = (code * 4 + np.int64(bases[at] & 3)) % CODES
            if known >= K:
                added = axes[code]
                for d in range(own.size):
                    own[d] += added[d]
    return sums


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
