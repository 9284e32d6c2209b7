"""Scores of all queries with all targets against those of pairs, for all assignments to lanes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readkin.kernels.sequences.sequences import Sequences
from readkin.kernels.simd.vectors import VECTOR_BYTES
from readkin.kernels.smith_waterman import targets as target_kernels
from readkin.kernels.smith_waterman.alignment import (
    Pairs,
    Scoring,
    dna_scoring,
    score_all,
    score_all_against_all,
    score_pairs,
)
from verification.scorings import base_scorings, odd_scorings, protein_scorings

DEFAULT = dna_scoring(2, -3, 5, 2)
LANES = VECTOR_BYTES
ALL_SCORINGS = [*base_scorings(), *protein_scorings()[::2], *odd_scorings()]


def by_pairs(queries, targets, scoring):
    """Return the scores, computed pair by pair."""
    shape = queries.offsets.size - 1, targets.offsets.size - 1
    query, target = np.indices(shape).reshape(2, -1).astype(np.int64)
    return score_pairs(Pairs.of(queries, targets, query, target), scoring).reshape(shape)


def relatives(lengths, residues=4, seed=1):
    """Return segments of one random sequence; the scores of long ones exceed 8 bits."""
    rng = np.random.default_rng(seed)
    source = rng.integers(0, residues, 900)
    starts = rng.integers(0, 60, len(lengths))
    return Sequences.of(
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


@pytest.mark.parametrize("block_residues", [1 << 24, 5000, 700])
@pytest.mark.parametrize("name", LENGTHS)
def test_any_lengths_in_any_blocks(monkeypatch, name, block_residues):
    monkeypatch.setattr(target_kernels, "BLOCK_RESIDUES", block_residues)
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
    queries, targets = Sequences.of(lists_a), Sequences.of(lists_b)
    expected = by_pairs(queries, targets, DEFAULT)
    np.testing.assert_array_equal(score_all(queries, targets, DEFAULT), expected)
    np.testing.assert_array_equal(score_all(targets, queries, DEFAULT), expected.T)


@pytest.mark.parametrize("block_residues", [1 << 24, 300])
def test_two_reads_whose_score_exceeds_8_bits(monkeypatch, block_residues):
    """This is the smallest case of a mirrored score that has to be computed again."""
    monkeypatch.setattr(target_kernels, "BLOCK_RESIDUES", block_residues)
    scores = score_all_against_all(Sequences.of([[0] * 300, [0] * 301]), DEFAULT)
    assert scores.tolist() == [[600, 600], [600, 602]]


@pytest.mark.parametrize("costs", [(1, -1, 2, 1), (127, -127, 127, 127), (85, -3, 127, 1)])
def test_scores_about_the_highest_of_8_bits(costs):
    rng = np.random.default_rng(7)
    read = rng.integers(0, 4, 300)
    ends = [1, 2, 3, 4, *range(195, 215), *range(245, 262)]
    targets = Sequences.of([*(read[:end] for end in ends), read[5:], np.delete(read, 128)])
    queries, scoring = Sequences.of([read, read[::-1]]), dna_scoring(*costs)
    expected = by_pairs(queries, targets, scoring)
    assert (expected[0, : len(ends)] == costs[0] * np.array(ends)).all()
    np.testing.assert_array_equal(score_all(queries, targets, scoring), expected)


def test_a_target_does_not_depend_on_the_previous_one_in_its_lane():
    """Otherwise the scores of consecutive targets, which are segments of a read, would add up."""
    read = np.random.default_rng(6).integers(0, 4, 60)
    segments = [read[start : start + 6] for start in range(0, 60, 6)] * (2 * LANES)
    scores = score_all(Sequences.of([read]), Sequences.of(segments), DEFAULT)
    assert (scores == 12).all()


def test_all_against_all_needs_a_symmetric_matrix():
    scoring = Scoring(np.array([[2, 1], [-1, 2]], np.int16), 3, 1)
    sequences = Sequences.of([[0, 1], [1, 0]])
    with pytest.raises(ValueError, match="must not depend on their order"):
        score_all_against_all(sequences, scoring)
    assert score_all(Sequences.of([[0]]), Sequences.of([[1]]), scoring).tolist() == [[1]]


@pytest.mark.parametrize("offsets", [[0, 3, 2], [0, 2, 9], [-1, 2, 4]])
def test_offsets_out_of_range_are_refused(offsets):
    good = Sequences.of([[0, 1], [1, 0]])
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
        ({"offsets": np.zeros(0, np.int64)}, "one more"),
    ],
)
def test_other_arrays_are_refused(change, message):
    good = Sequences.of([[0, 1], [1, 0]])
    for queries, targets in ((good, good._replace(**change)), (good._replace(**change), good)):
        with pytest.raises(ValueError, match=message):
            score_all(queries, targets, DEFAULT)
