"""Methods that count short words of a read: nothing to train, nothing to keep."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from embedding.protocol import MethodSettings, TrainingReads
from formats.fingerprints import fingerprint_of
from kernels import kmer_codes, kmer_hashes, kmer_vectors, tetranucleotides


@dataclass(frozen=True)
class CountSketch:
    """Signed feature hashing of canonical k-mers, see kernels/kmer_vectors.py."""

    k: int
    dimensions: int
    seed: int
    dtype: ClassVar[str] = "i1"
    is_heavy: ClassVar[bool] = False

    @classmethod
    def make(cls, settings: MethodSettings, reads: TrainingReads) -> "CountSketch":
        """The method with k, dimensions and seed of the settings."""
        return cls(settings.k, settings.dimensions, settings.seed)

    def parameters(self) -> dict[str, Any]:
        """k, dimensions and seed."""
        return {"method": "count_sketch", **asdict(self)}

    def fingerprint(self) -> str:
        """Hash of the settings and of the kernels' sources."""
        return fingerprint_of(self.parameters(), [kmer_codes, kmer_hashes, kmer_vectors])

    def products(self) -> tuple[Path, ...]:
        """None."""
        return ()

    def embed(self, bases: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Vectors and norms, as the protocol says."""
        return kmer_vectors.count_sketches(bases, offsets, self.k, self.dimensions, self.seed)


@dataclass(frozen=True)
class Tetranucleotide:
    """Composition in tetranucleotides, see kernels/tetranucleotides.py; it has no settings."""

    dtype: ClassVar[str] = "<f4"
    is_heavy: ClassVar[bool] = False
    dimensions: ClassVar[int] = tetranucleotides.DIMENSIONS

    @classmethod
    def make(cls, settings: MethodSettings, reads: TrainingReads) -> "Tetranucleotide":
        """The method; k, dimensions and seed have no meaning for it."""
        return cls()

    def parameters(self) -> dict[str, Any]:
        """The number of dimensions, which is fixed."""
        return {"method": "tetranucleotide", "dimensions": self.dimensions}

    def fingerprint(self) -> str:
        """Hash of the kernel's source."""
        return fingerprint_of(self.parameters(), [kmer_codes, tetranucleotides])

    def products(self) -> tuple[Path, ...]:
        """None."""
        return ()

    def embed(self, bases: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Vectors and norms, as the protocol says."""
        return tetranucleotides.tetranucleotide_shares(bases, offsets)
