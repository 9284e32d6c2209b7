"""Compare the scoring of pairs with a slow reference implementation."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.pairs import scoring
from benchmarks.pairs.scoring import Score, distinct, expanded, score
from readkin.kernels.statistics.kin_truth import Origins

CIRCLE = 700


def origins_of(starts, length, circle):
    starts = np.array(starts, np.int64)
    n = len(starts)
    return Origins(np.zeros(n, np.int32), starts, starts + length, np.full(n, circle, np.int64))


def slow_overlap(a, b, length, circle):
    """Return the number of positions that both reads cover."""

    def covered(start):
        return {(start + i) % (circle or 10**9) for i in range(length)}

    return len(covered(a) & covered(b))


def slow_score(starts, length, circle, pairs, original):
    n = len(starts)
    kept = {frozenset((original[a], original[b])) for a, b in pairs}
    kept_pairs = true = true_found = right = 0
    for a, b in combinations(range(n), 2):
        overlap = slow_overlap(starts[a], starts[b], length, circle)
        both = frozenset((original[a], original[b]))
        is_kept = len(both) == 1 or both in kept
        true += overlap >= 75
        true_found += is_kept and overlap >= 75
        kept_pairs += is_kept
        right += is_kept and overlap >= 20
    rows = len({frozenset(pair) for pair in pairs if pair[0] != pair[1]})
    return Score(true=true, true_found=true_found, kept=kept_pairs, right=right, rows=rows)


@given(st.data())
@pytest.mark.parametrize("block", [1, 7, scoring.BLOCK])
@pytest.mark.parametrize("circle", [0, CIRCLE])
def test_score_equals_that_of_the_slow_reference(block, circle, data):
    n = data.draw(st.integers(2, 9))
    starts = data.draw(st.lists(st.integers(0, CIRCLE - 1), min_size=n, max_size=n))
    read = st.integers(0, n - 1)
    pairs = data.draw(st.lists(st.tuples(read, read), max_size=12))
    original = list(range(n))
    for i in range(n):  # the original of a duplicate is an earlier read
        chosen = data.draw(st.integers(0, i))
        original[i] = original[chosen]
    columns = np.array(pairs, np.int64).reshape(-1, 2).T
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring, "BLOCK", block)
        found = score(origins_of(starts, 100, circle), (columns[0], columns[1]), np.array(original))
    assert found == slow_score(starts, 100, circle, pairs, original)


def test_without_duplicates_pairs_are_taken_as_they_are():
    origins = origins_of([0, 10, 20, 500], 100, 0)
    pairs = np.array([1, 0, 1, 3, 2]), np.array([0, 1, 1, 0, 0])  # twice 0-1, once 1-1
    found = score(origins, pairs)
    assert found == Score(true=3, true_found=2, kept=3, right=2, rows=3)
    assert (found.recall, found.precision) == (2 / 3, 2 / 3)
    assert found == score(origins, pairs, np.arange(4))


def test_distinct_pairs_are_in_order_and_once():
    a, b = distinct(np.array([5, 2, 2, 9, 4, 2]), np.array([1, 3, 3, 9, 0, 3]))
    assert list(zip(a.tolist(), b.tolist(), strict=True)) == [(0, 4), (1, 5), (2, 3)]


def test_expanded_blocks_are_bounded(monkeypatch):
    monkeypatch.setattr(scoring, "BLOCK", 50)
    original = np.zeros(60, np.int64)
    blocks = list(expanded((np.empty(0, np.int64), np.empty(0, np.int64)), original))
    assert sum(len(a) for a, _ in blocks) == 60 * 59 // 2
    assert max(len(a) for a, _ in blocks) <= 60
    a, b = (np.concatenate(column) for column in zip(*blocks, strict=True))
    assert len(distinct(a, b)[0]) == 60 * 59 // 2
