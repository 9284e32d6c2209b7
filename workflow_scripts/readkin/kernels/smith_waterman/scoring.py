"""What letters score over each other and what gaps cost, and how the kernels want to have it."""

from typing import NamedTuple

import numpy as np

from readkin.kernels.smith_waterman.wavefront import Costs

HIGHEST_COST = 127  # of letters and gaps
CODES = 32  # letter codes are below
FILLER = CODES - 1  # the code that fills lanes up
UNKNOWN_BASE = 4


class Scoring(NamedTuple):
    """Scores of letters and costs of gaps.

    matrix: int16 (letters, letters), at most 31 letters; score of a letter of a over one of b.
    """

    matrix: np.ndarray
    gap_open: int
    gap_extend: int


class Alphabet(NamedTuple):
    """How letters are laid out and scored."""

    # uint8 (3, CODES): code in the table of a letter of a, of b, and of b's complement
    codes: np.ndarray
    scores: np.ndarray  # int16 (CODES, CODES): score of a's code over b's
    letters: int  # codes of sequences are below; of bases, all above are unknown ones
    costs: Costs
    match: int  # score of two equal codes
    mismatch: int  # score of two unequal codes
    is_by_equality: bool  # whether match and mismatch are all there is to `scores`


def dna_scoring(match: int, mismatch: int, gap_open: int, gap_extend: int) -> Scoring:
    """Scoring of bases 0-3 = ACGT and 4 = unknown, which matches nothing, not even itself.

    Raises:
        ValueError: if a number is out of range.
    """
    ranges = {
        "match": (match, 1, HIGHEST_COST),
        "mismatch": (mismatch, -HIGHEST_COST, 0),
        "gap_open": (gap_open, 1, HIGHEST_COST),
        "gap_extend": (gap_extend, 1, gap_open),  # a gap dearer than two gaps would not be affine
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
    """How the letters of a scoring are laid out.

    Raises:
        ValueError: if the matrix or the costs are out of range.
    """
    matrix = np.asarray(scoring.matrix)
    letters = matrix.shape[0]
    if matrix.ndim != 2 or letters != matrix.shape[1] or not 0 < letters < CODES:
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
    scores[:letters, :letters] = matrix
    costs = Costs(scoring.gap_open, scoring.gap_extend, min(lowest, 0), highest)
    codes = np.tile(np.arange(CODES, dtype=np.uint8), (3, 1))
    codes[:, letters:] = FILLER
    match, mismatch = int(matrix[0, 0]), int(matrix[0, -1])
    if match > 0 >= mismatch and np.array_equal(matrix, _dna_matrix(match, mismatch)):
        # Unknown bases and fillers get codes that equal none of the other sequence.
        codes[0, UNKNOWN_BASE:], codes[1:, UNKNOWN_BASE:] = UNKNOWN_BASE, UNKNOWN_BASE + 1
        codes[2, :UNKNOWN_BASE] = np.arange(UNKNOWN_BASE)[::-1]
        scores[:] = mismatch
        np.fill_diagonal(scores[:UNKNOWN_BASE, :UNKNOWN_BASE], match)
        return Alphabet(codes, scores, 2**8, costs, match, mismatch, True)
    return Alphabet(codes, scores, letters, costs, 0, 0, False)
