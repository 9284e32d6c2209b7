"""What every embedding method is, and what it is made from."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from readkin.formats.reads import NO_MATE, Reads, iterate_reads
from readkin.kernels.kmers.codes import seed_mask

READS_PER_BATCH = 50_000


class EmbeddingMethod(Protocol):
    """A method with its settings. Instances travel to the workers, so they must be picklable."""

    @property
    def dtype(self) -> str:
        """Of the vectors: "i1" for counts, "<f4" for all else."""

    @property
    def is_heavy(self) -> bool:
        """Whether a read costs far more than its way to a worker, as with a neural network."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    def parameters(self) -> dict[str, Any]:
        """Settings that decide the vectors, JSON-serialisable."""

    def fingerprint(self) -> str:
        """Hash of all that decides the vectors: settings, code, model files if there are any."""

    def products(self) -> tuple[Path, ...]:
        """Files made for this run that belong beside its shards."""

    def embed(self, bases: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Vectors of reads; must not depend on which reads stand together in a call.

        A read and its reverse complement have the same vector.

        Args:
            bases: uint8 (total bases,), A 0, C 1, G 2, T 3, else 4.
            offsets: int64 (n + 1,), read i is ``bases[offsets[i]:offsets[i + 1]]``.

        Returns:
            ``dtype`` (n, dimensions) and float32 (n,), the Euclidean norms (of counts: before
            clipping). Reads that are too short have the zero vector.
        """


@dataclass(frozen=True)
class MethodSettings:
    """The settings of which each method takes those that it knows.

    Attributes:
        k: k-mer length, bp.
        dimensions: length of a vector.
        seed: of hashes, planes and training.
        model: folder of a trained model.
        pooling: how word vectors become that of a read.
    """

    k: int
    dimensions: int
    seed: int
    model: Path | None = None
    pooling: str = "centred"


@dataclass(frozen=True)
class TrainingReads:
    """What a method may learn from, and where it keeps what it has learnt.

    Attributes:
        bams: unaligned BAM of each unit.
        folder: for model files of the run.
    """

    bams: tuple[Path, ...]
    folder: Path

    def sample(self, most: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Bases and offsets of the ``most`` reads with the smallest seeded hashes, in order.

        Two passes over the reads, so that only the sample is ever in memory.
        """
        mask = seed_mask(seed)
        ranks = [reads.hashes * mask for reads in self._batches()]
        every = np.concatenate([np.zeros(0, np.uint64), *ranks])
        largest = np.partition(every, most)[most] if every.size > most else NO_MATE
        bases, lengths = [np.zeros(0, np.uint8)], [np.zeros(1, np.int64)]
        for reads in self._batches():
            chosen = reads.hashes * mask < largest
            bases.append(reads.bases[np.repeat(chosen, reads.lengths)])
            lengths.append(reads.lengths[chosen])
        return np.concatenate(bases), np.cumsum(np.concatenate(lengths))

    def _batches(self) -> Iterator[Reads]:
        return iterate_reads(self.bams, READS_PER_BATCH)
