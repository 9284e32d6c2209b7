"""The frame of the recurrence: which scores a dtype can represent without wrapping around."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readkin.kernels.sequences.sequences import Sequences
from readkin.kernels.smith_waterman.alignment import (
    Scoring,
    align_pairs,
    dna_scoring,
    score_all,
    score_pairs,
)
from readkin.kernels.smith_waterman.scoring import alphabet_of
from readkin.kernels.smith_waterman.wavefront import Costs, filler_score, make_frame
from support.sequence_pairs import pairs_of

cost = st.integers(1, 127)


@settings(max_examples=300)
@given(cost, cost, st.integers(-127, 0), cost, st.sampled_from([np.uint8, np.uint16, np.uint32]))
def test_no_exact_score_wraps_around(one, other, lowest, highest, dtype):
    """If a frame can be used, all stored numbers are within the range of the dtype."""
    costs = Costs(max(one, other), min(one, other), lowest, highest)
    frame = make_frame(costs, dtype)
    if frame.limit <= 0:
        assert dtype == np.uint8
        return
    zeros = np.unique(frame.zeros.astype(np.int64))
    after_a_pair = frame.limit - 1 + zeros.max() + highest + 2 * costs.gap_extend
    assert after_a_pair <= np.iinfo(dtype).max
    assert zeros.min() - costs.gap_extend - frame.opening >= 0  # opening a gap
    assert zeros.min() - 2 * costs.gap_extend + lowest + 2 * costs.gap_extend >= 0
    assert zeros.min() - 2 * costs.gap_extend + filler_score(frame) <= zeros.min()
    assert np.array_equal(np.diff(zeros), np.full(zeros.size - 1, costs.gap_extend))


SCORINGS = [
    dna_scoring(1, -1, 1, 1), dna_scoring(1, -1, 2, 1), dna_scoring(2, -3, 5, 2),
    dna_scoring(5, -4, 8, 6), dna_scoring(127, -127, 127, 1), dna_scoring(64, -3, 127, 127),
    dna_scoring(30, 0, 2, 2), Scoring(np.diag([3, 5, 7]).astype(np.int16) - 1, 9, 3),
    Scoring(np.where(np.eye(6), 101, -127).astype(np.int16), 127, 127),
]  # fmt: skip


@pytest.mark.parametrize("scoring", SCORINGS, ids=lambda scoring: f"{scoring.matrix.max()}")
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_equal_sequences_of_all_lengths_around_the_limit(scoring, dtype):
    """Scores are just below the largest representable score, equal to it, and above."""
    best = int(scoring.matrix.diagonal().argmax())
    match = int(scoring.matrix[best, best])
    limit = make_frame(alphabet_of(scoring).costs, dtype).limit
    middle = limit // match
    if middle > 3000:
        pytest.skip("takes too long; other scorings reach the limit")
    lengths = [*range(max(1, middle - 2), max(1, middle) + 4)]
    reads = [np.full(length, best) for length in lengths]
    longest = [np.full(lengths[-1] + 1, best)] * len(reads)
    expected = [length * match for length in lengths]
    for diagonal in (0, -(2**31)):
        pairs = pairs_of(reads, longest, 0, diagonal)
        assert score_pairs(pairs, scoring).tolist() == expected
        found = align_pairs(pairs, scoring)
        assert found.score.tolist() == expected
        assert found.matches.tolist() == lengths
    both = score_all(Sequences.of(longest[:1]), Sequences.of(reads), scoring)
    assert both.tolist() == [expected]


def test_every_score_around_the_limit_of_8_bits_with_a_match_of_1():
    """A lane that wraps around must not change the scores of the other lanes."""
    scoring = dna_scoring(1, -2, 3, 1)
    source = np.random.default_rng(10).integers(0, 4, 300)
    lengths = np.arange(1, 300)
    pairs = pairs_of([source] * lengths.size, [source[:length] for length in lengths])
    np.testing.assert_array_equal(score_pairs(pairs, scoring), lengths)
    np.testing.assert_array_equal(align_pairs(pairs, scoring).score, lengths)
    targets = Sequences.of([source[:length] for length in lengths])
    assert score_all(Sequences.of([source]), targets, scoring).tolist() == [lengths.tolist()]
