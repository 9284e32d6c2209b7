"""Filtered search of DNA: only where a query and a target share sampled k-mers (LSH join).

A query is aligned with the part of a target that it can reach from the diagonal that most shared
keys vote for: the score is exact for all alignments that touch that diagonal.
"""

from typing import NamedTuple

import numpy as np

from readkin.kernels.best_hits import BestHits, TargetSegments, enter_scores
from readkin.kernels.join.candidates import Candidates
from readkin.kernels.join.query_join import QueryKeys, keys_of_queries, query_window_pairs
from readkin.kernels.sequences.sequences import copy_segments, lengths_of
from readkin.kernels.smith_waterman.alignment import Pairs, score_pairs
from readkin.search.problem import Problem, longest_spans
from readkin.search.windows import Chunk, Layout, cut_into_chunks, windows_of

# Of the join, not of the alignments: a longer target's votes are counted window by window.
WINDOWS = Layout(length=36_864, step=32_768)
LETTERS_AT_A_TIME = 1 << 25


class Plan(NamedTuple):
    """Chunks of windows, the letters of each (int64), and what the join has of the queries."""

    chunks: list[Chunk]
    letters: np.ndarray
    keys: QueryKeys
    spans: np.ndarray  # int64 (queries,), see longest_spans


class Joined(NamedTuple):
    """What the join of a chunk found: pairs of a query and a window.

    Attributes:
        found: that share a key.
        enough: that share enough.
        cells: of the tables that these were aligned in.
    """

    found: int
    enough: int
    cells: int


def plan(problem: Problem) -> Plan:
    """Cut the database into chunks and look up the keys of the queries."""
    chunks = cut_into_chunks(problem.targets, WINDOWS, problem.settings.chunk_letters)
    letters = []
    for chunk in chunks:
        windows = windows_of(problem.targets, chunk, WINDOWS)
        letters.append(int((windows.end - windows.first).sum()))
    spans = longest_spans(problem, np.arange(problem.highest.size), 1)
    keys = keys_of_queries(problem.queries, problem.settings.keys, WINDOWS.length)
    return Plan(chunks, np.array(letters, np.int64), keys, spans)


def search_chunk(problem: Problem, plan: Plan, chunk: Chunk, best: BestHits) -> Joined:
    """Enter the hits of a chunk."""
    windows = windows_of(problem.targets, chunk, WINDOWS)
    found = enough = cells = 0
    for pairs in query_window_pairs(
        plan.keys, copy_segments(problem.targets, *windows), problem.settings.keys
    ):
        chosen = Candidates(
            *(column[pairs.votes >= problem.settings.min_votes] for column in pairs)
        )
        found += pairs.votes.size
        enough += chosen.votes.size
        cells += _align(problem, plan, windows, chosen, best)
    return Joined(found, enough, cells)


def _align(
    problem: Problem, plan: Plan, windows: TargetSegments, chosen: Candidates, best: BestHits
) -> int:
    """Enter the scores of the chosen pairs; returns the cells that it took."""
    query = chosen.read_a.astype(np.int64)
    parts = reachable_parts(problem, plan.spans, windows, chosen)
    letters = parts.end - parts.first
    piece = (np.cumsum(letters) - letters) // LETTERS_AT_A_TIME
    for number in np.unique(piece):
        rows = slice(*np.searchsorted(piece, [number, number + 1]))
        own = parts.rows(rows)
        is_reverse = chosen.is_reverse[rows]
        targets = copy_segments(problem.targets, *own)
        pairs = Pairs.of(problem.queries, targets, query[rows], is_reverse=is_reverse)
        scores = score_pairs(pairs, problem.settings.scoring)
        enter_scores(best, query[rows], own, is_reverse, scores)
    return int((letters * lengths_of(problem.queries, query)).sum())


def reachable_parts(
    problem: Problem, spans: np.ndarray, windows: TargetSegments, chosen: Candidates
) -> TargetSegments:
    """The part of a target that holds every alignment that touches the voted diagonal."""
    query, window = chosen.read_a.astype(np.int64), chosen.read_b.astype(np.int64)
    target = windows.target[window]
    lengths = lengths_of(problem.queries, query)
    gaps = spans[query] - lengths
    diagonal = chosen.diagonal.astype(np.int64)
    # Where the query's first letter (on the other strand its last) lies over the target.
    first = np.where(
        chosen.is_reverse == 1,
        windows.end[window] + diagonal - lengths,
        windows.first[window] - diagonal,
    )
    begin = np.maximum(first - gaps, 0)
    end = np.minimum(first + lengths + gaps, lengths_of(problem.targets, target))
    return TargetSegments(target, begin, end)
