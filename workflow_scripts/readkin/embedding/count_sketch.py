"""Count sketches: k-mer counts in hashed dimensions, without a model."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from readkin.embedding.protocol import MethodSettings, TrainingReads
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
