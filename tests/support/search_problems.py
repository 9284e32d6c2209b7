"""Small searches, made without a command line."""

import argparse

import numpy as np

from readkin.kernels.sequences.sequences import Sequences
from readkin.search.problem import Problem, make_problem
from readkin.search.settings import Settings, settings_of


def settings(alphabet: str = "dna", **changes: object) -> Settings:
    """The default settings of an exhaustive search."""
    scoring: dict[str, object] = {
        "match": 2,
        "mismatch": -3,
        "gap_open": 7,
        "gap_extend": 2,
        "matrix": None,
    }
    if alphabet == "protein":
        scoring |= {"match": None, "mismatch": None, "matrix": "BLOSUM62"}
        scoring |= {"gap_open": 12, "gap_extend": 1}
    others = {
        "alphabet": alphabet,
        "bam": None,
        "exhaustive": True,
        "key_k": 11,
        "key_fraction": 1.0,
        "key_seed": 1,
        "key_scheme": "fracminhash",
        "min_votes": 1,
        "top_n": 5,
        "max_evalue": 10.0,
        "chunk_letters": 1 << 22,
    }
    return settings_of(argparse.Namespace(**(scoring | others | changes)))


def sequences(texts: list[np.ndarray]) -> Sequences:
    """Arrays of codes as sequences."""
    codes = np.concatenate([*texts, []]).astype(np.uint8)
    offsets = np.cumsum([0, *map(len, texts)]).astype(np.int64)
    return Sequences(codes, offsets)


def problem(queries: list[np.ndarray], targets: list[np.ndarray], **changes: object) -> Problem:
    """A search for queries in targets."""
    return make_problem(sequences(queries), sequences(targets), settings(**changes))
