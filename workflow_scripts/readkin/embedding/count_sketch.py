"""Count sketches: short words of a read, counted in hashed dimensions; nothing to train."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from readkin.embedding.protocol import MethodSettings, TrainingReads
from readkin.kernels.kmers.vectors import count_sketches
from readkin.provenance import fingerprint_of


@dataclass(frozen=True)
class CountSketch:
    """Signed feature hashing of canonical k-mers, see kernels/kmers/vectors.py."""

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
        return fingerprint_of(self.parameters(), __file__)

    def products(self) -> tuple[Path, ...]:
        """None."""
        return ()

    def embed(self, bases: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Vectors and norms, as the protocol says."""
        return count_sketches(bases, offsets, self.k, self.dimensions, self.seed)
