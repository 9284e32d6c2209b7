"""Simulated Illumina reads: fragments of genomes, errors that agree with qualities, adapters.

All random numbers come from one seeded generator, in a fixed order, block by block.

Model. A fragment is drawn from a genome with a probability proportional to abundance times length,
from either strand, with a normally distributed length. Read 1 begins at the start of the fragment,
read 2 at the start of its reverse complement. A read that is longer than its fragment continues
into the adapter and then with G, which two-colour instruments call without a signal. The expected
substitution rate increases geometrically along the read. Each base has its own error probability,
which deviates from the expected rate by log-normal noise of the read and of the base (mean one).
Both the error and the Phred quality -10 log10 p are derived from it, so qualities are calibrated
(Ewing and Green 1998, doi:10.1101/gr.8.3.186). As in ART (Huang et al. 2012,
doi:10.1093/bioinformatics/btr708), rates increase along the read and errors agree with qualities.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from readkin.kernels.sequences.sequences import UNKNOWN_BASE

GUANINE = 2
LOWEST_QUALITY, HIGHEST_QUALITY = 2, 41
HIGHEST_ERROR_PROBABILITY = 0.75  # of a random base


@dataclass(frozen=True)
class SequencingModel:
    """Parameters of fragments and of their sequencing.

    Attributes:
        read_length: length of all reads, bp.
        is_paired: whether fragments are sequenced from both ends.
        fragment_mean, fragment_sd: mean and standard deviation of the fragment length, bp.
        fragment_min: minimum to which shorter fragment lengths are raised, bp.
        substitution_rate_start, substitution_rate_end: expected substitutions per base at the
            first and the last base of a read.
        error_noise_sd: standard deviation of the natural logarithm of the error probability
            between reads, and also between the bases of a read.
        indel_rate: insertions plus deletions of one base, per base; both are equally frequent.
        n_rate: fraction of the bases that are called N.
        n_run_fraction: fraction of the reads with a run of N between two random positions.
        adapters: uint8 (bases,) each, base codes of the adapters that follow a short fragment in
            read 1 and in read 2.
    """

    read_length: int
    is_paired: bool
    fragment_mean: float
    fragment_sd: float
    fragment_min: int
    substitution_rate_start: float
    substitution_rate_end: float
    error_noise_sd: float
    indel_rate: float
    n_rate: float
    n_run_fraction: float
    adapters: tuple[np.ndarray, np.ndarray]


class GenomePool(NamedTuple):
    """Concatenated genomes.

    Attributes:
        bases: uint8 (total length,), base codes: A 0, C 1, G 2, T 3, others 4.
        start: int64 (genomes,), index of the first base of each genome.
        length: int64 (genomes,), bp.
        is_circular: bool (genomes,).
        probability: float64 (genomes,), fraction of the fragments that come from each genome.
    """

    bases: np.ndarray
    start: np.ndarray
    length: np.ndarray
    is_circular: np.ndarray
    probability: np.ndarray


class Fragments(NamedTuple):
    """n fragments.

    Attributes:
        genome: int64 (n,), number of the genome.
        start: int64 (n,), position on its forward strand, 0-based.
        length: int64 (n,), bp.
        is_reverse: bool (n,), whether the fragment is sequenced from the reverse strand.
    """

    genome: np.ndarray
    start: np.ndarray
    length: np.ndarray
    is_reverse: np.ndarray


class SimulatedReads(NamedTuple):
    """One read of each of n fragments.

    Attributes:
        bases: uint8 (n, read_length), base codes.
        qualities: uint8 (n, read_length), Phred.
        start, end: int64 (n,), origin of the read on the forward strand of its genome, 0-based and
            half-open, without the adapter. On a circular genome, start is below the length of the
            genome and end may exceed it.
        is_reverse: bool (n,), whether the read is from the reverse strand.
    """

    bases: np.ndarray
    qualities: np.ndarray
    start: np.ndarray
    end: np.ndarray
    is_reverse: np.ndarray


def pool_genomes(
    sequences: list[np.ndarray], abundance: np.ndarray, is_circular: np.ndarray
) -> GenomePool:
    """Concatenate genomes.

    Args:
        sequences: uint8 (bases,) each, base codes.
        abundance: float64 (genomes,), relative number of copies of each genome; the number of its
            fragments is also proportional to its length.
        is_circular: bool (genomes,).
    """
    length = np.array([len(sequence) for sequence in sequences], np.int64)
    start = np.cumsum(length) - length
    weight = length * abundance
    return GenomePool(
        bases=np.concatenate(sequences),
        start=start,
        length=length,
        is_circular=is_circular,
        probability=weight / weight.sum(),
    )


def simulate_block(
    pool: GenomePool, model: SequencingModel, n: int, random: np.random.Generator
) -> tuple[np.ndarray, list[SimulatedReads]]:
    """Simulate n fragments and their reads.

    Returns:
        The genome of each fragment, int64 (n,); and read 1 of all fragments, followed by read 2 of
        the same fragments if the model is paired.
    """
    fragments = draw_fragments(pool, model, n, random)
    ends = (False, True) if model.is_paired else (False,)
    return fragments.genome, [read_fragments(pool, model, fragments, e, random) for e in ends]


def draw_fragments(
    pool: GenomePool, model: SequencingModel, n: int, random: np.random.Generator
) -> Fragments:
    """Draw n fragments, none longer than its genome."""
    genome = random.choice(len(pool.length), size=n, p=pool.probability)
    longest = pool.length[genome]
    wanted = np.rint(random.normal(model.fragment_mean, model.fragment_sd, n)).astype(np.int64)
    length = np.minimum(np.maximum(wanted, model.fragment_min), longest)
    n_starts = np.where(pool.is_circular[genome], longest, longest - length + 1)
    start = random.integers(0, n_starts)
    return Fragments(genome, start, length, random.random(n) < 0.5)


def read_fragments(
    pool: GenomePool,
    model: SequencingModel,
    fragments: Fragments,
    from_far_end: bool,
    random: np.random.Generator,
) -> SimulatedReads:
    """Sequence each fragment from its start, or from its far end on the other strand (read 2)."""
    position, is_inserted = draw_indels(model, len(fragments.genome), random)
    is_reverse = fragments.is_reverse ^ from_far_end
    bases = _template_bases(pool, fragments, is_reverse, position)
    adapter = model.adapters[int(from_far_end)]
    beyond = position - fragments.length[:, None]
    filled = np.append(adapter, GUANINE).astype(np.uint8)
    bases = np.where(beyond >= 0, filled[np.clip(beyond, 0, len(adapter))], bases)
    bases[is_inserted] = random.integers(0, 4, np.count_nonzero(is_inserted), dtype=np.uint8)
    qualities = add_errors(model, bases, random)
    consumed = np.minimum(position[:, -1] + 1, fragments.length)
    first = np.where(is_reverse, fragments.start + fragments.length - consumed, fragments.start)
    circumference = np.where(pool.is_circular, pool.length, np.iinfo(np.int64).max)
    start = first % circumference[fragments.genome]
    return SimulatedReads(
        bases=bases,
        qualities=qualities,
        start=start,
        end=start + consumed,
        is_reverse=is_reverse,
    )


def draw_indels(
    model: SequencingModel, n: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the insertions and deletions of n reads.

    Returns:
        position int64 (n, read_length), position of each base of the read in its fragment, counted
        in the direction of sequencing; is_inserted bool (n, read_length), whether the base is
        inserted. The first base is never inserted, nor preceded by a deletion.
    """
    draw = random.random((n, model.read_length), np.float32)
    is_inserted = draw < model.indel_rate / 2
    is_after_deletion = draw >= 1 - model.indel_rate / 2
    is_inserted[:, 0] = is_after_deletion[:, 0] = False
    steps = 1 + is_after_deletion.astype(np.int64) - is_inserted
    return np.cumsum(steps, axis=1) - 1, is_inserted


def _template_bases(
    pool: GenomePool, fragments: Fragments, is_reverse: np.ndarray, position: np.ndarray
) -> np.ndarray:
    """Return the bases at ``position`` of each fragment; beyond its end, its last base."""
    last = fragments.length[:, None] - 1
    inside = np.minimum(position, last)
    along = np.where(is_reverse[:, None], last - inside, inside) + fragments.start[:, None]
    along %= pool.length[fragments.genome, None]
    bases = pool.bases[along + pool.start[fragments.genome, None]]
    complement = np.array([3, 2, 1, 0, UNKNOWN_BASE], np.uint8)
    return np.where(is_reverse[:, None], complement[bases], bases)


def add_errors(
    model: SequencingModel, bases: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Add substitutions and Ns to ``bases`` in place, and return the Phred qualities.

    Args:
        model: rates of errors.
        bases: uint8 (n, read_length), base codes; changed.
        random: source of random numbers.

    Returns:
        uint8 (n, read_length).
    """
    n, length = bases.shape
    probability = error_probabilities(model, n, random)
    is_wrong = (random.random((n, length), np.float32) < probability) & (bases < UNKNOWN_BASE)
    shift = random.integers(1, 4, np.count_nonzero(is_wrong), dtype=np.uint8)
    bases[is_wrong] = (bases[is_wrong] + shift) % 4
    bases[random.random((n, length), np.float32) < model.n_rate] = UNKNOWN_BASE
    with_run = np.flatnonzero(random.random(n) < model.n_run_fraction)
    borders = np.sort(random.integers(0, length + 1, (len(with_run), 2)), axis=1)
    column = np.arange(length)
    runs = (column >= borders[:, :1]) & (column < borders[:, 1:])
    bases[with_run] = np.where(runs, UNKNOWN_BASE, bases[with_run])
    with np.errstate(divide="ignore"):  # without errors the probability is 0
        qualities = np.rint(-10 * np.log10(probability))
    qualities = np.clip(qualities, LOWEST_QUALITY, HIGHEST_QUALITY).astype(np.uint8)
    qualities[bases == UNKNOWN_BASE] = LOWEST_QUALITY
    return qualities


def error_probabilities(model: SequencingModel, n: int, random: np.random.Generator) -> np.ndarray:
    """Draw the error probability of each base of n reads.

    Their mean over all reads is the expected rate of the position, apart from the few that are
    limited to HIGHEST_ERROR_PROBABILITY.

    Returns:
        float32 (n, read_length).
    """
    of_reads = random.standard_normal((n, 1), np.float32)
    of_bases = random.standard_normal((n, model.read_length), np.float32)
    noise = np.float32(model.error_noise_sd) * (of_reads + of_bases)
    noise -= np.float32(model.error_noise_sd**2)  # so that exp(noise) has the mean one
    probability = expected_rates(model).astype(np.float32) * np.exp(noise)
    return np.minimum(probability, np.float32(HIGHEST_ERROR_PROBABILITY))


def expected_rates(model: SequencingModel) -> np.ndarray:
    """Return the expected substitution rate of each position of a read, float64 (read_length,)."""
    if model.substitution_rate_start == 0 or model.substitution_rate_end == 0:
        return np.linspace(
            model.substitution_rate_start, model.substitution_rate_end, model.read_length
        )
    return np.geomspace(
        model.substitution_rate_start, model.substitution_rate_end, model.read_length
    )
