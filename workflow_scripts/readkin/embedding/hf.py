"""Vectors from any Hugging Face model in a local folder: the mean over the tokens of a read.

The model embeds the read and its reverse complement, and the vector is the mean of both, so that it
does not depend on the strand. Padding and special tokens are excluded. torch and transformers
(envs/requirements-hf.txt) are imported only when this method is used.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from readkin.embedding.protocol import MethodSettings, TrainingReads
from readkin.errors import UsageError
from readkin.kernels.sequences.sequences import Sequences, reverse_complements
from readkin.provenance import fingerprint_of, sha256_of_file

BASES = np.frombuffer(b"ACGTN", np.uint8)
READS_PER_BATCH = 64
PACKAGES = ("torch", "transformers")
INSTALL = "install them with `pip install -r envs/requirements-hf.txt`"


@dataclass(frozen=True)
class HuggingFace:
    """A model in a local folder.

    Attributes:
        model: folder with config.json, tokenizer and weights.
        model_sha256: hash of all files in the folder.
        dimensions: hidden size of the model.
    """

    model: Path
    model_sha256: str
    dimensions: int
    dtype: ClassVar[str] = "<f4"
    is_heavy: ClassVar[bool] = True

    @classmethod
    def make(cls, settings: MethodSettings, reads: TrainingReads) -> "HuggingFace":
        """Return the method with the model of the settings.

        Raises:
            UsageError: if packages, the folder or its config.json are missing.
        """
        missing = [name for name in PACKAGES if find_spec(name) is None]
        if missing:
            found = f"no Python package {' nor '.join(missing)}"
            raise UsageError("method hf", found, " and ".join(PACKAGES), INSTALL)
        folder = settings.model
        if folder is None or not (folder / "config.json").is_file():
            found = "no model" if folder is None else f"no {folder / 'config.json'}"
            advice = "set embed.model to such a folder"
            raise UsageError("method hf", found, "the folder of a Hugging Face model", advice)
        from transformers import AutoConfig

        hidden = AutoConfig.from_pretrained(str(folder), local_files_only=True).hidden_size
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        hashes = {path.relative_to(folder).as_posix(): sha256_of_file(path) for path in files}
        return cls(folder.resolve(), fingerprint_of(hashes), int(hidden))

    def parameters(self) -> dict[str, Any]:
        """Return the hash of the model's files, and its dimensions."""
        return {
            "method": "hf",
            "model_sha256": self.model_sha256,
            "dimensions": self.dimensions,
        }

    def fingerprint(self) -> str:
        """Return a hash of the model's files and the code."""
        return fingerprint_of(self.parameters(), __file__)

    def products(self) -> tuple[Path, ...]:
        """Return no files, as the run makes no model."""
        return ()

    def embed(self, bases: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return vectors and norms, see ``EmbeddingMethod.embed``."""
        reads = Sequences(np.ascontiguousarray(bases), offsets)
        vectors = (self._means(reads) + self._means(reverse_complements(reads))) / np.float32(2)
        norms = np.sqrt((vectors.astype(np.float64) ** 2).sum(axis=1)).astype(np.float32)
        return vectors, norms

    def _means(self, sequences: Sequences) -> np.ndarray:
        """Return the mean hidden state of each sequence, float32 (n, dimensions).

        Empty sequences have zeros. Only sequences of equal length are embedded together, so that
        none is padded: padding would make the last bits of a vector depend on the other reads.
        """
        tokenizer, model, device = _loaded(str(self.model))
        lengths = np.diff(sequences.offsets)
        vectors = np.zeros((lengths.size, self.dimensions), np.float32)
        for length in np.unique(lengths[lengths > 0]):
            chosen = np.flatnonzero(lengths == length)
            for first in range(0, chosen.size, READS_PER_BATCH):
                rows = chosen[first : first + READS_PER_BATCH]
                starts = sequences.offsets[rows]
                codes = sequences.codes[starts[:, None] + np.arange(length)]
                texts = [row.tobytes().decode("ascii") for row in BASES[codes]]
                vectors[rows] = _masked_means(texts, tokenizer, model, device)
        return vectors


@lru_cache(maxsize=1)
def _loaded(folder: str) -> tuple[Any, Any, str]:
    """Load tokenizer and model, once per process; return them and the device."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.use_deterministic_algorithms(True, warn_only=True)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModel.from_pretrained(folder, local_files_only=True)
    return tokenizer, model.to(device).eval(), device


def _masked_means(texts: list[str], tokenizer: Any, model: Any, device: str) -> np.ndarray:
    """Return the mean hidden state over the tokens of each text, without special tokens."""
    import torch

    longest = getattr(model.config, "max_position_embeddings", None)
    tokens = tokenizer(
        texts,
        return_tensors="pt",
        padding=True,
        truncation=longest is not None,
        max_length=longest,
        return_special_tokens_mask=True,
    )
    special = tokens.pop("special_tokens_mask")
    mask = (tokens["attention_mask"] * (1 - special)).to(device)[:, :, None]
    with torch.inference_mode():
        hidden = model(**tokens.to(device)).last_hidden_state
        sums = (hidden * mask).sum(dim=1)
        means = sums / mask.sum(dim=1).clamp(min=1)
    return means.to(torch.float32).cpu().numpy()
