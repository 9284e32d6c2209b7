"""Composition of a read in tetranucleotides; nothing to train."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from readkin.embedding.protocol import MethodSettings, TrainingReads
from readkin.kernels.kmers import tetranucleotides
from readkin.provenance import fingerprint_of


@dataclass(frozen=True)
class Tetranucleotide:
    """Composition in tetranucleotides (kernels/kmers/tetranucleotides.py), without settings."""

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
        return fingerprint_of(self.parameters(), __file__)

    def products(self) -> tuple[Path, ...]:
        """None."""
        return ()

    def embed(self, bases: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Vectors and norms, as the protocol says."""
        return tetranucleotides.tetranucleotide_shares(bases, offsets)
