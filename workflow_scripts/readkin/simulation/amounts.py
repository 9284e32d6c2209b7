"""Copies of each sequence in each sample, and numbers of fragments that give a depth."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from readkin.formats.community import Community
from readkin.kernels.simulation.fragments import fragment_shares

ROUNDING = 6  # decimals of a number of fragments; more are errors of floating-point sums


def sample_abundances(
    community: Community, samples: Sequence[str], noise_sd: float, seed: int
) -> np.ndarray:
    """Return the abundance of each genome in each sample, float64 (samples, genomes).

    Args:
        community: genomes; if its table has columns of samples, they include ``samples``.
        samples: names of the samples.
        noise_sd: standard deviation of the natural logarithm of a factor of each genome in each
            sample.
        seed: seed of the factors.
    """
    table = np.array([genome.abundance for genome in community.genomes]).T
    column = [community.samples.index(name) if community.samples else 0 for name in samples]
    if noise_sd == 0:
        return table[column]
    noise = np.random.default_rng([seed, 0]).standard_normal((len(samples), table.shape[1]))
    return table[column] * np.exp(noise_sd * noise)


def sequence_copies(community: Community, abundances: np.ndarray) -> np.ndarray:
    """Return the copies of each sequence in each sample, float64 (samples, sequences)."""
    genome = [i for i, genome in enumerate(community.genomes) for _ in genome.sequences]
    copies = [sequence.copies for genome in community.genomes for sequence in genome.sequences]
    return abundances[:, genome] * np.array(copies)


def fragments_for_coverage(
    coverage: float, length: np.ndarray, copies: np.ndarray, expected_bases: np.ndarray
) -> int:
    """Return the number of fragments of all samples for a mean depth of all sequences.

    Args:
        coverage: bases read / bases of all sequences.
        length: int64 (sequences,), bp.
        copies: float64 (samples, sequences), relative copies of the sequences.
        expected_bases: float64 (sequences,), mean number of bases read per fragment.
    """
    shares = [fragment_shares(length, row, expected_bases) for row in copies]
    mean = float(np.mean([np.sum(share * expected_bases) for share in shares]))
    return math.ceil(round(coverage * int(length.sum()) / mean, ROUNDING))


def fragments_for_depths(
    length: np.ndarray, depths: np.ndarray, expected_bases: np.ndarray
) -> list[int]:
    """Return the number of fragments of each sample for a depth of each sequence.

    Args:
        length: int64 (sequences,), bp.
        depths: float64 (samples, sequences), bases read / bases of the sequence.
        expected_bases: float64 (sequences,), mean number of bases read per fragment.
    """
    wanted = (depths * length / expected_bases).sum(axis=1)
    return [math.ceil(round(number, ROUNDING)) for number in wanted.tolist()]


def evenly(total: int, n: int) -> list[int]:
    """Distribute a total evenly over n parts."""
    borders = [i * total // n for i in range(n + 1)]
    return [high - low for low, high in pairwise(borders)]
