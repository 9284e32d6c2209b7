"""One shard of the embeddings from one batch of reads: what a worker does."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from readkin.embedding.protocol import EmbeddingMethod
from readkin.errors import InputError
from readkin.formats.embedding_shards import EmbeddingRun, Shard, read_shard, write_shard
from readkin.formats.reads import Reads, reads_fingerprint
from readkin.kernels.kmers import signatures as kmer_signatures
from readkin.kernels.kmers.signatures import KeySettings
from readkin.kernels.sequences import packed_sequences
from readkin.provenance import fingerprint_of


@dataclass
class Stopwatch:
    """Seconds by the clock that parts of the work took."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count what happens inside for ``name``."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, time.perf_counter() - started)

    def add(self, name: str, seconds: float) -> None:
        """Count further seconds for ``name``."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    def include(self, other: "Stopwatch") -> None:
        """Count the seconds of another one too."""
        for name, seconds in other.seconds.items():
            self.add(name, seconds)

    def __str__(self) -> str:
        return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.seconds.items())


class EmbeddingSettings(NamedTuple):
    """What decides the embeddings: the method of the dense vectors, and which k-mers are keys."""

    method: EmbeddingMethod
    keys: KeySettings

    def run(self) -> EmbeddingRun:
        """Parameters and fingerprint that all shards of a run carry."""
        keys = {f"key_{name}": value for name, value in self.keys._asdict().items()}
        decisive = {**keys, "method_fingerprint": self.method.fingerprint()}
        parameters = {**self.method.parameters(), **keys}
        fingerprint = fingerprint_of(decisive, __file__)
        return EmbeddingRun(parameters, fingerprint, self.method.dimensions, self.method.dtype)

    def arrays(self, reads: Reads, watch: Stopwatch) -> dict[str, np.ndarray]:
        """All arrays of the shard that holds ``reads``, by their names in the layout."""
        bases, offsets = reads.bases, reads.offsets
        with watch.part("vectors"):
            vectors, norms = self.method.embed(bases, offsets)
        with watch.part("keys"):
            keys = kmer_signatures.sample_keys(bases, offsets, *self.keys)
        with watch.part("packing"):
            packed, sequence_hashes = packed_sequences.pack_sequences(bases, offsets)
        return {
            "vectors": vectors,
            "norms": norms,
            "read_length": reads.lengths,
            "mate_index": reads.mate_index,
            "unit": reads.unit,
            "keys/count": keys.counts,
            "keys/hash": keys.hashes,
            "keys/place": keys.places,
            "sequence/hash": sequence_hashes,
            "sequence/packed": packed,
        }


class Task(NamedTuple):
    """One shard to make."""

    path: Path
    reads: Reads
    settings: EmbeddingSettings
    run: EmbeddingRun


def embed_shard(task: Task) -> tuple[Shard, Stopwatch]:
    """Make one shard, unless an interrupted run has left it."""
    watch = Stopwatch()
    first, fingerprint = task.reads.first_index, reads_fingerprint(task.reads)
    try:
        return read_shard(task.path, task.run, first, fingerprint), watch
    except InputError:  # not there yet, or of other reads
        arrays = task.settings.arrays(task.reads, watch)
    with watch.part("write"):
        return write_shard(task.path, task.run, first, fingerprint, arrays), watch
