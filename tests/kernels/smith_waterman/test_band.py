"""Scores within a band: which alignments are considered, and which scores are proven."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readkin.kernels.smith_waterman.alignment import (
    NO_DIAGONAL,
    Scoring,
    align_pairs,
    dna_scoring,
    score_in_band,
    score_pairs,
)
from readkin.kernels.smith_waterman.band import highest_outside, range_above
from readkin.kernels.smith_waterman.passes import score_waiting
from readkin.kernels.smith_waterman.scoring import alphabet_of
from readkin.kernels.smith_waterman.targets import TOO_HIGH
from support import naive_smith_waterman as naive
from support.sequence_pairs import pairs_of
from verification.checks import WIDER
from verification.families import FAMILIES, make_pairs
from verification.scorings import base_scorings, odd_scorings, protein_scorings

DEFAULT = dna_scoring(2, -3, 5, 2)
RESIDUES = Scoring(np.where(np.eye(6, dtype=bool), 2, -3).astype(np.int16), 5, 2)
FAMILY = {family.name: family for family in FAMILIES}


@pytest.mark.parametrize("scoring", [DEFAULT, RESIDUES], ids=["bases", "residues"])
@pytest.mark.parametrize("half_width", [0, 1, 5, 16])
def test_every_diagonal_of_the_band_is_considered_completely(scoring, half_width):
    """Equal reads have any diagonal of the band, including its edges."""
    for length in (1, 6, 7, 13, 40):
        for n_bases in (4, 1):  # a homopolymer scores nearly as much one diagonal further
            read = np.random.default_rng(length).integers(0, n_bases, length)
            shifts = np.arange(-half_width, half_width + 1)
            pairs = pairs_of([read] * shifts.size, [read] * shifts.size, 0, shifts)
            scores, _ = score_in_band(pairs, scoring, half_width)
            assert scores.tolist() == [2 * length] * shifts.size, (length, n_bases)


def test_the_best_alignment_at_the_edge_of_the_first_band():
    """On the next diagonal outside the band, one residue less matches."""
    pairs = pairs_of([[0] * 20] * 2, [[0] * 20 + [1] * 16, [1] * 16 + [0] * 20], 0, [-16, 0])
    for scoring in (DEFAULT, RESIDUES):
        assert align_pairs(pairs, scoring).score.tolist() == [40, 40]


@pytest.mark.parametrize("half_width", [0, 1, 2, 5, 16, 40])
@pytest.mark.parametrize(
    "named",
    [*base_scorings()[::2], *protein_scorings()[::2], *odd_scorings()],
    ids=lambda named: named.name,
)
def test_scores_grow_with_the_band_up_to_that_of_the_matrix(named, half_width):
    for name in ("overlapping", "repetitive", "empty and tiny"):
        pairs = make_pairs(FAMILY[name], named, 64, [half_width])
        scores = score_pairs(pairs, named.scoring)
        narrow, is_proven = score_in_band(pairs, named.scoring, half_width)
        wide, _ = score_in_band(pairs, named.scoring, half_width + WIDER)
        assert (narrow >= 0).all()
        assert (narrow <= wide).all()
        assert (wide <= scores).all()
        np.testing.assert_array_equal(narrow[is_proven], scores[is_proven])


few_bases = st.lists(st.integers(0, 2), max_size=25)
costs = st.sampled_from(
    [DEFAULT, RESIDUES, dna_scoring(1, 0, 1, 1), dna_scoring(1, -3, 9, 1), dna_scoring(3, -1, 2, 1)]
)


@settings(max_examples=150)
@given(few_bases, few_bases, st.integers(-30, 30), st.integers(0, 8), costs)
def test_a_band_considers_its_cells_and_its_proofs_are_true(a, b, diagonal, half_width, scoring):
    scores, is_proven = score_in_band(pairs_of([a], [b], 0, diagonal), scoring, half_width)
    in_band = naive.in_band(diagonal, half_width)
    highest = naive.naive_score(a, b, scoring)
    assert naive.naive_score(a, b, scoring, False, in_band) <= scores[0] <= highest
    assert scores[0] == highest or not is_proven[0]


@settings(max_examples=100)
@given(few_bases, few_bases, st.integers(-30, 30), st.integers(0, 8), costs)
def test_no_alignment_that_leaves_the_band_scores_above_the_bound(
    a, b, diagonal, half_width, scoring
):
    """Each cell outside the band is tried as part of an alignment."""
    pairs = pairs_of([a], [b], 0, diagonal)
    bound = highest_outside(pairs, half_width, alphabet_of(scoring).costs)[0]
    in_band = naive.in_band(diagonal, half_width)
    forward = naive.naive_matrices(a, b, scoring)[0]
    backward = naive.naive_matrices(a[::-1], b[::-1], scoring)[0]
    matrix = scoring.matrix.tolist()
    for i, residue_a in enumerate(a):
        for j, residue_b in enumerate(b):
            if not in_band(i, j):
                before, after = forward[i][j], backward[len(a) - 1 - i][len(b) - 1 - j]
                assert before + matrix[residue_a][residue_b] + after <= bound


@settings(max_examples=150)
@given(few_bases, few_bases, st.integers(0, 60), costs)
def test_no_alignment_outside_the_range_scores_above_the_given_score(a, b, score, scoring):
    """Each cell outside the range is tried as part of an alignment."""
    pairs = pairs_of([a], [b])
    found = range_above(pairs, np.array([score], np.int32), alphabet_of(scoring).costs)
    forward = naive.naive_matrices(a, b, scoring)[0]
    backward = naive.naive_matrices(a[::-1], b[::-1], scoring)[0]
    matrix = scoring.matrix.tolist()
    for i, residue_a in enumerate(a):
        for j, residue_b in enumerate(b):
            if not found.lowest[0] <= i - j <= found.highest[0]:
                before, after = forward[i][j], backward[len(a) - 1 - i][len(b) - 1 - j]
                assert before + matrix[residue_a][residue_b] + after <= score


@pytest.mark.parametrize(("score", "edge"), [(0, 149), (2, 148), (3, 148), (120, 89), (300, 0)])
def test_the_range_is_as_narrow_as_the_score_allows(score, edge):
    pairs = pairs_of([[0] * 150], [[0] * 150])
    costs_of_bases = alphabet_of(DEFAULT).costs
    found = range_above(pairs, np.array([score], np.int32), costs_of_bases)
    assert (found.lowest.tolist(), found.highest.tolist()) == ([-edge], [edge])


@settings(max_examples=150)
@given(few_bases, few_bases, costs)
def test_scores_along_a_range_of_diagonals_are_those_of_the_matrix_above_the_bound(a, b, scoring):
    """Scores up to the one that limits the range may be too low."""
    pairs = pairs_of([a] * 9, [b] * 9)
    alphabet = alphabet_of(scoring)
    floors = np.arange(0, 36, 4).astype(np.int32)
    scores = np.full(9, TOO_HIGH, np.int32)
    score_waiting(
        pairs, np.arange(9), alphabet, scores, diagonals=range_above(pairs, floors, alphabet.costs)
    )
    # All nine are lanes of one batch, which computes the widest of their ranges: so one by one.
    for lane, floor in enumerate(floors.tolist()):
        alone = np.full(9, TOO_HIGH, np.int32)
        diagonals = range_above(pairs, floors, alphabet.costs)
        score_waiting(pairs, np.array([lane]), alphabet, alone, diagonals=diagonals)
        highest = naive.naive_score(a, b, scoring)
        assert max(alone[lane], floor) == max(highest, floor)
        assert max(scores[lane], floor) == max(highest, floor)


@pytest.mark.parametrize("diagonal", [NO_DIAGONAL, 2**31 - 1, -1000, 1000])
def test_a_band_outside_the_matrix_is_empty(diagonal):
    pairs = pairs_of([[0, 1, 2]], [[0, 1, 2]], 0, diagonal)
    scores, is_proven = score_in_band(pairs, DEFAULT, 16)
    assert scores.tolist() == [0]
    assert not is_proven[0]
    assert align_pairs(pairs, DEFAULT).score.tolist() == [6]


def test_a_band_as_wide_as_the_matrix_contains_everything():
    pairs = make_pairs(FAMILY["mutated"], base_scorings()[0], 40, [1])
    pairs = pairs._replace(diagonal=np.zeros_like(pairs.diagonal))
    scores, is_proven = score_in_band(pairs, DEFAULT, 300)
    assert is_proven.all()
    np.testing.assert_array_equal(scores, score_pairs(pairs, DEFAULT))


def test_scores_of_overlapping_reads_are_proven():
    """Otherwise the band would be useless."""
    rng = np.random.default_rng(8)
    source = rng.integers(0, 4, 400)
    reads_a, reads_b = ([source[s : s + 150] for s in rng.integers(0, 5, 50)] for _ in range(2))
    pairs = pairs_of(reads_a, reads_b, 0, 0)
    scores, is_proven = score_in_band(pairs, DEFAULT, 16)
    assert is_proven.all()
    np.testing.assert_array_equal(scores, score_pairs(pairs, DEFAULT))


@pytest.mark.parametrize("half_width", [-1, -2, -100])
def test_a_band_has_a_width(half_width):
    with pytest.raises(ValueError, match="half_width"):
        score_in_band(pairs_of([[0]], [[0]], 0, 0), DEFAULT, half_width)
