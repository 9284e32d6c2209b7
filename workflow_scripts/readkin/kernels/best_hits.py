"""The best targets of each query: a short list per query into which hits are entered.

Better is the higher score, of equal ones the smaller number of the target. A target stands in a
list once, with its best part: the higher score, then the forward strand, then the part that begins
first. So the lists depend on which hits are entered, never on the order.
"""

from typing import NamedTuple

import numpy as np
from numba import njit


class BestHits(NamedTuple):
    """The best first; (queries, most) each. Score 0: the query has no further hit."""

    score: np.ndarray  # int32
    target: np.ndarray  # int64
    first: np.ndarray  # int64, part of the target that the alignment lies in: its first letter
    end: np.ndarray  # int64, and the one behind its last
    is_reverse: np.ndarray  # uint8, 1: of the target's other strand


class Parts(NamedTuple):
    """Parts of targets; int64 (parts,) each."""

    target: np.ndarray
    first: np.ndarray
    end: np.ndarray


class Hit(NamedTuple):
    """One row of `BestHits`."""

    score: int
    target: int
    first: int
    end: int
    is_reverse: int


def no_hits(queries: int, most: int) -> BestHits:
    """Empty lists for so many queries, of so many hits each."""
    types = np.int32, np.int64, np.int64, np.int64, np.uint8
    return BestHits(*(np.zeros((queries, most), dtype) for dtype in types))


@njit(cache=True, nogil=True)
def enter_all_scores(best: BestHits, queries: np.ndarray, parts: Parts, scores: np.ndarray) -> None:
    """Enter the scores of some queries with all of some parts of targets.

    Args:
        best: of all queries.
        queries: int64 (n,), their numbers.
        parts: of targets.
        scores: int32 (n, parts), or (2 * n, parts): first of all queries as they are, then of all
            on their other strand.
    """
    n_queries = queries.size
    has_both_strands = scores.shape[0] > n_queries
    for row in range(n_queries):
        query = queries[row]
        least = best.score[query, -1]
        for part in range(scores.shape[1]):
            score, is_reverse = scores[row, part], 0
            if has_both_strands and scores[n_queries + row, part] > score:
                score, is_reverse = scores[n_queries + row, part], 1
            if score > 0 and score >= least:
                first, end = parts.first[part], parts.end[part]
                _enter(best, query, Hit(score, parts.target[part], first, end, is_reverse))
                least = best.score[query, -1]


@njit(cache=True, nogil=True)
def enter_scores(
    best: BestHits, queries: np.ndarray, parts: Parts, is_reverse: np.ndarray, scores: np.ndarray
) -> None:
    """Enter pairs of a query (int64) and a part of a target with their scores; (pairs,) each."""
    for pair in range(queries.size):
        first, end = parts.first[pair], parts.end[pair]
        hit = Hit(scores[pair], parts.target[pair], first, end, is_reverse[pair])
        _enter(best, queries[pair], hit)


@njit(cache=True, nogil=True)
def enter_best(best: BestHits, first_query: int, others: BestHits) -> None:
    """Enter the lists of the queries from first_query on that another rank has made."""
    for row in range(others.score.shape[0]):
        for place in range(others.score.shape[1]):
            _enter(best, first_query + row, _hit(others, row, place))


@njit(cache=True, nogil=True)
def _hit(best: BestHits, query: int, place: int) -> Hit:
    return Hit(
        best.score[query, place],
        best.target[query, place],
        best.first[query, place],
        best.end[query, place],
        best.is_reverse[query, place],
    )


@njit(cache=True, nogil=True)
def _enter(best: BestHits, query: int, hit: Hit) -> None:
    most = best.score.shape[1]
    if hit.score <= 0 or hit.score < best.score[query, most - 1]:
        return
    place = 0
    while place < most and best.score[query, place] > 0 and best.target[query, place] != hit.target:
        place += 1
    if place == most:
        place -= 1
        if not _is_before(hit, _hit(best, query, place)):
            return
    elif best.score[query, place] > 0 and not _is_better_part(hit, _hit(best, query, place)):
        return
    while place > 0 and _is_before(hit, _hit(best, query, place - 1)):
        _put(best, query, place, _hit(best, query, place - 1))
        place -= 1
    _put(best, query, place, hit)


@njit(cache=True, nogil=True)
def _put(best: BestHits, query: int, place: int, hit: Hit) -> None:
    best.score[query, place] = hit.score
    best.target[query, place] = hit.target
    best.first[query, place] = hit.first
    best.end[query, place] = hit.end
    best.is_reverse[query, place] = hit.is_reverse


@njit(cache=True, nogil=True)
def _is_before(hit: Hit, other: Hit) -> bool:
    """Whether the hit of one target comes before that of another one."""
    if hit.score != other.score:
        return hit.score > other.score
    return hit.target < other.target


@njit(cache=True, nogil=True)
def _is_better_part(hit: Hit, other: Hit) -> bool:
    """Whether a hit is better than another one of the same target."""
    if hit.score != other.score:
        return hit.score > other.score
    if hit.is_reverse != other.is_reverse:
        return hit.is_reverse < other.is_reverse
    return hit.first < other.first
