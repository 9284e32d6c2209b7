"""Pairs aligned along their shared r-mers: scores, proofs and bounds against the whole matrices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readkin.kernels.smith_waterman.alignment import align_pairs, dna_scoring, score_pairs
from readkin.kernels.smith_waterman.long_bounds import best_r, gain_of_pair
from readkin.kernels.smith_waterman.moving_band import BLOCK_BYTES, WIDTHS
from readkin.kernels.smith_waterman.scoring import alphabet_of
from support import naive_smith_waterman as naive
from support.sequence_pairs import assert_same, pairs_of
from verification.families import FAMILIES, make_pairs, mutate
from verification.rescoring import wrong_alignments
from verification.scorings import NamedScoring, base_scorings

DEFAULT = dna_scoring(2, -3, 5, 2)
NAMED = NamedScoring("default", DEFAULT, True)
COSTS = alphabet_of(DEFAULT).costs
KINDS = [family for family in FAMILIES if family.name != "very long"]  # whole matrices take minutes


def along(pairs, scoring=DEFAULT, min_score=1):
    """Align all pairs along their shared r-mers, however short they are."""
    return align_pairs(pairs, scoring, min_score, whole_cells=0)


def assert_bounded(pairs, named=NAMED):
    """Check scores, bounds and alignments against whole matrices; return which are proven."""
    found, best = along(pairs, named.scoring), score_pairs(pairs, named.scoring)
    assert (found.score <= best).all()
    assert (best <= found.score_bound).all()
    assert not wrong_alignments(found, pairs, named).any()
    return found.score == found.score_bound


def overlapping_reads(rng, length, overlap, rate, count):
    """Return reads of one length, b on either strand, that overlap by about `overlap` bases."""
    reads_a, reads_b, flags = [], [], []
    for _ in range(count):
        genome = rng.integers(0, 4, 2 * length - overlap).astype(np.uint8)
        a = mutate(rng, genome[:length], rate / 2, NAMED)
        b = mutate(rng, genome[-length:], rate / 2, NAMED)
        flags.append(int(rng.integers(0, 2)))
        reads_a.append(a)
        reads_b.append(naive.reverse_complement(b.tolist()) if flags[-1] else b)
    return pairs_of(reads_a, reads_b, flags, length - overlap)


@pytest.mark.parametrize("rate", [0.0, 0.016, 0.05])
@pytest.mark.parametrize("overlap", [300, 1200, 1900])
def test_near_kin_have_the_alignments_of_the_whole_matrices(overlap, rate):
    pairs = overlapping_reads(np.random.default_rng(overlap), 2000, overlap, rate, 12)
    found, whole = along(pairs), align_pairs(pairs, DEFAULT)
    assert_same(found._replace(score_bound=found.score), whole)
    is_proven = found.score == found.score_bound
    assert is_proven.all() if overlap == 1900 else (found.score_bound >= whole.score).all()


def test_many_errors_are_no_hindrance():
    pairs = overlapping_reads(np.random.default_rng(3), 3000, 2500, 0.12, 12)
    assert (along(pairs).score == score_pairs(pairs, DEFAULT)).all()
    assert_bounded(pairs)


def test_a_wrong_or_missing_diagonal_changes_nothing():
    pairs = overlapping_reads(np.random.default_rng(4), 1500, 900, 0.02, 8)
    expected = along(pairs)
    for diagonal in (-(2**31), 2**31 - 1, -1400, 0, 77):
        other = pairs._replace(diagonal=np.full_like(pairs.diagonal, diagonal))
        assert_same(along(other), expected)


@pytest.mark.parametrize("gap", [5, 60, 500])
def test_a_long_gap_is_followed(gap):
    rng = np.random.default_rng(gap)
    a = rng.integers(0, 4, 4000)
    reads = [a, np.delete(a, np.arange(2000, 2000 + gap))]
    pairs = pairs_of(reads, reads[::-1])
    expected = 2 * (4000 - gap) - 5 - 2 * (gap - 1)
    assert along(pairs).score.tolist() == [expected] * 2
    assert assert_bounded(pairs).all()


def test_a_repeat_that_scores_more_is_not_hidden():
    """The best alignment is that of the longer copy, or the result admits that it may be better."""
    rng = np.random.default_rng(8)
    left, right = rng.integers(0, 4, 1000), rng.integers(0, 4, 1000)
    for copy in (700, 950, 1000):
        a = np.concatenate([left, rng.integers(0, 4, 200), right])
        b = np.concatenate([right[:copy], rng.integers(0, 4, 500), left[-800:]])
        pairs = pairs_of([a, b], [b, a])
        assert_bounded(pairs)
        assert along(pairs).score.tolist() == score_pairs(pairs, DEFAULT).tolist()


@pytest.mark.parametrize("named", base_scorings()[:2], ids=lambda named: named.name)
@pytest.mark.parametrize(
    "family", [f for f in FAMILIES if f.most_scorings > 1], ids=lambda f: f.name
)
def test_bounds_hold_for_all_kinds_of_pairs(family, named):
    assert_bounded(make_pairs(family, named, 24, [5]), named)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_bounds_hold_for_related_reads_of_few_letters(data):
    """Repeats of short units, with errors, in both sequences: much may be outside the band."""
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    letters = data.draw(st.integers(1, 4))
    units = [
        rng.integers(0, letters, rng.integers(1, 60)) for _ in range(data.draw(st.integers(1, 3)))
    ]

    def read():
        chosen = data.draw(st.lists(st.integers(0, len(units) - 1), min_size=1, max_size=12))
        rate = data.draw(st.sampled_from([0.0, 0.02, 0.1]))
        return mutate(rng, np.concatenate([units[i] for i in chosen]).astype(np.uint8), rate, NAMED)

    pairs = pairs_of([read(), read()], [read(), read()], [0, 1], data.draw(st.integers(-50, 50)))
    named = data.draw(st.sampled_from(base_scorings()))
    assert_bounded(pairs, named)


def test_homopolymers_have_too_many_shared_r_mers_for_a_proof():
    pairs = pairs_of([[0] * 3000, [0] * 3000], [[0] * 2500, [1] * 2500])
    assert_bounded(pairs)
    assert along(pairs).score.tolist() == [5000, 0]


def test_empty_and_unknown_sequences_have_no_alignment():
    pairs = pairs_of([[], [4] * 50, [0, 1], [4] * 50], [[0, 1], [4] * 50, [], [0] * 50])
    found = along(pairs)
    assert found.score.tolist() == found.alignment_length.tolist() == [0] * 4


def test_pairs_below_the_lowest_score_have_a_score_only():
    pairs = overlapping_reads(np.random.default_rng(5), 500, 300, 0.01, 2)
    found = along(pairs, min_score=10_000)
    assert found.score.tolist() == score_pairs(pairs, DEFAULT).tolist()
    assert found.cigar.size == found.end_a.max() == 0


def test_directions_that_do_not_fit_in_memory_are_filled_again():
    rng = np.random.default_rng(6)
    a = rng.integers(0, 4, 600_000).astype(np.uint8)
    pairs = pairs_of([a], [mutate(rng, a, 0.01, NAMED)])
    assert 2 * a.size * WIDTHS[0] > BLOCK_BYTES
    found = along(pairs)
    assert not wrong_alignments(found, pairs, NAMED).any()
    assert found.score == found.score_bound
    assert found.alignment_length > 0.99 * a.size


def test_only_matrices_above_the_limit_are_aligned_along_r_mers():
    pairs = overlapping_reads(np.random.default_rng(7), 400, 60, 0.0, 3)
    cells = 400 * 400
    assert_same(align_pairs(pairs, DEFAULT, whole_cells=cells), align_pairs(pairs, DEFAULT))
    unproven = align_pairs(pairs, DEFAULT, whole_cells=cells - 1)
    assert (unproven.score_bound > unproven.score).all()


def test_no_part_without_long_runs_scores_more_than_its_bound():
    """The bound of all sequences of runs below r, with the cheapest break after each run."""
    for r in (6, 9, 15):
        gain = gain_of_pair(COSTS, r)
        slack = (COSTS.highest - gain) * (r - 1)
        reached = {0: 0}  # residue pairs: highest score before a run
        for pairs in range(1, 60):
            ways = []
            for run in range(1, r):
                ways += [reached[pairs - run] + 2 * run - 5] if pairs >= run else []
                ways += [reached[pairs - run - 1] + 2 * run - 3] if pairs > run else []
            reached[pairs] = max(ways)
            ends = [reached[pairs - run] + 2 * run for run in range(min(r, pairs + 1))]
            assert max(ends) <= gain * pairs + slack + 1e-9


def test_longer_reads_need_longer_r_mers():
    lengths = (1_000, 10_000, 100_000, 1_000_000)
    chosen = [best_r(COSTS, length, length) for length in lengths]
    assert chosen == sorted(chosen)
    assert len(set(chosen)) == len(lengths)
