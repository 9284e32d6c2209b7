"""Shards of the embeddings: the tasks of a run, and how a worker makes a shard from its reads."""

import time
from collections.abc import Iterator, Mapping, Sequence
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
from readkin.formats.read_table import read_rows, write_read_part
from readkin.formats.reads import (
    ReadRange,
    Reads,
    load_ranges,
    read_ranges,
    reads_fingerprint,
)
from readkin.formats.unaligned_bam import UnitName, unit_of_bam
from readkin.kernels.kmers.signatures import KeySettings, sample_keys
from readkin.kernels.sequences.packed_sequences import pack_sequences, unknown_runs
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
        return ", ".join(f"{name} {seconds:.2f} s" for name, seconds in self.seconds.items())


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
            unknown = unknown_runs(bases, offsets)
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
            "unknown/read": unknown.read + np.uint64(reads.first_index),
            "unknown/first": unknown.first,
            "unknown/end": unknown.end,
        }


class ShardTask(NamedTuple):
    """One shard to make.

    Attributes:
        path: of the shard.
        ranges: where its reads are.
        units: unit and sample of these reads, by number of the unit.
        settings: how to embed them.
        run: attributes that all shards share.
    """

    path: Path
    ranges: Sequence[ReadRange]
    units: Mapping[int, UnitName]
    settings: EmbeddingSettings
    run: EmbeddingRun


class FinishedShard(NamedTuple):
    """A finished shard.

    Attributes:
        entry: for the manifest.
        read_hashes: ``Reads.hashes`` of its reads.
        stopwatch: times that its parts took.
    """

    entry: Shard
    read_hashes: np.ndarray
    stopwatch: Stopwatch


class ShardTasks:
    """The tasks of a run.

    Attributes:
        n_reads: reads of all tasks.
        run: attributes that all shards share.
        folder: of the shards.
    """

    def __init__(
        self,
        bams: Sequence[Path],
        reads_per_shard: int,
        settings: EmbeddingSettings,
        folder: Path,
    ) -> None:
        """
        Args:
            bams: unaligned BAM of each unit.
            reads_per_shard: reads.
            settings: how to embed them.
            folder: for the shards of unfinished runs; each run has a folder of its own in it.

        Raises:
            InputError: as ``read_ranges``.
        """
        self.run = settings.run_attributes()
        decisive = {"run": self.run.fingerprint, "reads_per_shard": reads_per_shard}
        self.folder = folder / fingerprint_of(decisive)[:16]
        self._settings = settings
        self._ranges = read_ranges(bams, reads_per_shard)
        self._units = [unit_of_bam(bam) for bam in bams]
        parts = (part for ranges in self._ranges for part in ranges)
        self.n_reads = sum((part.stop or 0) - part.start for part in parts)

    def __iter__(self) -> Iterator[ShardTask]:
        for number, ranges in enumerate(self._ranges):
            yield ShardTask(
                path=self.folder / shard_name(number),
                ranges=ranges,
                units={part.unit: self._units[part.unit] for part in ranges},
                settings=self._settings,
                run=self.run,
            )


def names_path(shard: Path) -> Path:
    """Return the path of the rows of reads.parquet for the reads of a shard."""
    return shard.with_suffix(".reads.parquet")


def embed_shard(task: ShardTask) -> FinishedShard:
    """Make one shard, unless an interrupted run has finished it, and its rows of reads.parquet."""
    stopwatch = Stopwatch()
    with stopwatch.part("decode"):
        reads = load_ranges(task.ranges)
        hashes = reads.hashes
    with stopwatch.part("names"):
        write_read_part(names_path(task.path), read_rows(reads, task.units))
    first, fingerprint = reads.first_index, reads_fingerprint(reads)
    try:
        entry = read_shard(task.path, task.run, first, fingerprint)
    except InputError:  # missing, damaged, or a shard of other reads
        arrays = task.settings.embed(reads, stopwatch)
        with stopwatch.part("write"):
            entry = write_shard(task.path, task.run, first, fingerprint, arrays)
    return FinishedShard(entry, hashes, stopwatch)
