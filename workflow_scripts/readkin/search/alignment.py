"""The final hits: where each begins and ends, and how it runs.

A hit comes with a part of its target that the alignment lies in and with its score. Long parts are
first narrowed, by that score: an alignment that pays little for gaps is not much longer than its
query.
"""

from typing import NamedTuple

import numpy as np

from readkin.kernels.best_hits import BestHits, TargetSegments
from readkin.kernels.join.query_join import diagonals
from readkin.kernels.sequences.sequences import Sequences, copy_segments, lengths_of
from readkin.kernels.smith_waterman.alignment import (
    NO_DIAGONAL,
    Alignments,
    Pairs,
    align_pairs,
    positive_columns,
    score_pairs,
)
from readkin.search.problem import Problem, longest_spans

LETTERS_PER_BATCH = 1 << 24
LETTERS_PER_HIT = 1000  # what a hit counts in a batch beside the letters of its part
LARGE_TABLE = 1 << 20  # cells from which on it pays to look for the diagonal first


class FoundHits(NamedTuple):
    """Hits in the order of the output; arrays (hits,)."""

    query: np.ndarray  # int64
    score: np.ndarray  # int32
    is_reverse: np.ndarray  # uint8
    parts: TargetSegments


def listed_hits(best: BestHits) -> FoundHits:
    """All hits: queries in order, of each the best first."""
    query, place = np.nonzero(best.score)
    score, target, first, end, is_reverse = (column[query, place] for column in best)
    return FoundHits(query, score, is_reverse, TargetSegments(target, first, end))


def chosen_hits(hits: FoundHits, chosen: np.ndarray | slice) -> FoundHits:
    """Some of the hits."""
    parts = hits.parts.rows(chosen)
    return FoundHits(hits.query[chosen], hits.score[chosen], hits.is_reverse[chosen], parts)


def bounds_of_batches(hits: FoundHits) -> np.ndarray:
    """Hits to align at a time: batch b is ``bounds[b]:bounds[b + 1]``; int64."""
    size = hits.parts.end - hits.parts.first + LETTERS_PER_HIT
    number = (np.cumsum(size) - size) // LETTERS_PER_BATCH
    return np.append(np.flatnonzero(np.diff(number, prepend=-1)), size.size)


def align_hits(problem: Problem, hits: FoundHits) -> tuple[Alignments, np.ndarray]:
    """Alignments of hits, and how many of their columns score above 0.

    Positions in targets count along the target as aligned: from its end where it is reverse.
    """
    spans = longest_spans(problem, hits.query, hits.score.astype(np.int64))
    hits = hits._replace(parts=narrowed(problem, hits, spans))
    targets = copy_segments(problem.targets, *hits.parts)
    diagonal = np.full(hits.query.size, NO_DIAGONAL, np.int32)
    if problem.settings.is_dna:
        rows = hits.parts.end - hits.parts.first
        is_large = lengths_of(problem.queries, hits.query) * rows >= LARGE_TABLE
        diagonal[is_large] = _expected(problem, hits, targets, np.flatnonzero(is_large))
    pairs = Pairs.of(
        problem.queries, targets, hits.query, is_reverse=hits.is_reverse, diagonal=diagonal
    )
    found = align_pairs(pairs, problem.settings.scoring)
    positives = positive_columns(pairs, found, problem.settings.scoring.matrix)
    return _in_whole_targets(problem, hits, found), positives


def narrowed(problem: Problem, hits: FoundHits, spans: np.ndarray) -> TargetSegments:
    """The parts, long ones replaced by their first window that has the score.

    Args:
        problem: the search.
        hits: with their scores and parts.
        spans: int64 (hits,), most letters that the alignment of a hit can take.
    """
    target, first, end = (column.copy() for column in hits.parts)
    long = np.flatnonzero(end - first > 2 * spans)
    step, length = spans[long], 2 * spans[long] - 1
    windows = 1 - (-(end[long] - first[long] - length) // step)
    begins = np.cumsum(windows) - windows
    hit = np.repeat(long, windows)
    number = np.arange(hit.size) - np.repeat(begins, windows)
    window_first = first[hit] + number * np.repeat(step, windows)
    window_end = np.minimum(window_first + np.repeat(length, windows), end[hit])
    parts = copy_segments(problem.targets, target[hit], window_first, window_end)
    pairs = Pairs.of(problem.queries, parts, hits.query[hit], is_reverse=hits.is_reverse[hit])
    has_score = score_pairs(pairs, problem.settings.scoring) == hits.score[hit]
    if long.size:
        chosen = np.minimum.reduceat(np.where(has_score, np.arange(hit.size), hit.size), begins)
        first[long], end[long] = window_first[chosen], window_end[chosen]
    return TargetSegments(target, first, end)


def _expected(
    problem: Problem, hits: FoundHits, targets: Sequences, chosen: np.ndarray
) -> np.ndarray:
    """Diagonals of the chosen hits, by the k-mers that both sequences share."""
    queries, parts = (
        copy_segments(sequences, index, np.zeros_like(index), lengths_of(sequences, index))
        for sequences, index in ((problem.queries, hits.query[chosen]), (targets, chosen))
    )
    return diagonals(queries, parts, hits.is_reverse[chosen], problem.settings.keys)


def _in_whole_targets(problem: Problem, hits: FoundHits, found: Alignments) -> Alignments:
    lengths = lengths_of(problem.targets, hits.parts.target)
    shift = np.where(hits.is_reverse == 1, lengths - hits.parts.end, hits.parts.first)
    shift = np.where(found.alignment_length > 0, shift, 0).astype(np.int32)
    return found._replace(start_b=found.start_b + shift, end_b=found.end_b + shift)
