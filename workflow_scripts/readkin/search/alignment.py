"""Alignments of the final hits: start, end and CIGAR.

The search finds for each hit its score and the part of the target that contains the alignment.
Long parts are first narrowed with the help of the score: an alignment that pays little for gaps is
not much longer than its query.
"""

from typing import NamedTuple

import numpy as np

from readkin.kernels.best_hits import BestHits, TargetSegments
from readkin.kernels.join.query_join import diagonals
from readkin.kernels.sequences.sequences import Sequences, lengths_of
from readkin.kernels.smith_waterman.alignment import (
    NO_DIAGONAL,
    Alignments,
    Pairs,
    align_pairs,
    positive_columns,
    score_pairs,
)
from readkin.search.task import SearchTask, longest_spans

RESIDUES_PER_BATCH = 1 << 24
OVERHEAD_RESIDUES = 1000  # cost of a hit in a batch beyond the residues of its part
LARGE_MATRIX = 1 << 20  # DP cells; for larger matrices the diagonal is found first


class HitList(NamedTuple):
    """Hits in the order of the output.

    Attributes:
        query: int64 (hits,), number of the query.
        score: int32 (hits,).
        is_reverse: uint8 (hits,), 1 if the target is aligned as its reverse complement.
        parts: of the targets; each contains the alignment.
    """

    query: np.ndarray
    score: np.ndarray
    is_reverse: np.ndarray
    parts: TargetSegments

    def rows(self, selection: np.ndarray | slice) -> "HitList":
        """Return the selected hits."""
        return HitList(
            query=self.query[selection],
            score=self.score[selection],
            is_reverse=self.is_reverse[selection],
            parts=self.parts.rows(selection),
        )


def hit_list(best: BestHits) -> HitList:
    """Return all hits, sorted by query, the best hit of each query first."""
    rows = np.nonzero(best.score)
    return HitList(
        query=rows[0],
        score=best.score[rows],
        is_reverse=best.is_reverse[rows],
        parts=TargetSegments(best.target[rows], best.first[rows], best.end[rows]),
    )


def bounds_of_batches(hits: HitList) -> np.ndarray:
    """Return bounds of hits to align at a time: batch b is ``bounds[b]:bounds[b + 1]``; int64."""
    size = hits.parts.end - hits.parts.first + OVERHEAD_RESIDUES
    number = (np.cumsum(size) - size) // RESIDUES_PER_BATCH
    return np.append(np.flatnonzero(np.diff(number, prepend=-1)), size.size)


def align_hits(task: SearchTask, hits: HitList) -> tuple[Alignments, np.ndarray]:
    """Align hits.

    Returns:
        Alignments, and for each the number of columns that score above 0, int32 (hits,). Positions
        in targets count along the target as aligned: from its end if it is reverse.
    """
    spans = longest_spans(task, hits.query, hits.score.astype(np.int64))
    hits = hits._replace(parts=narrowed(task, hits, spans))
    targets = task.targets.segments(*hits.parts)
    diagonal = np.full(hits.query.size, NO_DIAGONAL, np.int32)
    if task.settings.is_dna:
        lengths = hits.parts.end - hits.parts.first
        is_large = lengths_of(task.queries, hits.query) * lengths >= LARGE_MATRIX
        diagonal[is_large] = _expected_diagonals(task, hits, targets, np.flatnonzero(is_large))
    pairs = Pairs.of(
        task.queries, targets, hits.query, is_reverse=hits.is_reverse, diagonal=diagonal
    )
    alignments = align_pairs(pairs, task.settings.system.scoring)
    positives = positive_columns(pairs, alignments, task.settings.system.scoring.matrix)
    return _in_whole_targets(task, hits, alignments), positives


def narrowed(task: SearchTask, hits: HitList, spans: np.ndarray) -> TargetSegments:
    """Return the parts of the hits, long ones replaced by their first window that has the score.

    Args:
        task: the search.
        hits: with their scores and parts.
        spans: int64 (hits,), largest number of target residues in the alignment of each hit.
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
    parts = task.targets.segments(target[hit], window_first, window_end)
    pairs = Pairs.of(task.queries, parts, hits.query[hit], is_reverse=hits.is_reverse[hit])
    has_score = score_pairs(pairs, task.settings.system.scoring) == hits.score[hit]
    if long.size:
        window = np.minimum.reduceat(np.where(has_score, np.arange(hit.size), hit.size), begins)
        first[long], end[long] = window_first[window], window_end[window]
    return TargetSegments(target, first, end)


def _expected_diagonals(
    task: SearchTask, hits: HitList, targets: Sequences, rows: np.ndarray
) -> np.ndarray:
    """Return the diagonals that the shared k-mers of query and target predict for some hits."""
    queries, parts = (
        sequences.segments(index, np.zeros_like(index), lengths_of(sequences, index))
        for sequences, index in ((task.queries, hits.query[rows]), (targets, rows))
    )
    return diagonals(queries, parts, hits.is_reverse[rows], task.settings.keys)


def _in_whole_targets(task: SearchTask, hits: HitList, alignments: Alignments) -> Alignments:
    """Return alignments with positions in the whole target instead of its part."""
    lengths = task.target_lengths[hits.parts.target]
    shift = np.where(hits.is_reverse == 1, lengths - hits.parts.end, hits.parts.first)
    shift = np.where(alignments.alignment_length > 0, shift, 0).astype(np.int32)
    return alignments._replace(start_b=alignments.start_b + shift, end_b=alignments.end_b + shift)
