"""The ways to turn reads into dense vectors, behind one small protocol.

To add a method, write a class like ``CountSketch`` and enter it in ``METHODS``: its name is then
accepted by ``embed_reads --method``, and ``k``, ``dimensions`` and ``seed`` of the configuration
reach it.
"""

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from formats.embedding_shards import Run
from formats.fingerprints import fingerprint_of
from formats.reads import Reads
from kernels import kmer_codes, kmer_signatures, kmer_vectors


class EmbeddingMethod(Protocol):
    """A method with its settings. Instances travel to the workers, so they must be picklable."""

    def __init__(self, k: int, dimensions: int, seed: int) -> None: ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    def parameters(self) -> dict[str, Any]:
        """Settings that decide the vectors, JSON-serialisable."""

    def fingerprint(self) -> str:
        """Hash of all that decides the vectors: settings, code, model files if there are any."""

    def embed(self, bases: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Vectors of reads; must not depend on which reads stand together in a call.

        Args:
            bases: uint8 (total bases,), A 0, C 1, G 2, T 3, else 4.
            offsets: int64 (n + 1,), read i is ``bases[offsets[i]:offsets[i + 1]]``.

        Returns:
            int8 (n, dimensions) and float32 (n,), the norms before clipping to int8. Reads that
            are too short have the zero vector.
        """


@dataclass(frozen=True)
class CountSketch:
    """Signed feature hashing of canonical k-mers, see kernels/kmer_vectors.py."""

    k: int
    dimensions: int
    seed: int

    def parameters(self) -> dict[str, Any]:
        """k, dimensions and seed."""
        return {"method": "count_sketch", **asdict(self)}

    def fingerprint(self) -> str:
        """Hash of the settings and of the kernels' sources."""
        return fingerprint_of(self.parameters(), [kmer_codes, kmer_vectors])

    def embed(self, bases: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Vectors and norms, as the protocol says."""
        return kmer_vectors.count_sketches(bases, offsets, self.k, self.dimensions, self.seed)


METHODS: dict[str, type[EmbeddingMethod]] = {"count_sketch": CountSketch}


class EmbeddingSettings(NamedTuple):
    """What decides the embeddings: the method of the dense vectors, and which k-mers are keys."""

    method: EmbeddingMethod
    key_k: int
    key_fraction: float
    key_seed: int

    def run(self) -> Run:
        """Parameters and fingerprint that all shards of a run carry."""
        keys = {"key_k": self.key_k, "key_fraction": self.key_fraction, "key_seed": self.key_seed}
        decisive = {**keys, "method_fingerprint": self.method.fingerprint()}
        fingerprint = fingerprint_of(decisive, [kmer_codes, kmer_signatures])
        return Run({**self.method.parameters(), **keys}, fingerprint, self.method.dimensions)

    def arrays(self, reads: Reads) -> dict[str, np.ndarray]:
        """All arrays of the shard that holds ``reads``, by their names in the layout."""
        bases, offsets = reads.bases, reads.offsets
        vectors, norms = self.method.embed(bases, offsets)
        keys = kmer_signatures.sample_keys(
            bases, offsets, self.key_k, self.key_fraction, self.key_seed
        )
        return {
            "vectors": vectors,
            "norms": norms,
            "read_length": reads.lengths,
            "mate_index": reads.mate_index,
            "unit": reads.unit,
            "keys/count": keys.counts,
            "keys/hash": keys.hashes,
            "keys/position": keys.positions,
            "keys/is_reverse": keys.is_reverse,
        }
