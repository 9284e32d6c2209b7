"""Scorings to verify with: usual ones, gap costs at both ends of their range, odd matrices."""

from typing import NamedTuple

import numpy as np
import parasail

from readkin.kernels.smith_waterman.alignment import Scoring, dna_scoring

PROTEIN_LETTERS = 24  # of parasail's protein matrices: ARNDCQEGHILKMFPSTWYVBZX*


class NamedScoring(NamedTuple):
    """A scoring, how the table calls it, and whether its letters are bases."""

    name: str
    scoring: Scoring
    is_dna: bool = False

    @property
    def is_symmetric(self) -> bool:
        return np.array_equal(self.scoring.matrix, self.scoring.matrix.T)


# match, mismatch, cost of a gap's first letter, of each further one
BASE_COSTS = [
    (2, -3, 5, 2), (1, -1, 1, 1), (2, -3, 3, 3), (5, -4, 8, 6), (3, 0, 4, 1), (1, 0, 1, 1),
    (1, -4, 127, 1), (2, -127, 127, 127), (127, -127, 127, 1), (127, 0, 127, 127),
    (127, -127, 1, 1), (3, -2, 127, 127), (30, -20, 40, 5),
]  # fmt: skip


def base_scorings() -> list[NamedScoring]:
    """Of bases and unknown ones."""
    return [
        NamedScoring("/".join(map(str, costs)), dna_scoring(*costs), is_dna=True)
        for costs in BASE_COSTS
    ]


def parasail_matrix(name: str) -> np.ndarray:
    """One of parasail's own protein matrices."""
    scores = getattr(parasail, name).matrix
    return np.array(scores[:PROTEIN_LETTERS, :PROTEIN_LETTERS], dtype=np.int16)


def protein_scorings() -> list[NamedScoring]:
    """Of amino acids."""
    costs = [
        ("blosum62", 11, 1),
        ("blosum62", 12, 2),
        ("blosum45", 15, 15),
        ("pam250", 127, 1),
        ("pam30", 10, 10),
        ("blosum90", 1, 1),
    ]
    return [
        NamedScoring(f"{name} {first}/{more}", Scoring(parasail_matrix(name), first, more))
        for name, first, more in costs
    ]


def odd_scorings() -> list[NamedScoring]:
    """Of any letters."""
    rng = np.random.default_rng(62)
    asymmetric = rng.integers(-9, 8, (26, 26))  # Opal takes no more letters
    wide = rng.integers(-127, 128, (20, 20))
    negative_rows = rng.integers(-5, 6, (12, 12))
    negative_rows[::3] = -rng.integers(1, 9, (4, 12))
    positive = rng.integers(1, 5, (4, 4))
    one_match = np.full((6, 6), -127)
    one_match[2, 4] = 127
    five = np.where(np.eye(5, dtype=bool), 2, -3)
    matrices = {
        "asymmetric": (asymmetric, 7, 2),
        "wide": (wide, 127, 127),
        "wide, cheap gaps": (wide, 1, 1),
        "negative rows": (negative_rows, 3, 1),
        "only positive": (positive, 4, 4),
        "one letter": (np.array([[1]]), 1, 1),
        "one letter, 127": (np.array([[127]]), 127, 3),
        "one match": (one_match, 127, 1),
        "five letters": (five, 5, 2),
        "zero but one": (np.diag([0, 0, 3]), 2, 1),
    }
    return [
        NamedScoring(name, Scoring(matrix.astype(np.int16), first, more))
        for name, (matrix, first, more) in matrices.items()
    ]
