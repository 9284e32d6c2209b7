"""Scores of residue pairs and costs of gaps, and their representation in the kernels."""

from typing import NamedTuple

import numpy as np

from readkin.kernels.sequences.sequences import UNKNOWN_BASE
from readkin.kernels.smith_waterman.wavefront import Costs

HIGHEST_COST = 127  # largest absolute value of scores and costs
CODES = 32  # number of lane codes
FILLER = CODES - 1  # lane code of positions beyond a sequence


class Scoring(NamedTuple):
    """Scores of residue pairs and costs of gaps.

    Attributes:
        matrix: int16 (residues, residues), up to 31 residues; score of a residue of a (row) paired
            with one of b (column).
        gap_open: cost of the first residue of a gap.
        gap_extend: cost of each further residue.
    """

    matrix: np.ndarray
    gap_open: int
    gap_extend: int


class Alphabet(NamedTuple):
    """Lane codes of residues, and their scores.

    Attributes:
        codes: uint8 (3, CODES), lane codes of the residues of a, of b, and of b as complement.
        scores: int16 (CODES, CODES), score of a lane code of a with one of b.
        residues: residue codes are below this number; 256 for bases, as all codes are allowed.
        costs: costs of gaps and range of the scores.
        match: score of two equal lane codes, if `is_by_equality`.
        mismatch: score of two unequal lane codes, if `is_by_equality`.
        is_by_equality: whether all scores are either `match` or `mismatch`, as those of bases.
    """

    codes: np.ndarray
    scores: np.ndarray
    residues: int
    costs: Costs
    match: int
    mismatch: int
    is_by_equality: bool


def dna_scoring(match: int, mismatch: int, gap_open: int, gap_extend: int) -> Scoring:
    """Return the scoring of DNA with base codes 0 to 4.

    The unknown base 4 matches no base, not even another unknown one.

    Args:
        match: score of two equal bases, 1 to 127.
        mismatch: score of two unequal bases, -127 to 0.
        gap_open: cost of the first base of a gap, 1 to 127.
        gap_extend: cost of each further base, 1 to ``gap_open``.

    Raises:
        ValueError: if a number is out of range.

    >>> dna_scoring(2, -3, 5, 2).matrix
    array([[ 2, -3, -3, -3, -3],
           [-3,  2, -3, -3, -3],
           [-3, -3,  2, -3, -3],
           [-3, -3, -3,  2, -3],
           [-3, -3, -3, -3, -3]], dtype=int16)
    """
    ranges = {
        "match": (match, 1, HIGHEST_COST),
        "mismatch": (mismatch, -HIGHEST_COST, 0),
        "gap_open": (gap_open, 1, HIGHEST_COST),
        "gap_extend": (gap_extend, 1, gap_open),
    }
    for name, (value, lowest, highest) in ranges.items():
        if not lowest <= value <= highest:
            raise ValueError(f"{name}: found {value}, expected {lowest} to {highest}")
    return Scoring(_dna_matrix(match, mismatch), gap_open, gap_extend)


def _dna_matrix(match: int, mismatch: int) -> np.ndarray:
    matrix = np.full((UNKNOWN_BASE + 1, UNKNOWN_BASE + 1), mismatch, np.int16)
    np.fill_diagonal(matrix[:UNKNOWN_BASE, :UNKNOWN_BASE], match)
    return matrix


def alphabet_of(scoring: Scoring) -> Alphabet:
    """Return lane codes and scores of a scoring.

    Raises:
        ValueError: if the matrix or the costs are out of range.
    """
    matrix = np.asarray(scoring.matrix)
    residues = matrix.shape[0]
    if matrix.ndim != 2 or residues != matrix.shape[1] or not 0 < residues < CODES:
        raise ValueError(f"matrix: found shape {matrix.shape}, expected a square of 1 to 31")
    lowest, highest = int(matrix.min()), int(matrix.max())
    if not (lowest >= -HIGHEST_COST and 0 < highest <= HIGHEST_COST):
        raise ValueError(
            f"matrix: found scores {lowest} to {highest}, expected -127 to 127, some > 0"
        )
    if not 1 <= scoring.gap_extend <= scoring.gap_open <= HIGHEST_COST:
        found = f"{scoring.gap_open} and {scoring.gap_extend}"
        raise ValueError(f"gap costs: found {found}, expected 127 >= gap_open >= gap_extend >= 1")
    scores = np.full((CODES, CODES), lowest, np.int16)
    scores[:residues, :residues] = matrix
    costs = Costs(scoring.gap_open, scoring.gap_extend, min(lowest, 0), highest)
    codes = np.tile(np.arange(CODES, dtype=np.uint8), (3, 1))
    codes[:, residues:] = FILLER
    match, mismatch = int(matrix[0, 0]), int(matrix[0, -1])
    is_dna = match > 0 >= mismatch and np.array_equal(matrix, _dna_matrix(match, mismatch))
    if is_dna:
        # Unknown bases and fillers get lane codes that no base of the other sequence has.
        codes[0, UNKNOWN_BASE:], codes[1:, UNKNOWN_BASE:] = UNKNOWN_BASE, UNKNOWN_BASE + 1
        codes[2, :UNKNOWN_BASE] = np.arange(UNKNOWN_BASE)[::-1]
        scores[:] = mismatch
        np.fill_diagonal(scores[:UNKNOWN_BASE, :UNKNOWN_BASE], match)
    return Alphabet(
        codes=codes,
        scores=scores,
        residues=2**8 if is_dna else residues,
        costs=costs,
        match=match if is_dna else 0,
        mismatch=mismatch if is_dna else 0,
        is_by_equality=is_dna,
    )
