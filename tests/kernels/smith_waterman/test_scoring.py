"""Scorings that are accepted, and error messages of those that are not."""

import numpy as np
import pytest

from readkin.kernels.sequences.sequences import Sequences
from readkin.kernels.smith_waterman.alignment import Scoring, dna_scoring, score_all, score_pairs
from support.sequence_pairs import pairs_of


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((0, -3, 5, 2), "match: found 0, expected 1 to 127"),
        ((128, -3, 5, 2), "match: found 128, expected 1 to 127"),
        ((2, 1, 5, 2), "mismatch: found 1, expected -127 to 0"),
        ((2, -128, 5, 2), "mismatch: found -128, expected -127 to 0"),
        ((2, -3, 0, 0), "gap_open: found 0, expected 1 to 127"),
        ((2, -3, 128, 2), "gap_open: found 128, expected 1 to 127"),
        ((2, -3, 2, 5), "gap_extend: found 5, expected 1 to 2"),
        ((2, -3, 5, 0), "gap_extend: found 0, expected 1 to 5"),
    ],
)
def test_scorings_of_bases_out_of_range_are_refused(numbers, message):
    with pytest.raises(ValueError, match=message):
        dna_scoring(*numbers)


def test_unknown_bases_match_nothing():
    matrix = dna_scoring(2, -3, 5, 2).matrix
    assert matrix.shape == (5, 5)
    assert np.diag(matrix).tolist() == [2, 2, 2, 2, -3]
    assert (matrix[~np.eye(5, dtype=bool)] == -3).all()


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.zeros((0, 0)), "shape"),
        (np.ones((2, 3)), "shape"),
        (np.ones(4), "shape"),
        (np.ones((32, 32)), "shape"),
        (np.array([[128]]), "128"),
        (np.array([[1, -128], [-128, 1]]), "-128"),
        (np.array([[0, -1], [-1, 0]]), "some > 0"),
        (-np.ones((5, 5)), "some > 0"),
    ],
)
@pytest.mark.parametrize("gaps", [(5, 2)])
def test_matrices_out_of_range_are_refused(matrix, message, gaps):
    scoring = Scoring(matrix.astype(np.int16), *gaps)
    with pytest.raises(ValueError, match=message):
        score_pairs(pairs_of([[0]], [[0]]), scoring)
    with pytest.raises(ValueError, match=message):
        score_all(Sequences.of([[0]]), Sequences.of([[0]]), scoring)


@pytest.mark.parametrize("gaps", [(2, 3), (0, 0), (5, 0), (128, 1), (-1, -1)])
def test_gap_costs_out_of_range_are_refused(gaps):
    with pytest.raises(ValueError, match="gap costs"):
        score_pairs(pairs_of([[0]], [[0]]), Scoring(np.ones((1, 1), np.int16), *gaps))


@pytest.mark.parametrize(("row", "column", "score"), [(0, 0, -1), (0, 0, 0), (0, 4, 3)])
def test_five_residues_need_not_be_bases(row, column, score):
    matrix = np.where(np.eye(5, dtype=bool), 2, -1).astype(np.int16)
    matrix[row, column] = score
    assert score_pairs(pairs_of([[1, 2]], [[1, 2]]), Scoring(matrix, 3, 1)) == 4
    expected = max(score, 0)
    assert score_pairs(pairs_of([[row]], [[column]]), Scoring(matrix, 3, 1)) == expected


def test_the_last_of_five_residues_matches_itself_unless_they_are_bases():
    residues = Scoring(np.where(np.eye(5, dtype=bool), 2, -1).astype(np.int16), 3, 1)
    assert score_pairs(pairs_of([[4, 4]], [[4, 4]]), residues) == 4
    assert score_pairs(pairs_of([[4, 4]], [[4, 4]]), dna_scoring(2, -1, 3, 1)) == 0


def test_31_residues():
    rng = np.random.default_rng(31)
    matrix = rng.integers(-9, 9, (31, 31)).astype(np.int16)
    every = np.indices((31, 31)).reshape(2, -1)
    pairs = pairs_of(every[0][:, None], every[1][:, None])
    scores = score_pairs(pairs, Scoring(matrix, 3, 1))
    np.testing.assert_array_equal(scores.reshape(31, 31), np.maximum(matrix, 0))
    single = Sequences.of(np.arange(31)[:, None])
    np.testing.assert_array_equal(
        score_all(single, single, Scoring(matrix, 3, 1)), np.maximum(matrix, 0)
    )
