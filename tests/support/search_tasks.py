"""Small searches, made without a command line."""

from typing import Any

import numpy as np

from readkin.kernels.kmers.signatures import KeySettings
from readkin.kernels.sequences.sequences import Sequences
from readkin.search.task import (
    SearchSettings,
    SearchTask,
    dna_system,
    protein_system,
    search_task,
)


def settings(
    alphabet: str = "dna",
    gap_open: int | None = None,
    gap_extend: int | None = None,
    chunk_residues: int = 1 << 22,
) -> SearchSettings:
    """Return the default settings of an exhaustive search."""
    if alphabet == "dna":
        system = dna_system(2, -3, gap_open or 7, gap_extend or 2)
    else:
        system = protein_system("BLOSUM62", gap_open or 12, gap_extend or 1)
    return SearchSettings(
        system=system,
        keys=KeySettings(k=11, fraction=1.0, seed=1, scheme="fracminhash"),
        is_exhaustive=True,
        min_votes=1,
        top_n=5,
        max_evalue=10.0,
        chunk_residues=chunk_residues,
    )


def sequences(texts: list[np.ndarray]) -> Sequences:
    """Return arrays of codes as sequences."""
    codes = np.concatenate([*texts, []]).astype(np.uint8)
    offsets = np.cumsum([0, *map(len, texts)]).astype(np.int64)
    return Sequences(codes, offsets)


def task(queries: list[np.ndarray], targets: list[np.ndarray], **changes: Any) -> SearchTask:
    """Return a search for queries in targets; ``changes`` are arguments of ``settings``."""
    return search_task(sequences(queries), sequences(targets), settings(**changes))
