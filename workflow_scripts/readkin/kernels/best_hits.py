"""The best targets of each query: one short list per query, into which hits are entered.

Hits of different targets are ranked by score, then by the lower index of the target. A list
contains each target once, with its best segment: that of the highest score, then of the forward
strand, then the first. So the lists do not depend on the order in which hits are entered.
"""

from typing import NamedTuple

import numpy as np
from numba import njit


class BestHits(NamedTuple):
    """Hits of each query, the best first.

    Attributes:
        score: int32 (queries, hits); 0 after the last hit of a query.
        target: int64 (queries, hits), index of the target.
        first, end: int64 (queries, hits), segment of the target that contains the alignment,
            0-based and half-open.
        is_reverse: uint8 (queries, hits), 1 for an alignment of the target's reverse strand.
    """

    score: np.ndarray
    target: np.ndarray
    first: np.ndarray
    end: np.ndarray
    is_reverse: np.ndarray


class TargetSegments(NamedTuple):
    """Segments of targets.

    Attributes:
        target: int64 (segments,), index of the target.
        first, end: int64 (segments,), positions in the target, 0-based and half-open.
    """

    target: np.ndarray
    first: np.ndarray
    end: np.ndarray

    def rows(self, selection: np.ndarray | slice) -> "TargetSegments":
        """Return the selected segments."""
        return TargetSegments(self.target[selection], self.first[selection], self.end[selection])


class Hit(NamedTuple):
    """One row of `BestHits`."""

    score: int
    target: int
    first: int
    end: int
    is_reverse: int


def no_hits(queries: int, most: int) -> BestHits:
    """Return empty lists for `queries` queries, of up to `most` hits each."""
    shape = queries, most
    return BestHits(
        score=np.zeros(shape, np.int32),
        target=np.zeros(shape, np.int64),
        first=np.zeros(shape, np.int64),
        end=np.zeros(shape, np.int64),
        is_reverse=np.zeros(shape, np.uint8),
    )


@njit(cache=True, nogil=True)
def enter_all_scores(
    best: BestHits, queries: np.ndarray, segments: TargetSegments, scores: np.ndarray
) -> None:
    """Enter the scores of each of some queries with each of some segments of targets.

    Args:
        best: lists of all queries.
        queries: int64 (n,), indices of the queries.
        segments: segments of targets.
        scores: int32 (n, segments), or (2 * n, segments): the scores of the queries, followed by
            those of their reverse complements.
    """
    n_queries = queries.size
    has_both_strands = scores.shape[0] > n_queries
    for row in range(n_queries):
        query = queries[row]
        least = best.score[query, -1]
        for segment in range(scores.shape[1]):
            score, is_reverse = scores[row, segment], 0
            if has_both_strands and scores[n_queries + row, segment] > score:
                score, is_reverse = scores[n_queries + row, segment], 1
            if score > 0 and score >= least:
                _enter(best, query, _hit_in(segments, segment, score, is_reverse))
                least = best.score[query, -1]


@njit(cache=True, nogil=True)
def enter_scores(
    best: BestHits,
    queries: np.ndarray,
    segments: TargetSegments,
    is_reverse: np.ndarray,
    scores: np.ndarray,
) -> None:
    """Enter the scores of pairs of a query and a segment of a target.

    Args:
        best: lists of all queries.
        queries: int64 (pairs,), indices of the queries.
        segments: the segment of each pair.
        is_reverse: uint8 (pairs,), 1 for the reverse strand of the segment.
        scores: int32 (pairs,).
    """
    for pair in range(queries.size):
        hit = _hit_in(segments, pair, scores[pair], is_reverse[pair])
        _enter(best, queries[pair], hit)


@njit(cache=True, nogil=True)
def enter_best(best: BestHits, first_query: int, others: BestHits) -> None:
    """Enter all hits of other lists, whose first query has the index `first_query`."""
    for row in range(others.score.shape[0]):
        for slot in range(others.score.shape[1]):
            _enter(best, first_query + row, _hit_at(others, row, slot))


@njit(cache=True, nogil=True)
def _hit_in(segments: TargetSegments, segment: int, score: int, is_reverse: int) -> Hit:
    return Hit(
        score=score,
        target=segments.target[segment],
        first=segments.first[segment],
        end=segments.end[segment],
        is_reverse=is_reverse,
    )


@njit(cache=True, nogil=True)
def _hit_at(best: BestHits, query: int, slot: int) -> Hit:
    return Hit(
        score=best.score[query, slot],
        target=best.target[query, slot],
        first=best.first[query, slot],
        end=best.end[query, slot],
        is_reverse=best.is_reverse[query, slot],
    )


@njit(cache=True, nogil=True)
def _enter(best: BestHits, query: int, hit: Hit) -> None:
    most = best.score.shape[1]
    if hit.score <= 0 or hit.score < best.score[query, most - 1]:
        return
    slot = 0
    while slot < most and best.score[query, slot] > 0 and best.target[query, slot] != hit.target:
        slot += 1
    if slot == most:
        slot -= 1
        if not _is_before(hit, _hit_at(best, query, slot)):
            return
    elif best.score[query, slot] > 0 and not _is_better_segment(hit, _hit_at(best, query, slot)):
        return
    while slot > 0 and _is_before(hit, _hit_at(best, query, slot - 1)):
        _put(best, query, slot, _hit_at(best, query, slot - 1))
        slot -= 1
    _put(best, query, slot, hit)


@njit(cache=True, nogil=True)
def _put(best: BestHits, query: int, slot: int, hit: Hit) -> None:
    best.score[query, slot] = hit.score
    best.target[query, slot] = hit.target
    best.first[query, slot] = hit.first
    best.end[query, slot] = hit.end
    best.is_reverse[query, slot] = hit.is_reverse


@njit(cache=True, nogil=True)
def _is_before(hit: Hit, other: Hit) -> bool:
    """Return whether a hit ranks before a hit of another target."""
    if hit.score != other.score:
        return hit.score > other.score
    return hit.target < other.target


@njit(cache=True, nogil=True)
def _is_better_segment(hit: Hit, other: Hit) -> bool:
    """Return whether a hit is better than another hit of the same target."""
    if hit.score != other.score:
        return hit.score > other.score
    if hit.is_reverse != other.is_reverse:
        return hit.is_reverse < other.is_reverse
    return hit.first < other.first
