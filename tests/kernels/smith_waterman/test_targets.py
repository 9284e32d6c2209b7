"""Scores of all with all against those of pairs, however the targets are laid out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readkin.kernels.simd.vectors import VECTOR_BYTES
from readkin.kernels.smith_waterman import targets as smith_waterman_targets
from readkin.kernels.smith_waterman.alignment import (
    NO_DIAGONAL,
    Pairs,
    Scoring,
    dna_scoring,
    score_all,
    score_all_against_all,
    score_pairs,
)
from support.sequence_pairs import sequences_of
from verification.scorings import base_scorings, odd_scorings, protein_scorings

DEFAULT = dna_scoring(2, -3, 5, 2)
LANES = VECTOR_BYTES
ALL_SCORINGS = [*base_scorings(), *protein_scorings()[::2], *odd_scorings()]


def by_pairs(queries, targets, scoring):
    """The same scores, a pair at a time."""
    shape = queries.offsets.size - 1, targets.offsets.size - 1
    query, target = np.indices(shape).reshape(2, -1).astype(np.int64)
    flags, anywhere = np.zeros(query.size, np.uint8), np.full(query.size, NO_DIAGONAL, np.int32)
    pairs = Pairs(queries, targets, query, target, flags, anywhere)
    return score_pairs(pairs, scoring).reshape(shape)


def relatives(lengths, letters=4, seed=1):
    """Pieces of one random sequence, so that long ones score more than 8 bits hold."""
    rng = np.random.default_rng(seed)
    source = rng.integers(0, letters, 900)
    starts = rng.integers(0, 60, len(lengths))
    return sequences_of(
        [source[start : start + length] for start, length in zip(starts, lengths, strict=True)]
    )


LENGTHS = {
    "none": [],
    "one": [40],
    "empty ones": [0, 30, 0, 0, 200, 0],
    "only empty": [0] * 5,
    "one a lane": [*range(1, LANES + 1)],
    "one more than lanes": [50] * LANES + [90],
    "rounds, short ones first": [150] * 2 + [306] * LANES,
    "rounds, long ones first": [306] * LANES + [150] * 2,
    "full rounds": [150] * LANES + [306] * LANES + [12] * LANES,
    "very uneven": [800, *[7] * 100, 640, *[60] * 40],
    "mixed": np.random.default_rng(2).integers(0, 400, 150).tolist(),
    "multiples of a strip": [6, 12, 18, 300, 306, 312] * 12,
}


@pytest.mark.parametrize("block_letters", [1 << 24, 5000, 700])
@pytest.mark.parametrize("name", LENGTHS)
def test_any_lengths_in_any_blocks(monkeypatch, name, block_letters):
    monkeypatch.setattr(smith_waterman_targets, "BLOCK_LETTERS", block_letters)
    sequences = relatives(LENGTHS[name])
    queries = relatives([0, 1, 35, 90, 330], seed=3)
    expected = by_pairs(sequences, sequences, DEFAULT)
    np.testing.assert_array_equal(score_all(sequences, sequences, DEFAULT), expected)
    np.testing.assert_array_equal(score_all_against_all(sequences, DEFAULT), expected)
    for one, other in ((queries, sequences), (sequences, queries)):
        np.testing.assert_array_equal(score_all(one, other, DEFAULT), by_pairs(one, other, DEFAULT))


@pytest.mark.parametrize("named", ALL_SCORINGS, ids=lambda named: named.name)
def test_any_scoring(named):
    lengths = [*np.random.default_rng(4).integers(0, 150, LANES + 9).tolist(), 400]
    sequences = relatives(lengths, len(named.scoring.matrix))
    expected = by_pairs(sequences, sequences, named.scoring)
    np.testing.assert_array_equal(score_all(sequences, sequences, named.scoring), expected)
    if named.is_symmetric:
        np.testing.assert_array_equal(score_all_against_all(sequences, named.scoring), expected)


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.integers(0, 4), max_size=40), max_size=8),
    st.lists(st.lists(st.integers(0, 4), max_size=40), max_size=8),
)
def test_any_sequences(lists_a, lists_b):
    queries, targets = sequences_of(lists_a), sequences_of(lists_b)
    expected = by_pairs(queries, targets, DEFAULT)
    np.testing.assert_array_equal(score_all(queries, targets, DEFAULT), expected)
    np.testing.assert_array_equal(score_all(targets, queries, DEFAULT), expected.T)


@pytest.mark.parametrize("block_letters", [1 << 24, 300])
def test_two_reads_that_score_more_than_8_bits(monkeypatch, block_letters):
    """The smallest case of a mirrored score that has to be computed again."""
    monkeypatch.setattr(smith_waterman_targets, "BLOCK_LETTERS", block_letters)
    scores = score_all_against_all(sequences_of([[0] * 300, [0] * 301]), DEFAULT)
    assert scores.tolist() == [[600, 600], [600, 602]]


def test_a_target_does_not_see_the_one_before_it_in_its_lane():
    """Equal parts of a read in targets that follow each other would otherwise add up."""
    read = np.random.default_rng(6).integers(0, 4, 60)
    parts = [read[start : start + 6] for start in range(0, 60, 6)] * (2 * LANES)
    scores = score_all(sequences_of([read]), sequences_of(parts), DEFAULT)
    assert (scores == 12).all()


def test_a_matrix_that_is_not_symmetric_cannot_be_halved():
    scoring = Scoring(np.array([[2, 1], [-1, 2]], np.int16), 3, 1)
    sequences = sequences_of([[0, 1], [1, 0]])
    with pytest.raises(ValueError, match="must not depend on their order"):
        score_all_against_all(sequences, scoring)
    assert score_all(sequences_of([[0]]), sequences_of([[1]]), scoring).tolist() == [[1]]


@pytest.mark.parametrize("offsets", [[0, 3, 2], [0, 2, 9], [-1, 2, 4]])
def test_offsets_out_of_range_are_refused(offsets):
    good = sequences_of([[0, 1], [1, 0]])
    wrong = good._replace(offsets=np.array(offsets))
    for queries, targets in ((good, wrong), (wrong, good)):
        with pytest.raises(ValueError, match="offsets"):
            score_all(queries, targets, DEFAULT)
    with pytest.raises(ValueError, match="offsets"):
        score_all_against_all(wrong, DEFAULT)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"codes": np.zeros(4)}, "uint8"),
        ({"codes": np.zeros((2, 2), np.uint8)}, "uint8"),
        ({"offsets": np.array([0, 2, 4], np.int32)}, "int64"),
        ({"offsets": np.zeros(0, np.int64)}, "one longer"),
    ],
)
def test_other_arrays_are_refused(change, message):
    good = sequences_of([[0, 1], [1, 0]])
    for queries, targets in ((good, good._replace(**change)), (good._replace(**change), good)):
        with pytest.raises(ValueError, match=message):
            score_all(queries, targets, DEFAULT)
