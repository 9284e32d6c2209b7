"""Filtered search of DNA: only queries and targets that share sampled k-mers are aligned.

A query is aligned with the part of a target that it can reach from the diagonal that most shared
keys vote for. The score is exact for all alignments that touch this diagonal.
"""

from typing import NamedTuple

import numpy as np

from readkin.errors import InputError
from readkin.kernels.best_hits import BestHits, TargetSegments, enter_scores
from readkin.kernels.join.candidates import Candidates
from readkin.kernels.join.query_join import QueryKeys, keys_of_queries, query_window_pairs
from readkin.kernels.sequences.sequences import lengths_of
from readkin.kernels.smith_waterman.alignment import Pairs, score_pairs
from readkin.search.task import SearchTask, longest_spans
from readkin.search.windows import Chunk, WindowLayout, cut_into_chunks, residues_of, windows_of

# Windows of the join, not of the alignments: votes of longer targets are counted per window.
WINDOWS = WindowLayout(length=36_864, step=32_768)
RESIDUES_PER_BATCH = 1 << 25


class ChunkPlan(NamedTuple):
    """All chunks of the database, and what the search of each needs.

    Attributes:
        chunks: of windows.
        residues: int64 (chunks,), number of residues in the windows of each chunk.
        keys: keys of the queries, sorted.
        spans: int64 (queries,), see longest_spans.
    """

    chunks: list[Chunk]
    residues: np.ndarray
    keys: QueryKeys
    spans: np.ndarray


class PairCounts(NamedTuple):
    """Numbers of pairs of a query and a window in a chunk.

    Attributes:
        sharing_keys: pairs that share at least one key.
        aligned: pairs that share min_votes keys or more.
        cells: DP cells of the alignments.
    """

    sharing_keys: int
    aligned: int
    cells: int


def plan_chunks(task: SearchTask) -> ChunkPlan:
    """Cut the database into chunks and sort the keys of the queries.

    Raises:
        InputError: if the queries are too many for their length.
    """
    lengths = task.target_lengths
    chunks = cut_into_chunks(lengths, WINDOWS, task.settings.chunk_residues)
    residues = [residues_of(windows_of(lengths, chunk, WINDOWS)) for chunk in chunks]
    try:
        keys = keys_of_queries(task.queries, task.settings.keys, WINDOWS.length)
    except OverflowError as error:
        expected, what_to_do = "fewer or shorter ones", "split the queries into several files"
        raise InputError("the queries", str(error), expected, what_to_do) from None
    return ChunkPlan(
        chunks=chunks,
        residues=np.array(residues, np.int64),
        keys=keys,
        spans=longest_spans(task, np.arange(task.highest.size), 1),
    )


def search_chunk(task: SearchTask, plan: ChunkPlan, chunk: Chunk, best: BestHits) -> PairCounts:
    """Align the pairs of a chunk and enter their scores into ``best``."""
    windows = windows_of(task.target_lengths, chunk, WINDOWS)
    targets = task.targets.segments(*windows)
    sharing_keys = aligned = cells = 0
    for pairs in query_window_pairs(plan.keys, targets, task.settings.keys):
        has_votes = pairs.votes >= task.settings.min_votes
        candidates = pairs.rows(has_votes)
        sharing_keys += pairs.votes.size
        aligned += candidates.votes.size
        cells += _align(task, plan, windows, candidates, best)
    return PairCounts(sharing_keys, aligned, cells)


def _align(
    task: SearchTask,
    plan: ChunkPlan,
    windows: TargetSegments,
    candidates: Candidates,
    best: BestHits,
) -> int:
    """Enter the scores of the candidates; return the number of DP cells."""
    query = candidates.read_a.astype(np.int64)
    parts = reachable_parts(task, plan.spans, windows, candidates)
    residues = parts.end - parts.first
    batch = (np.cumsum(residues) - residues) // RESIDUES_PER_BATCH
    for number in np.unique(batch):
        rows = slice(*np.searchsorted(batch, [number, number + 1]))
        own = parts.rows(rows)
        is_reverse = candidates.is_reverse[rows]
        targets = task.targets.segments(*own)
        pairs = Pairs.of(task.queries, targets, query[rows], is_reverse=is_reverse)
        scores = score_pairs(pairs, task.settings.system.scoring)
        enter_scores(best, query[rows], own, is_reverse, scores)
    return int((residues * lengths_of(task.queries, query)).sum())


def reachable_parts(
    task: SearchTask, spans: np.ndarray, windows: TargetSegments, candidates: Candidates
) -> TargetSegments:
    """Return the part of each target that contains all alignments touching the voted diagonal."""
    query, window = candidates.read_a.astype(np.int64), candidates.read_b.astype(np.int64)
    target = windows.target[window]
    lengths = lengths_of(task.queries, query)
    gaps = spans[query] - lengths
    diagonal = candidates.diagonal.astype(np.int64)
    # Position in the target of the query's first residue (of its last one, if reverse).
    first = np.where(
        candidates.is_reverse == 1,
        windows.end[window] + diagonal - lengths,
        windows.first[window] - diagonal,
    )
    begin = np.maximum(first - gaps, 0)
    end = np.minimum(first + lengths + gaps, task.target_lengths[target])
    return TargetSegments(target, begin, end)
