"""What a simulation consists of: platform, units, and numbers of fragments that give a depth."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from readkin.errors import UsageError
from readkin.formats.community import Community
from readkin.formats.simulated_reads import SequencingUnit
from readkin.kernels.simulation.fragments import Artefacts, PlatformModel, fragment_shares

ROUNDING = 6  # decimals of a number of fragments; more are errors of floating-point sums


class Amount(NamedTuple):
    """Number of reads: one of the two, or if both are None, abundances are depths.

    Attributes:
        fragments: fragments of all units.
        coverage: bases read in all units / bases of all genomes.
    """

    fragments: int | None
    coverage: float | None


class Plan(NamedTuple):
    """What to simulate.

    Attributes:
        platform: key of PLATFORMS.
        model: properties of fragments, reads and errors.
        artefacts: chimeras and duplicates.
        units: rows of the sample sheet.
        fragments: number of fragments of each unit.
        samples: different samples of the units, in order.
        abundances: float64 (samples, genomes), relative numbers of copies.
        seed: seed of the random generators.
    """

    platform: str
    model: PlatformModel
    artefacts: Artefacts
    units: Sequence[SequencingUnit]
    fragments: Sequence[int]
    samples: Sequence[str]
    abundances: np.ndarray
    seed: int

    def sample_of(self, unit: int) -> int:
        """Return the index of a unit's sample."""
        return self.samples.index(self.units[unit].sample)


def fragments_of_units(
    community: Community,
    abundances: np.ndarray,
    sample: Sequence[int],
    model: PlatformModel,
    amount: Amount,
) -> list[int]:
    """Return the number of fragments of each unit.

    Args:
        community: genomes.
        abundances: float64 (samples, genomes).
        sample: index of the sample of each unit.
        model: properties of fragments and reads.
        amount: how many.

    Raises:
        UsageError: if a unit gets none.
    """
    copies = sequence_copies(community, abundances)
    length = np.array([len(s.bases) for g in community.genomes for s in g.sequences], np.int64)
    expected = model.expected_bases(length)
    if amount.fragments is not None:
        option, fragments = "--fragments", evenly(amount.fragments, len(sample))
    elif amount.coverage is not None:
        total = fragments_for_coverage(amount.coverage, length, copies[list(sample)], expected)
        option, fragments = "--coverage", evenly(total, len(sample))
    else:
        option = "--abundance-is-depth"
        parts = [
            iter(evenly(total, sample.count(number)))
            for number, total in enumerate(fragments_for_depths(length, copies, expected))
        ]
        fragments = [next(parts[number]) for number in sample]
    if not all(fragments):
        found, wanted = (
            f"{sum(fragments)} fragments",
            f"at least one for each of {len(sample)} units",
        )
        raise UsageError(option, found, wanted, "increase it")
    return fragments


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
