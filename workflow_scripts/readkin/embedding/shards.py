"""Shards of the embeddings: the tasks of a run, and how a worker makes a shard from its reads."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from readkin.embedding.protocol import EmbeddingMethod
from readkin.errors import InputError
from readkin.formats.embedding_shards import (
    EmbeddingRun,
    Shard,
    read_shard,
    shard_name,
    write_shard,
)
from readkin.formats.reads import Reads, ReadsFingerprint, iterate_reads, reads_fingerprint
from readkin.kernels.kmers.signatures import KeySettings, sample_keys
from readkin.kernels.sequences.packed_sequences import pack_sequences
from readkin.provenance import fingerprint_of


@dataclass
class Stopwatch:
    """Wall-clock seconds by part of the work."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Add the time of the ``with`` block to ``name``."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, time.perf_counter() - started)

    def add(self, name: str, seconds: float) -> None:
        """Add seconds to ``name``."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    def include(self, other: "Stopwatch") -> None:
        """Add the seconds of another stopwatch."""
        for name, seconds in other.seconds.items():
            self.add(name, seconds)

    def __str__(self) -> str:
        return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.seconds.items())


class EmbeddingSettings(NamedTuple):
    """Settings that decide the embeddings.

    Attributes:
        method: of the dense vectors.
        keys: which k-mers are keys.
    """

    method: EmbeddingMethod
    keys: KeySettings

    def run_attributes(self) -> EmbeddingRun:
        """Return the parameters and the fingerprint that all shards of a run have."""
        keys = {f"key_{name}": value for name, value in self.keys._asdict().items()}
        decisive = {**keys, "method_fingerprint": self.method.fingerprint()}
        parameters = {**self.method.parameters(), **keys}
        fingerprint = fingerprint_of(decisive, __file__)
        return EmbeddingRun(parameters, fingerprint, self.method.dimensions, self.method.dtype)

    def embed(self, reads: Reads, stopwatch: Stopwatch) -> dict[str, np.ndarray]:
        """Return all arrays of the shard of ``reads``, by dataset name."""
        bases, offsets = reads.bases, reads.offsets
        with stopwatch.part("vectors"):
            vectors, norms = self.method.embed(bases, offsets)
        with stopwatch.part("keys"):
            keys = sample_keys(bases, offsets, *self.keys)
        with stopwatch.part("packing"):
            packed, sequence_hashes = pack_sequences(bases, offsets)
        return {
            "vectors": vectors,
            "norms": norms,
            "read_length": reads.lengths,
            "mate_index": reads.mate_index,
            "unit": reads.unit,
            "low_complexity": keys.low_complexity,
            "keys/count": keys.counts,
            "keys/hash": keys.hashes,
            "keys/place": keys.stranded_positions,
            "sequence/hash": sequence_hashes,
            "sequence/packed": packed,
        }


class ShardTask(NamedTuple):
    """One shard to make.

    Attributes:
        path: of the shard.
        reads: of the shard.
        settings: how to embed them.
        run: attributes that all shards share.
    """

    path: Path
    reads: Reads
    settings: EmbeddingSettings
    run: EmbeddingRun


class ShardTasks:
    """The tasks of a run, made one by one while the reads are decoded.

    Attributes:
        n_reads: reads of the tasks so far.
        fingerprint: of these reads.
    """

    def __init__(
        self,
        bams: Sequence[Path],
        reads_per_shard: int,
        settings: EmbeddingSettings,
        folder: Path,
        stopwatch: Stopwatch,
    ) -> None:
        """
        Args:
            bams: unaligned BAM of each unit.
            reads_per_shard: reads.
            settings: how to embed them.
            folder: for the shards of unfinished runs; each run has a folder of its own in it.
            stopwatch: counts the time for decoding.
        """
        self.n_reads = 0
        self.fingerprint = ReadsFingerprint()
        self.settings = settings
        self.run = settings.run_attributes()
        decisive = {"run": self.run.fingerprint, "reads_per_shard": reads_per_shard}
        self.folder = folder / fingerprint_of(decisive)[:16]
        self._bams = bams
        self._reads_per_shard = reads_per_shard
        self._stopwatch = stopwatch

    def __iter__(self) -> Iterator[ShardTask]:
        batches = enumerate(iterate_reads(self._bams, self._reads_per_shard))
        while True:
            with self._stopwatch.part("decode"):
                number, reads = next(batches, (0, None))
                if reads is None:
                    return
                self.fingerprint.update(reads)
            self.n_reads += len(reads)
            yield ShardTask(self.folder / shard_name(number), reads, self.settings, self.run)


def embed_shard(task: ShardTask) -> tuple[Shard, Stopwatch]:
    """Make one shard, unless an interrupted run has finished it.

    Returns:
        The shard, and the times that its parts took.
    """
    stopwatch = Stopwatch()
    first, fingerprint = task.reads.first_index, reads_fingerprint(task.reads)
    try:
        return read_shard(task.path, task.run, first, fingerprint), stopwatch
    except InputError:  # missing, damaged, or a shard of other reads
        arrays = task.settings.embed(task.reads, stopwatch)
    with stopwatch.part("write"):
        return write_shard(task.path, task.run, first, fingerprint, arrays), stopwatch
