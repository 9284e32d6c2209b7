"""Simulated Illumina reads: fragments of genomes, errors that follow their qualities, adapters.

Everything is drawn from one seeded generator in a fixed order, block by block.

Model. A fragment comes from a genome with probability proportional to abundance times length, from
either strand, with a normally distributed length. Read 1 starts at the fragment's start, read 2 at
the start of its reverse complement; a read longer than its fragment goes on into the adapter and
then into G, which two-colour instruments call where there is no signal. The expected substitution
rate rises geometrically along the read. Around it, each base has its own error probability
(log-normal noise of the read and of the base, mean one), from which both its error and its Phred
quality -10 log10 p are made, so that qualities mean what they say (Ewing and Green 1998,
doi:10.1101/gr.8.3.186). Rates that rise along the read, and errors drawn from qualities, as in ART
(Huang et al. 2012, doi:10.1093/bioinformatics/btr708).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

GUANINE, UNKNOWN = 2, 4
LOWEST_QUALITY, HIGHEST_QUALITY = 2, 41
HIGHEST_ERROR_PROBABILITY = 0.75  # a random base is right one time in four


@dataclass(frozen=True)
class SequencingModel:
    """How fragments are made and read.

    Attributes:
        read_length: bases of every read, bp.
        is_paired: two reads per fragment, or one.
        fragment_mean, fragment_sd: of the fragment length, bp.
        fragment_min: shorter fragments are made this long, bp.
        substitution_rate_start, substitution_rate_end: expected substitutions per base at the
            first and the last base of a read.
        error_noise_sd: standard deviation of the natural logarithm of the error probability
            between reads, and as much again between the bases of a read.
        indel_rate: insertions plus deletions of one base, per base; as many of either.
        n_rate: bases called N, per base.
        n_run_fraction: share of reads with N from some random base up to another.
        adapters: base codes, uint8, of what follows a short fragment in read 1 and in read 2.
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
    """Genomes one after the other.

    Attributes:
        bases: uint8 (total length,), A 0, C 1, G 2, T 3, anything else 4.
        start: int64 (genomes,), where each begins in ``bases``.
        length: int64 (genomes,), bp.
        is_circular: bool (genomes,).
        probability: float64 (genomes,), share of the fragments that come from each.
    """

    bases: np.ndarray
    start: np.ndarray
    length: np.ndarray
    is_circular: np.ndarray
    probability: np.ndarray


class Fragments(NamedTuple):
    """n fragments: genome int64 (n,); start int64 (n,) on its forward strand, 0-based; length
    int64 (n,), bp; is_reverse bool (n,), sequenced from the reverse strand."""

    genome: np.ndarray
    start: np.ndarray
    length: np.ndarray
    is_reverse: np.ndarray


class SimulatedReads(NamedTuple):
    """One read of each of n fragments.

    Attributes:
        bases: uint8 (n, read_length), base codes.
        qualities: uint8 (n, read_length), Phred.
        start, end: int64 (n,), the genome's part of the read on the forward strand, 0-based and
            half-open; on a circular genome start is below its length and end may exceed it.
        is_reverse: bool (n,), the read shows the reverse strand.
    """

    bases: np.ndarray
    qualities: np.ndarray
    start: np.ndarray
    end: np.ndarray
    is_reverse: np.ndarray


def pool_genomes(
    sequences: list[np.ndarray], abundance: np.ndarray, is_circular: np.ndarray
) -> GenomePool:
    """Join genomes; ``abundance`` counts copies, so fragments also go by length."""
    length = np.array([len(sequence) for sequence in sequences], np.int64)
    start = np.cumsum(length) - length
    weight = length * abundance
    return GenomePool(np.concatenate(sequences), start, length, is_circular, weight / weight.sum())


def simulate_block(
    pool: GenomePool, model: SequencingModel, n: int, random: np.random.Generator
) -> tuple[np.ndarray, list[SimulatedReads]]:
    """Simulate n fragments and read them.

    Returns:
        genome of each fragment, int64 (n,), and the first reads, followed by the second reads of
        the same fragments if the model is paired.
    """
    fragments = draw_fragments(pool, model, n, random)
    ends = (False, True) if model.is_paired else (False,)
    return fragments.genome, [read_fragments(pool, model, fragments, e, random) for e in ends]


def draw_fragments(
    pool: GenomePool, model: SequencingModel, n: int, random: np.random.Generator
) -> Fragments:
    """Draw n fragments; none is longer than its genome."""
    genome = random.choice(len(pool.length), size=n, p=pool.probability)
    room = pool.length[genome]
    wanted = np.rint(random.normal(model.fragment_mean, model.fragment_sd, n)).astype(np.int64)
    length = np.minimum(np.maximum(wanted, model.fragment_min), room)
    places = np.where(pool.is_circular[genome], room, room - length + 1)
    start = random.integers(0, places)
    return Fragments(genome, start, length, random.random(n) < 0.5)


def read_fragments(
    pool: GenomePool,
    model: SequencingModel,
    fragments: Fragments,
    from_far_end: bool,
    random: np.random.Generator,
) -> SimulatedReads:
    """Sequence each fragment from its start, or from the far end on the other strand (read 2)."""
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
    turn = np.where(pool.is_circular, pool.length, np.iinfo(np.int64).max)[fragments.genome]
    start = first % turn
    return SimulatedReads(bases, qualities, start, start + consumed, is_reverse)


def draw_indels(
    model: SequencingModel, n: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Which base of the fragment each base of n reads shows.

    Returns:
        position int64 (n, read_length), from the fragment's start as read, and is_inserted
        bool (n, read_length), bases that show none. The first base is always the fragment's.
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
    """Genome bases at ``position`` along each fragment; past its end, those of its last base."""
    last = fragments.length[:, None] - 1
    inside = np.minimum(position, last)
    along = np.where(is_reverse[:, None], last - inside, inside) + fragments.start[:, None]
    along %= pool.length[fragments.genome, None]
    bases = pool.bases[along + pool.start[fragments.genome, None]]
    complement = np.array([3, 2, 1, 0, UNKNOWN], np.uint8)
    return np.where(is_reverse[:, None], complement[bases], bases)


def add_errors(
    model: SequencingModel, bases: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Put substitutions and Ns into ``bases``, in place, and return Phred qualities, uint8."""
    n, length = bases.shape
    probability = error_probabilities(model, n, random)
    is_wrong = (random.random((n, length), np.float32) < probability) & (bases < UNKNOWN)
    shift = random.integers(1, 4, np.count_nonzero(is_wrong), dtype=np.uint8)
    bases[is_wrong] = (bases[is_wrong] + shift) % 4
    bases[random.random((n, length), np.float32) < model.n_rate] = UNKNOWN
    with_run = np.flatnonzero(random.random(n) < model.n_run_fraction)
    borders = np.sort(random.integers(0, length + 1, (len(with_run), 2)), axis=1)
    column = np.arange(length)
    runs = (column >= borders[:, :1]) & (column < borders[:, 1:])
    bases[with_run] = np.where(runs, UNKNOWN, bases[with_run])
    with np.errstate(divide="ignore"):  # no errors asked for: probability 0, highest quality
        qualities = np.rint(-10 * np.log10(probability))
    qualities = np.clip(qualities, LOWEST_QUALITY, HIGHEST_QUALITY).astype(np.uint8)
    qualities[bases == UNKNOWN] = LOWEST_QUALITY
    return qualities


def error_probabilities(model: SequencingModel, n: int, random: np.random.Generator) -> np.ndarray:
    """Error probability of each base of n reads, float32 (n, read_length).

    Their mean over reads is the expected rate at each position (but for the few that reach
    HIGHEST_ERROR_PROBABILITY).
    """
    of_reads = random.standard_normal((n, 1), np.float32)
    of_bases = random.standard_normal((n, model.read_length), np.float32)
    noise = np.float32(model.error_noise_sd) * (of_reads + of_bases)
    noise -= np.float32(model.error_noise_sd**2)  # so that exp(noise) has the mean one
    probability = expected_rates(model).astype(np.float32) * np.exp(noise)
    return np.minimum(probability, np.float32(HIGHEST_ERROR_PROBABILITY))


def expected_rates(model: SequencingModel) -> np.ndarray:
    """Expected substitution rate at each position of a read, float64 (read_length,)."""
    if model.substitution_rate_start == 0 or model.substitution_rate_end == 0:
        return np.linspace(
            model.substitution_rate_start, model.substitution_rate_end, model.read_length
        )
    return np.geomspace(
        model.substitution_rate_start, model.substitution_rate_end, model.read_length
    )
