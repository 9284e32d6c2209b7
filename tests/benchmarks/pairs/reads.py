"""Simulated reads with known origins, from fixed seeds."""

from collections import deque
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.pairs.genomes import Genome
from readkin.formats.fasta import LETTERS
from readkin.formats.fastq import FastqInput, checked_chunks
from readkin.formats.unaligned_bam import ReadGroup, write_unaligned_bam
from readkin.kernels.simulation.fragments import pool_sequences, simulate_block
from readkin.kernels.simulation.short_reads import ShortReadModel
from readkin.kernels.statistics.kin_truth import Origins

BLOCK = 20_000
SUBSTITUTION_SHARE = 0.9  # of all errors; the others are insertions and deletions
COMPLEMENT = np.array([3, 2, 1, 0, 4], np.uint8)
NAME_DIGITS = 9


class ReadSet(NamedTuple):
    """n reads of one length, and their origins.

    Attributes:
        bases: uint8 (n, length), base codes.
        origins: origins of the reads.
    """

    bases: np.ndarray
    origins: Origins

    def __len__(self) -> int:
        return len(self.bases)


def model_of(length: int, error_rate: float) -> ShortReadModel:
    """Return a model with uniform errors, and fragments too long for reads to reach an adapter."""
    no_adapter = np.empty(0, np.uint8)
    rate = error_rate * SUBSTITUTION_SHARE
    return ShortReadModel(
        read_length=length,
        is_paired=False,
        fragment_mean=length + 50,
        fragment_sd=0,
        fragment_min=1,
        substitution_rate_start=rate,
        substitution_rate_end=rate,
        error_noise_sd=0,
        indel_rate=error_rate - rate,
        n_rate=0,
        n_run_fraction=0,
        adapters=(no_adapter, no_adapter),
    )


def simulate(genome: Genome, n: int, length: int, error_rate: float, seed: int) -> ReadSet:
    """Return n reads of either strand, at uniformly distributed positions."""
    pool = pool_sequences([genome.bases], np.array([genome.is_circular]))
    model = model_of(length, error_rate)
    bases = np.empty((n, length), np.uint8)
    start, end = np.empty(n, np.int64), np.empty(n, np.int64)
    for first in range(0, n, BLOCK):
        random = np.random.default_rng([seed, first])
        last = min(first + BLOCK, n)
        _, (reads,) = simulate_block(pool, np.ones(1), model, last - first, random)
        bases[first:last] = reads.bases
        start[first:last] = reads.origin.start
        end[first:last] = reads.origin.start + reads.origin.length
    circle = np.full(n, len(genome.bases) if genome.is_circular else 0, np.int64)
    return ReadSet(bases, Origins(np.zeros(n, np.int32), start, end, circle))


def with_duplicates(reads: ReadSet, share: float, seed: int) -> ReadSet:
    """Replace a share of the reads by copies of the others, and return all in random order.

    Half of the copies are reverse-complemented.
    """
    random = np.random.default_rng(seed)
    n = len(reads)
    n_copies = int(n * share)
    row = np.arange(n)
    row[n - n_copies :] = random.integers(0, n - n_copies, n_copies)
    bases = reads.bases[row]
    reversed_rows = n - n_copies + np.flatnonzero(random.random(n_copies) < 0.5)
    bases[reversed_rows] = COMPLEMENT[bases[reversed_rows, ::-1]]
    order = random.permutation(n)
    origins = Origins(*(column[row[order]] for column in reads.origins))
    return ReadSet(bases[order], origins)


def write_fasta(reads: ReadSet, path: Path) -> None:
    """Write FASTA; names are read_index, zero-padded so that all records have one length."""
    _write_records(reads, path, b">", None)


def write_bam(reads: ReadSet, path: Path) -> None:
    """Write an unaligned BAM as convert_fastq_to_bam does, in the same order."""
    fastq = path.with_suffix(".fastq")
    _write_records(reads, fastq, b"@", b"I")
    chunks = checked_chunks(FastqInput(fastq))
    deque(write_unaligned_bam(chunks, ReadGroup("a", "b", "ILLUMINA", "a"), path), maxlen=0)
    fastq.unlink()


def _write_records(reads: ReadSet, path: Path, mark: bytes, quality: bytes | None) -> None:
    """Write FASTA or FASTQ, a block of records of equal length at a time."""
    length = reads.bases.shape[1]
    head = 2 + NAME_DIGITS
    tail = 0 if quality is None else 2 + length + 1
    with path.open("wb") as file:
        for first in range(0, len(reads), BLOCK):
            bases = reads.bases[first : first + BLOCK]
            text = np.full((len(bases), head + length + 1 + tail), ord("\n"), np.uint8)
            text[:, 0] = ord(mark)
            index = np.arange(first, first + len(bases))[:, None]
            powers = 10 ** np.arange(NAME_DIGITS - 1, -1, -1)
            text[:, 1 : head - 1] = ord("0") + index // powers % 10
            text[:, head : head + length] = LETTERS[bases]
            if quality is not None:
                text[:, head + length + 1] = ord("+")
                text[:, head + length + 3 : -1] = ord(quality)
            file.write(text.tobytes())
