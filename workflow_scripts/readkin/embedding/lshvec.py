"""LSHvec: a read is the mean of the vectors of its words, which are LSH codes of its k-mers.

Shi and Chen 2021, "LSHvec: a vector representation of DNA sequences using locality sensitive
hashing and FastText word embeddings", BCB '21. Each run trains one model on a sample of its reads
(kernels/kmers/skip_gram.py), with seeded planes (kernels/kmers/lsh_words.py). It differs from the
published program in two ways: each word has a vector of its own, as there are no more than
2**WORD_BITS, and the result does not depend on the number of threads.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from zipfile import BadZipFile

import numpy as np

from readkin.embedding.protocol import MethodSettings, TrainingReads
from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write
from readkin.kernels.kmers import lsh_words, skip_gram
from readkin.provenance import fingerprint_of, sha256_of_file

POOLINGS = ("published", "centred")
WORD_BITS = 16
TRAINING_READS = 5_000  # with reads of 150 bp, about 10 occurrences of each word
MODEL_NAME = "lshvec-model.npz"


@dataclass(frozen=True)
class Lshvec:
    """A trained model, and how the vectors of words are combined to that of a read.

    Attributes:
        k, dimensions, seed: of the model.
        pooling: ``published``, the mean of the word vectors; ``centred``, that mean less the mean
            of all words of the sample, which dominates the published vectors.
        model: file of the model.
        sha256: of that file.
    """

    k: int
    dimensions: int
    seed: int
    pooling: str
    model: Path
    sha256: str
    dtype: ClassVar[str] = "<f4"
    is_heavy: ClassVar[bool] = False

    @classmethod
    def make(cls, settings: MethodSettings, reads: TrainingReads) -> "Lshvec":
        """Return the method with the model of the run, which is trained unless it exists."""
        settings_of_model = {
            "k": settings.k,
            "dimensions": settings.dimensions,
            "seed": settings.seed,
        }
        bases, offsets = reads.sample(TRAINING_READS, settings.seed)
        decisive = {**settings_of_model, "bits": WORD_BITS, "sample": _digest(bases, offsets)}
        trained_by = fingerprint_of(decisive, __file__)
        path = reads.folder / f"{trained_by[:16]}-{MODEL_NAME}"
        if not path.exists():
            _train(path, settings, bases, offsets)
        return cls(
            **settings_of_model,
            pooling=settings.pooling,
            model=path,
            sha256=sha256_of_file(path),
        )

    def parameters(self) -> dict[str, Any]:
        """Return all settings and the hash of the model."""
        return {
            "method": "lshvec",
            "k": self.k,
            "dimensions": self.dimensions,
            "seed": self.seed,
            "pooling": self.pooling,
            "model_sha256": self.sha256,
        }

    def fingerprint(self) -> str:
        """Return a hash of the settings, the model and the code."""
        return fingerprint_of(self.parameters(), __file__)

    def products(self) -> tuple[Path, ...]:
        """Return the file of the model."""
        return (self.model,)

    def embed(self, bases: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return vectors and norms, see ``EmbeddingMethod.embed``."""
        table, plane_offsets, words, centre = _load(self.model)
        vectors = np.zeros((len(offsets) - 1, self.dimensions), np.float32)
        counts = np.zeros(len(offsets) - 1, np.int64)
        reads = np.ascontiguousarray(bases), offsets
        lsh_words.mean_vectors(reads, (table, plane_offsets), words, vectors, counts)
        if self.pooling == "centred":
            vectors[counts > 0] -= centre
        return vectors, np.sqrt((vectors.astype(np.float64) ** 2).sum(axis=1)).astype(np.float32)


def _digest(bases: np.ndarray, offsets: np.ndarray) -> str:
    return hashlib.sha256(bases.tobytes() + offsets.astype("<i8").tobytes()).hexdigest()


def _train(path: Path, settings: MethodSettings, bases: np.ndarray, offsets: np.ndarray) -> None:
    """Train a model and write it atomically."""
    planes = lsh_words.random_planes(settings.k, WORD_BITS, settings.seed)
    words, starts = lsh_words.words_of_reads((bases, offsets), planes)
    vectors = skip_gram.train(words, starts, 1 << WORD_BITS, settings.dimensions, settings.seed)
    centre = np.zeros(settings.dimensions)
    if words.size:
        counts = np.bincount(words, minlength=len(vectors))
        centre = counts @ vectors.astype(np.float64) / words.size
    vectors[np.bincount(words, minlength=len(vectors)) == 0] = centre  # unseen words
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        table, plane_offsets = planes
        centre = centre.astype(np.float32)
        np.savez(file, table=table, offsets=plane_offsets, vectors=vectors, centre=centre)


def _load(path: Path) -> tuple[np.ndarray, ...]:
    try:
        with path.open("rb") as file, np.load(file) as arrays:
            return tuple(arrays[name] for name in ("table", "offsets", "vectors", "centre"))
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise InputError(path, f"{error}", "a trained model", "run embed_reads again") from None
