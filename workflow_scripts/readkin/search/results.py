"""Reported hits: statistics, E-value limit, rows of the table, and counts."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from readkin.formats.counts import Flow
from readkin.formats.hits import Hits, NamesAndLengths, hit_table
from readkin.kernels.sequences.sequences import lengths_of
from readkin.kernels.smith_waterman.alignment import Alignments
from readkin.kernels.statistics.evalues import Database, bit_score, evalue
from readkin.search.alignment import HitList
from readkin.search.task import SearchTask


class ComparisonCounts(NamedTuple):
    """Numbers of comparisons over all ranks (complete on the root).

    Attributes:
        aligned: aligned pairs of a query and a target, or a window of a target (filtered search).
        below_min_votes: pairs that share too few k-mers; 0 for an exhaustive search.
        queries_without_key: queries without any sampled k-mer; 0 for an exhaustive search.
        cells: DP cells of the alignments.
    """

    aligned: int
    below_min_votes: int
    queries_without_key: int
    cells: int


class ReportedHits(NamedTuple):
    """Hits up to the E-value limit, and the number of hits above it.

    Attributes:
        hits: the hits.
        rank: int32 (hits,), 1 for the best hit of a query.
        bit_score, evalue: float64 (hits,).
        dropped: number of hits above the limit.
    """

    hits: HitList
    rank: np.ndarray
    bit_score: np.ndarray
    evalue: np.ndarray
    dropped: int


def reported_hits(task: SearchTask, hits: HitList) -> ReportedHits:
    """Return the hits up to the E-value limit, in the same order."""
    statistics = task.settings.system.statistics
    database = Database(task.target_residues, task.target_lengths.size)
    query_lengths = lengths_of(task.queries, hits.query)
    target_lengths = task.target_lengths[hits.parts.target]
    evalues = evalue(hits.score, query_lengths, target_lengths, database, statistics)
    is_kept = evalues <= task.settings.max_evalue
    kept = hits.rows(is_kept)
    rank = np.arange(kept.query.size) - np.searchsorted(kept.query, kept.query) + 1
    return ReportedHits(
        hits=kept,
        rank=rank.astype(np.int32),
        bit_score=bit_score(kept.score, statistics),
        evalue=evalues[is_kept],
        dropped=int((~is_kept).sum()),
    )


def table_of(
    reported: ReportedHits,
    rows: slice,
    alignments: Alignments,
    positives: np.ndarray,
    sequences: tuple[NamesAndLengths, NamesAndLengths],
) -> pa.Table:
    """Return rows of the table of hits.

    Args:
        reported: all hits.
        rows: hits of the table.
        alignments: of these hits.
        positives: int32 (rows,), columns that score above 0.
        sequences: of the queries and of the targets.
    """
    hits = reported.hits.rows(rows)
    columns = Hits(
        query_index=hits.query,
        target_index=hits.parts.target,
        is_reverse=hits.is_reverse,
        rank=reported.rank[rows],
        bit_score=reported.bit_score[rows],
        evalue=reported.evalue[rows],
        positives=positives,
    )
    return hit_table(columns, alignments, *sequences)


def queries_without_hit(reported: ReportedHits, queries: int) -> np.ndarray:
    """Return the numbers of the queries without a hit, int64."""
    return np.setdiff1d(np.arange(queries), reported.hits.query)


def flows_of(task: SearchTask, compared: ComparisonCounts, reported: ReportedHits) -> list[Flow]:
    """Return counts of queries and hits, and of candidate hits for a filtered search."""
    queries, written = task.highest.size, reported.rank.size
    without_hit = queries_without_hit(reported, queries).size
    dropped = {
        "not among the top_n best of the query": compared.aligned - written - reported.dropped,
        "E-value above max_evalue": reported.dropped,
    }
    flows = [
        Flow("queries", queries, queries - without_hit, {"no hit": without_hit}),
        Flow("hits", compared.aligned, written, dropped),
    ]
    if task.settings.is_exhaustive:
        return flows
    few = {"fewer votes than min_votes": compared.below_min_votes}
    entered = compared.aligned + compared.below_min_votes
    return [Flow("candidate hits", entered, compared.aligned, few), *flows]


def details_of(
    task: SearchTask, compared: ComparisonCounts, reported: ReportedHits
) -> dict[str, int]:
    """Return further counts, by the names under which the report shows them."""
    return {
        "cells": compared.cells,
        "queries without a key": compared.queries_without_key,
        "queries with top_n hits": int((reported.rank == task.settings.top_n).sum()),
        "database sequences": task.target_lengths.size,
        "database residues": task.target_residues,
    }
