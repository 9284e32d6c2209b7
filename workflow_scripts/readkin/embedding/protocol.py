"""Interface of embedding methods, their settings and the reads that they can learn from."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from readkin.formats.reads import NO_MATE, Reads, iterate_reads
from readkin.kernels.kmers.codes import seed_mask

READS_PER_BATCH = 50_000


class EmbeddingMethod(Protocol):
    """A method with its settings. Instances are sent to Ray workers, so they must be picklable."""

    @property
    def dtype(self) -> str:
        """Data type of the vectors: "i1" for counts, otherwise "<f4"."""

    @property
    def is_heavy(self) -> bool:
        """Whether embedding a read takes far longer than sending it to a worker."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    def parameters(self) -> dict[str, Any]:
        """Return the settings that decide the vectors, JSON-serialisable."""

    def fingerprint(self) -> str:
        """Return a hash of everything that decides the vectors: settings, code and model files."""

    def products(self) -> tuple[Path, ...]:
        """Return the files made for this run that are published together with its shards."""

    def embed(self, bases: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the vectors of reads.

        A vector depends on the bases of its read only, not on the other reads of the call. A read
        and its reverse complement have the same vector.

        Args:
            bases: uint8 (total bases,), A 0, C 1, G 2, T 3, else 4.
            offsets: int64 (n + 1,), read i is ``bases[offsets[i]:offsets[i + 1]]``.

        Returns:
            ``dtype`` (n, dimensions), and float32 (n,), the Euclidean norms (of counts: before
            clipping). Reads that are too short have the zero vector.
        """


@dataclass(frozen=True)
class MethodSettings:
    """Settings of all methods; each method uses some of them.

    Attributes:
        k: k-mer length, bp.
        dimensions: length of a vector.
        seed: of hash functions, planes and training.
        model: folder of a trained model.
        pooling: how word vectors are combined to the vector of a read.
    """

    k: int
    dimensions: int
    seed: int
    model: Path | None = None
    pooling: str = "centred"


@dataclass(frozen=True)
class TrainingReads:
    """Reads that a method can learn from, and the folder for its models.

    Attributes:
        bams: unaligned BAM of each unit.
        folder: for model files of the run.
    """

    bams: tuple[Path, ...]
    folder: Path

    def sample(self, most: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Sample the ``most`` reads with the smallest seeded hashes.

        The reads are read twice, so that only the sample is in memory.

        Args:
            most: number of reads; if there are fewer, all are returned.
            seed: of the hash function.

        Returns:
            Bases, uint8, and offsets, int64 (n + 1,), of the sampled reads in their order.
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
