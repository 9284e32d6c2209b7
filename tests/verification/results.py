"""Write the results of all kernels for pairs of every family, to compare processors.

python results.py FILE.npz
"""

import sys

import numpy as np

from readkin.kernels.simd.vectors import BYTE_SHUFFLE, VECTOR_BYTES
from readkin.kernels.smith_waterman.alignment import (
    Pairs,
    align_pairs,
    score_all,
    score_all_against_all,
    score_in_band,
    score_pairs,
)
from verification.families import FAMILIES, make_pairs
from verification.scorings import NamedScoring, base_scorings, protein_scorings

QUICK = [family for family in FAMILIES if family.share > 0]


def some_pairs(named: NamedScoring, seed: int) -> list[Pairs]:
    """Return pairs of every quick family."""
    return [make_pairs(family, named, 80, [seed, number]) for number, family in enumerate(QUICK)]


def results(named: NamedScoring, seed: int) -> dict[str, np.ndarray]:
    """Return the results of each kernel by name, all families concatenated."""
    parts: dict[str, list[np.ndarray]] = {}
    for pairs in some_pairs(named, seed):
        found = {
            f"align {name}": array
            for name, array in align_pairs(pairs, named.scoring)._asdict().items()
        }
        found["pairs"] = score_pairs(pairs, named.scoring)
        found["band"], found["proof"] = score_in_band(pairs, named.scoring, 16)
        found["all"] = score_all(pairs.sequences_a, pairs.sequences_b, named.scoring).ravel()
        found["halved"] = score_all_against_all(pairs.sequences_b, named.scoring).ravel()
        for name, array in found.items():
            parts.setdefault(name, []).append(array)
    return {name: np.concatenate(arrays) for name, arrays in parts.items()}


def all_results() -> dict[str, np.ndarray]:
    """Return the results for one scoring of each kind."""
    scorings = {"bases": base_scorings()[0], "bases, high costs": base_scorings()[8]}
    scorings["amino acids"] = protein_scorings()[0]
    return {
        f"{kind} {name}": array
        for seed, (kind, named) in enumerate(scorings.items())
        for name, array in results(named, seed).items()
    }


if __name__ == "__main__":
    np.savez(sys.argv[1], vector_bytes=VECTOR_BYTES, byte_shuffle=BYTE_SHUFFLE, **all_results())
