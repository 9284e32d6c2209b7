"""Simulated long reads: gamma-distributed lengths, substitutions, insertions and deletions.

Model. A read is a whole fragment from its start to its end. Lengths follow a gamma distribution, as
in Badread (Wick 2019, doi:10.21105/joss.01316). Each base of the fragment has its own error
probability, which deviates from the expected rate by log-normal noise of the read and of the base
(mean one). An error is a substitution, the insertion of one base after it, or a deletion. The Phred
quality of a base is -10 log10 of this probability: qualities are calibrated over all three kinds.
"""

from dataclasses import dataclass

import numpy as np

from readkin.kernels.sequences.sequences import UNKNOWN_BASE
from readkin.kernels.simulation.fragments import (
    Fragments,
    SequencePool,
    SimulatedReads,
    origins_of_reads,
    whole_fragments,
)

LOWEST_QUALITY = 2
HIGHEST_ERROR_PROBABILITY = 0.75  # of a random base
FRAGMENTS_PER_BLOCK = 20_000
BASES_PER_BLOCK = 5_000_000  # each takes about 50 bytes of memory
LONGEST = 1 << 40  # bp, so that no length overflows
LENGTHS_DRAWN = 10_000  # for the mean length of reads of short sequences


@dataclass(frozen=True)
class LongReadModel:
    """Parameters of long reads (readkin.kernels.simulation.fragments).

    Attributes:
        read_length, read_length_sd: mean and standard deviation of the length of fragments, bp.
        read_length_min: minimum to which shorter lengths are raised, bp.
        error_rate: expected errors per base of the fragment.
        error_mix: relative frequencies of substitutions, insertions and deletions.
        error_noise_sd: standard deviation of the natural logarithm of the error probability
            between reads, and also between the bases of a read.
        highest_quality: maximum Phred quality that the platform reports.
    """

    read_length: int
    read_length_sd: float
    read_length_min: int
    error_rate: float
    error_mix: tuple[float, float, float]
    error_noise_sd: float
    highest_quality: int

    is_paired = False

    @property
    def fragments_per_block(self) -> int:
        """Fragments from one random generator."""
        return max(1, min(FRAGMENTS_PER_BLOCK, BASES_PER_BLOCK // self.read_length))

    def draw_lengths(self, n: int, random: np.random.Generator) -> np.ndarray:
        """Draw the lengths of n fragments, int64 (n,), bp."""
        if self.read_length_sd == 0:
            return np.full(n, max(self.read_length, self.read_length_min))
        shape = (self.read_length / self.read_length_sd) ** 2
        lengths = np.minimum(random.gamma(shape, self.read_length / shape, n), LONGEST)
        return np.maximum(np.rint(lengths).astype(np.int64), self.read_length_min)

    def expected_bases(self, length: np.ndarray) -> np.ndarray:
        """Return the mean number of bases read per fragment of sequences, float64 (sequences,).

        Args:
            length: int64 (sequences,), bp, lengths of the sequences.
        """
        drawn = np.sort(self.draw_lengths(LENGTHS_DRAWN, np.random.default_rng(0)))
        shorter = np.searchsorted(drawn, length)
        total = np.append(0, np.cumsum(drawn))[shorter]
        return (total + length * (LENGTHS_DRAWN - shorter)) / LENGTHS_DRAWN

    def read(
        self, pool: SequencePool, fragments: Fragments, random: np.random.Generator
    ) -> list[SimulatedReads]:
        """Read whole fragments."""
        length = fragments.length
        row = np.repeat(np.arange(len(length), dtype=np.int32), length)
        first = np.cumsum(length) - length
        template = whole_fragments(pool, fragments)
        probability = self._error_probabilities(len(length), row, random)
        is_inserted, is_deleted = self._add_substitutions(template, probability, random)
        is_inserted[first] = is_deleted[first] = False  # so that no read is empty
        written = (1 + is_inserted.astype(np.int8) - is_deleted).astype(np.uint8)
        bases, qualities = (
            np.repeat(values, written) for values in (template, self._phred(probability, template))
        )
        ends = np.cumsum(written, dtype=np.int64)
        at = ends[is_inserted] - 1
        bases[at] = random.integers(0, 4, len(at), dtype=np.uint8)
        before_read = np.append(0, ends)[first]
        origin, other, is_other_first = origins_of_reads(pool, fragments, length, False)
        border = first + np.where(is_other_first, other.length, 0)
        return [
            SimulatedReads(
                bases=bases,
                qualities=qualities,
                length=np.diff(before_read, append=len(bases)),
                origin=origin,
                offset=np.append(0, ends)[border] - before_read,
                other=other,
            )
        ]

    def _error_probabilities(
        self, n: int, row: np.ndarray, random: np.random.Generator
    ) -> np.ndarray:
        """Draw the error probability of each base of n fragments, float32 (bases,)."""
        noise = random.standard_normal(len(row), np.float32)
        noise += random.standard_normal(n, np.float32)[row]
        noise *= np.float32(self.error_noise_sd)
        noise -= np.float32(self.error_noise_sd**2)  # so that exp(noise) has the mean one
        np.exp(noise, out=noise)
        noise *= np.float32(self.error_rate)
        return np.minimum(noise, np.float32(HIGHEST_ERROR_PROBABILITY), out=noise)

    def _add_substitutions(
        self, bases: np.ndarray, probability: np.ndarray, random: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw all errors; substitute in place, and return where to insert and what to delete."""
        substituted, inserted, _ = np.cumsum(self.error_mix) / sum(self.error_mix)
        with np.errstate(divide="ignore", invalid="ignore"):
            draw = random.random(len(bases), np.float32) / probability
        is_substituted = (draw < substituted) & (bases < UNKNOWN_BASE)
        shift = random.integers(1, 4, np.count_nonzero(is_substituted), dtype=np.uint8)
        bases[is_substituted] = (bases[is_substituted] + shift) % 4
        return (draw >= substituted) & (draw < inserted), (draw >= inserted) & (draw < 1)

    def _phred(self, probability: np.ndarray, bases: np.ndarray) -> np.ndarray:
        """Return the Phred qualities, uint8 (bases,)."""
        with np.errstate(divide="ignore"):  # without errors the probability is 0
            phred = np.rint(-10 * np.log10(probability))
        qualities = np.clip(phred, LOWEST_QUALITY, self.highest_quality).astype(np.uint8)
        qualities[bases == UNKNOWN_BASE] = LOWEST_QUALITY
        return qualities
