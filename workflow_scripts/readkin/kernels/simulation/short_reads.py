"""Simulated Illumina reads: errors that agree with qualities, adapters.

Model. Fragments have normally distributed lengths. Read 1 begins at the start of the fragment,
read 2 at the start of its reverse complement. A read that is longer than its fragment continues
into the adapter and then with G, which two-colour instruments call without a signal. The expected
substitution rate increases geometrically along the read. Each base has its own error probability,
which deviates from the expected rate by log-normal noise of the read and of the base (mean one).
Both the error and the Phred quality -10 log10 p are derived from it, so qualities are calibrated
(Ewing and Green 1998, doi:10.1101/gr.8.3.186). As in ART (Huang et al. 2012,
doi:10.1093/bioinformatics/btr708), rates increase along the read and errors agree with qualities.
"""

from dataclasses import dataclass

import numpy as np

from readkin.kernels.sequences.sequences import UNKNOWN_BASE
from readkin.kernels.simulation.fragments import (
    COMPLEMENT,
    Fragments,
    SequencePool,
    SimulatedReads,
    fragment_bases,
    origins_of_reads,
)

GUANINE = 2
LOWEST_QUALITY, HIGHEST_QUALITY = 2, 41
HIGHEST_ERROR_PROBABILITY = 0.75  # of a random base
FRAGMENTS_PER_BLOCK = 20_000
BASES_PER_BLOCK = 50_000_000  # of one mate; each takes about 30 bytes of memory


@dataclass(frozen=True)
class ShortReadModel:
    """Parameters of fragments and of their sequencing (readkin.kernels.simulation.fragments).

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

    @property
    def fragments_per_block(self) -> int:
        """Fragments from one random generator."""
        return max(1, min(FRAGMENTS_PER_BLOCK, BASES_PER_BLOCK // self.read_length))

    def draw_lengths(self, n: int, random: np.random.Generator) -> np.ndarray:
        """Draw the lengths of n fragments, int64 (n,), bp."""
        wanted = np.rint(random.normal(self.fragment_mean, self.fragment_sd, n)).astype(np.int64)
        return np.maximum(wanted, self.fragment_min)

    def expected_bases(self, length: np.ndarray) -> np.ndarray:
        """Return the mean number of bases read per fragment of sequences, float64 (sequences,).

        Adapter bases count where only fragments shorter than a read cause them.

        Args:
            length: int64 (sequences,), bp, lengths of the sequences.
        """
        return np.minimum(length, self.read_length) * (2.0 if self.is_paired else 1.0)

    def read(
        self, pool: SequencePool, fragments: Fragments, random: np.random.Generator
    ) -> list[SimulatedReads]:
        """Read fragments from one end, or from both."""
        ends = (False, True) if self.is_paired else (False,)
        return [read_end(pool, self, fragments, end, random) for end in ends]


def read_end(
    pool: SequencePool,
    model: ShortReadModel,
    fragments: Fragments,
    from_far_end: bool,
    random: np.random.Generator,
) -> SimulatedReads:
    """Read each fragment from its start, or from its far end on the other strand (read 2)."""
    length = fragments.length
    position, is_inserted = draw_indels(model, len(length), random)
    bases = _template_bases(pool, fragments, from_far_end, position)
    adapter = model.adapters[int(from_far_end)]
    beyond = position - length[:, None]
    filled = np.append(adapter, GUANINE).astype(np.uint8)
    bases = np.where(beyond >= 0, filled[np.clip(beyond, 0, len(adapter))], bases)
    bases[is_inserted] = random.integers(0, 4, np.count_nonzero(is_inserted), dtype=np.uint8)
    qualities = add_errors(model, bases, random)
    consumed = np.minimum(position[:, -1] + 1, length)
    origin, other, is_other_first = origins_of_reads(pool, fragments, consumed, from_far_end)
    before = np.where(is_other_first, other.length, 0)
    return SimulatedReads(
        bases=bases,
        qualities=qualities,
        length=np.full(len(length), model.read_length),
        origin=origin,
        offset=bases_before(position, before),
        other=other,
    )


def bases_before(position: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Count the bases of reads before a position of their fragments, int64 (n,).

    Args:
        position: integers (n, read_length), position of each base, increasing.
        before: int64 (n,), the position.
    """
    offset = np.zeros(len(before), np.int64)
    rows = np.flatnonzero(before)
    offset[rows] = (position[rows] < before[rows, None]).sum(axis=1)
    return offset


def draw_indels(
    model: ShortReadModel, n: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the insertions and deletions of n reads.

    Returns:
        position int32 (n, read_length), position of each base of the read in its fragment, counted
        in the direction of sequencing; is_inserted bool (n, read_length), whether the base is
        inserted. The first base is never inserted, nor preceded by a deletion.
    """
    draw = random.random((n, model.read_length), np.float32)
    is_inserted = draw < model.indel_rate / 2
    is_after_deletion = draw >= 1 - model.indel_rate / 2
    is_inserted[:, 0] = is_after_deletion[:, 0] = False
    steps = 1 + is_after_deletion.astype(np.int8) - is_inserted
    return np.cumsum(steps, axis=1, dtype=np.int32) - 1, is_inserted


def _template_bases(
    pool: SequencePool, fragments: Fragments, from_far_end: bool, position: np.ndarray
) -> np.ndarray:
    """Return the bases at ``position`` of each fragment; beyond its end, its last base."""
    last = fragments.length[:, None] - 1
    inside = np.minimum(position, last)
    row = np.arange(len(last))[:, None]
    if from_far_end:
        return COMPLEMENT[fragment_bases(pool, fragments, row, last - inside)]
    return fragment_bases(pool, fragments, row, inside)


def add_errors(model: ShortReadModel, bases: np.ndarray, random: np.random.Generator) -> np.ndarray:
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


def error_probabilities(model: ShortReadModel, n: int, random: np.random.Generator) -> np.ndarray:
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


def expected_rates(model: ShortReadModel) -> np.ndarray:
    """Return the expected substitution rate of each position of a read, float64 (read_length,)."""
    if model.substitution_rate_start == 0 or model.substitution_rate_end == 0:
        return np.linspace(
            model.substitution_rate_start, model.substitution_rate_end, model.read_length
        )
    return np.geomspace(
        model.substitution_rate_start, model.substitution_rate_end, model.read_length
    )
