"""Tetranucleotide composition, without a model."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from readkin.embedding.protocol import MethodSettings, TrainingReads
from readkin.kernels.kmers import tetranucleotides
from readkin.provenance import fingerprint_of


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
