"""Embedding methods by name, and those that need no model: k-mer counts and composition.

A new method is a class like ``CountSketch`` that is entered in ``METHODS`` and in the schema of the
configuration. Its name is then accepted as ``embed: method``, and its ``make`` receives the
settings of that section.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from readkin.embedding.hf import HuggingFace
from readkin.embedding.lshvec import Lshvec
from readkin.embedding.protocol import EmbeddingMethod, MethodSettings, TrainingReads
from readkin.kernels.kmers import tetranucleotides
from readkin.kernels.kmers.vectors import count_sketches
from readkin.provenance import fingerprint_of


@dataclass(frozen=True)
class CountSketch:
    """Signed feature hashing of canonical k-mers, see kernels/kmers/vectors.py.

    Attributes:
        k: k-mer length, bp.
        dimensions: length of a vector.
        seed: of the hash function.
    """

    k: int
    dimensions: int
    seed: int
    dtype: ClassVar[str] = "i1"
    is_heavy: ClassVar[bool] = False

    @classmethod
    def make(cls, settings: MethodSettings, reads: TrainingReads) -> "CountSketch":
        """Return the method with k, dimensions and seed of the settings."""
        return cls(settings.k, settings.dimensions, settings.seed)

    def parameters(self) -> dict[str, Any]:
        """Return k, dimensions and seed."""
        return {"method": "count_sketch", **asdict(self)}

    def fingerprint(self) -> str:
        """Return a hash of the settings and the code."""
        return fingerprint_of(self.parameters(), __file__)

    def products(self) -> tuple[Path, ...]:
        """Return no files."""
        return ()

    def embed(self, bases: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return vectors and norms, see ``EmbeddingMethod.embed``."""
        return count_sketches(bases, offsets, self.k, self.dimensions, self.seed)


@dataclass(frozen=True)
class Tetranucleotide:
    """Tetranucleotide composition, see kernels/kmers/tetranucleotides.py; it has no settings."""

    dtype: ClassVar[str] = "<f4"
    is_heavy: ClassVar[bool] = False
    dimensions: ClassVar[int] = tetranucleotides.DIMENSIONS

    @classmethod
    def make(cls, settings: MethodSettings, reads: TrainingReads) -> "Tetranucleotide":
        """Return the method; it ignores k, dimensions and seed."""
        return cls()

    def parameters(self) -> dict[str, Any]:
        """Return the number of dimensions, which is fixed."""
        return {"method": "tetranucleotide", "dimensions": self.dimensions}

    def fingerprint(self) -> str:
        """Return a hash of the code."""
        return fingerprint_of(self.parameters(), __file__)

    def products(self) -> tuple[Path, ...]:
        """Return no files."""
        return ()

    def embed(self, bases: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return vectors and norms, see ``EmbeddingMethod.embed``."""
        return tetranucleotides.tetranucleotide_shares(bases, offsets)


METHODS: dict[str, Callable[[MethodSettings, TrainingReads], EmbeddingMethod]] = {
    "count_sketch": CountSketch.make,
    "tetranucleotide": Tetranucleotide.make,
    "lshvec": Lshvec.make,
    "hf": HuggingFace.make,
}
