"""Lists of best hits equal a sort, for any order in which hits are entered."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.best_hits import (
    TargetSegments,
    enter_all_scores,
    enter_best,
    enter_scores,
    no_hits,
)

# query, target, first residue of the segment, is_reverse, score; few values, to have ties
HITS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 4),
        st.integers(0, 3),
        st.integers(0, 1),
        st.integers(0, 5),
    ),
    max_size=30,
)
MOST = st.integers(1, 4)


def expected(hits, most):
    """Return the best segments of the best targets: [(score, target, first, strand)] per query."""
    lists = []
    for query in range(3):
        own = sorted(
            (-score, target, is_reverse, first)
            for number, target, first, is_reverse, score in hits
            if number == query and score > 0
        )
        best = {}
        for score, target, is_reverse, first in own:
            best.setdefault(target, (-score, target, first, is_reverse))
        lists.append(list(best.values())[:most])
    return lists


def entered(hits, most):
    best = no_hits(3, most)
    columns = np.array(hits, np.int64).reshape(-1, 5).T.copy()
    query, target, first, is_reverse, score = columns
    segments = TargetSegments(target, first, first + 10)
    enter_scores(best, query, segments, is_reverse.astype(np.uint8), score.astype(np.int32))
    return best


def lists_of(best):
    return [
        [
            (
                int(best.score[query, i]),
                int(best.target[query, i]),
                int(best.first[query, i]),
                int(best.is_reverse[query, i]),
            )
            for i in range(best.score.shape[1])
            if best.score[query, i]
        ]
        for query in range(3)
    ]


@given(HITS, MOST, st.randoms(use_true_random=False))
def test_equal_a_sort_in_any_order(hits, most, random):
    assert lists_of(entered(hits, most)) == expected(hits, most)
    random.shuffle(hits)
    best = entered(hits, most)
    assert lists_of(best) == expected(hits, most)
    is_hit = best.score > 0
    assert (best.end[is_hit] == best.first[is_hit] + 10).all()


@given(HITS, MOST, st.integers(0, 30))
def test_lists_of_ranks_merge_to_those_of_one_rank(hits, most, cut):
    best, others = entered(hits[:cut], most), entered(hits[cut:], most)
    enter_best(best, 0, others)
    assert lists_of(best) == expected(hits, most)


@given(st.integers(0, 2**32), MOST, st.booleans())
def test_a_matrix_of_scores_is_entered_like_its_elements(seed, most, has_both_strands):
    random = np.random.default_rng(seed)
    target = np.sort(random.integers(0, 4, 9))
    segments = TargetSegments(target, np.arange(9), np.arange(10, 19))
    queries = np.array([2, 0])
    scores = random.integers(0, 5, (2 * (1 + has_both_strands), 9)).astype(np.int32)
    best = no_hits(3, most)
    enter_all_scores(best, queries, segments, scores)
    hits = [
        (queries[row % 2], target[segment], segment, row // 2, scores[row, segment])
        for row in range(len(scores))
        for segment in range(9)
    ]
    assert lists_of(best) == expected(hits, most)
