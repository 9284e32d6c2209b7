"""Scorings to verify with: common ones, extreme gap costs, unusual matrices."""

from typing import NamedTuple

import numpy as np
import parasail

from readkin.kernels.smith_waterman.alignment import Scoring, dna_scoring

N_RESIDUES = 24  # of parasail's protein matrices: ARNDCQEGHILKMFPSTWYVBZX*


class NamedScoring(NamedTuple):
    """A scoring, its name in the table, and whether its residues are bases."""

    name: str
    scoring: Scoring
    is_dna: bool = False

    @property
    def is_symmetric(self) -> bool:
        """Whether the score of two residues does not depend on their order."""
        return np.array_equal(self.scoring.matrix, self.scoring.matrix.T)


# match, mismatch, cost of a gap's first residue, of each further one
BASE_COSTS = [
    (2, -3, 5, 2), (1, -1, 1, 1), (2, -3, 3, 3), (5, -4, 8, 6), (3, 0, 4, 1), (1, 0, 1, 1),
    (1, -4, 127, 1), (2, -127, 127, 127), (127, -127, 127, 1), (127, 0, 127, 127),
    (127, -127, 1, 1), (3, -2, 127, 127), (30, -20, 40, 5),
]  # fmt: skip


def base_scorings() -> list[NamedScoring]:
    """Return scorings of bases, unknown ones included."""
    return [
        NamedScoring("/".join(map(str, costs)), dna_scoring(*costs), is_dna=True)
        for costs in BASE_COSTS
    ]


def parasail_matrix(name: str) -> np.ndarray:
    """Return one of parasail's protein matrices."""
    scores = getattr(parasail, name).matrix
    return np.array(scores[:N_RESIDUES, :N_RESIDUES], dtype=np.int16)


def protein_scorings() -> list[NamedScoring]:
    """Return scorings of amino acids."""
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
    """Return scorings with unusual matrices, of any alphabet."""
    rng = np.random.default_rng(62)
    asymmetric = rng.integers(-9, 8, (26, 26))  # Opal supports no more residues
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
        "one residue": (np.array([[1]]), 1, 1),
        "one residue, 127": (np.array([[127]]), 127, 3),
        "one match": (one_match, 127, 1),
        "five residues": (five, 5, 2),
        "one above zero": (np.diag([0, 0, 3]), 2, 1),
    }
    return [
        NamedScoring(name, Scoring(matrix.astype(np.int16), first, more))
        for name, (matrix, first, more) in matrices.items()
    ]
