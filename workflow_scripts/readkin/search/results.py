"""The hits as they are reported: statistics, E-value limit, rows of the table, counts."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from readkin.formats.counts import Flow
from readkin.formats.hits import Hits, NamesAndLengths, hit_table
from readkin.kernels.sequences.sequences import lengths_of
from readkin.kernels.smith_waterman.alignment import Alignments
from readkin.kernels.statistics.evalues import Database, bit_score, evalue
from readkin.search.alignment import FoundHits, chosen_hits
from readkin.search.problem import Problem


class Compared(NamedTuple):
    """What was compared, over all ranks (complete on the root).

    Attributes:
        pairs: of a query and a target (exhaustive) or a window of one that were aligned.
        without_votes: pairs that share too few k-mers.
        queries_without_key: queries that none of these k-mers stands for; both are 0 for an
            exhaustive search.
        cells: of the alignments' tables.
    """

    pairs: int
    without_votes: int
    queries_without_key: int
    cells: int


class Reported(NamedTuple):
    """Hits that reach the E-value limit, and how many did not; arrays (hits,).

    Attributes:
        found: the hits.
        rank: int32, 1 for the best of a query.
        bit_score, evalue: float64.
        dropped: number of hits above the limit.
    """

    found: FoundHits
    rank: np.ndarray
    bit_score: np.ndarray
    evalue: np.ndarray
    dropped: int


def reported_hits(problem: Problem, hits: FoundHits) -> Reported:
    """The hits up to the E-value limit, in the same order."""
    statistics = problem.settings.statistics
    database = Database(int(problem.targets.offsets[-1]), problem.targets.offsets.size - 1)
    lengths = (
        lengths_of(problem.queries, hits.query),
        lengths_of(problem.targets, hits.parts.target),
    )
    evalues = evalue(hits.score, *lengths, database, statistics)
    is_kept = evalues <= problem.settings.max_evalue
    kept = chosen_hits(hits, is_kept)
    rank = np.arange(kept.query.size) - np.searchsorted(kept.query, kept.query) + 1
    return Reported(
        kept,
        rank.astype(np.int32),
        bit_score(kept.score, statistics),
        evalues[is_kept],
        int((~is_kept).sum()),
    )


def table_of(
    reported: Reported,
    rows: slice,
    alignments: Alignments,
    positives: np.ndarray,
    sequences: tuple[NamesAndLengths, NamesAndLengths],
) -> pa.Table:
    """Rows of the output; `sequences`: queries, targets."""
    found = chosen_hits(reported.found, rows)
    hits = Hits(
        found.query,
        found.parts.target,
        found.is_reverse,
        reported.rank[rows],
        reported.bit_score[rows],
        reported.evalue[rows],
        positives,
    )
    return hit_table(hits, alignments, *sequences)


def queries_without_hit(reported: Reported, queries: int) -> np.ndarray:
    """Their numbers, int64."""
    return np.setdiff1d(np.arange(queries), reported.found.query)


def flows_of(problem: Problem, compared: Compared, reported: Reported) -> list[Flow]:
    """Counts of queries and hits, and of candidates for hits if there was a filter."""
    queries, written = problem.highest.size, reported.rank.size
    without_hit = queries_without_hit(reported, queries).size
    dropped = {
        "not among the top_n best of the query": compared.pairs - written - reported.dropped,
        "E-value above max_evalue": reported.dropped,
    }
    flows = [
        Flow("queries", queries, queries - without_hit, {"no hit": without_hit}),
        Flow("hits", compared.pairs, written, dropped),
    ]
    if problem.settings.is_exhaustive:
        return flows
    few = {"fewer votes than min_votes": compared.without_votes}
    entered = compared.pairs + compared.without_votes
    return [Flow("candidate hits", entered, compared.pairs, few), *flows]


def details_of(problem: Problem, compared: Compared, reported: Reported) -> dict[str, int]:
    """What the counts say beside the flows."""
    return {
        "cells": compared.cells,
        "queries without a key": compared.queries_without_key,
        "queries with top_n hits": int((reported.rank == problem.settings.top_n).sum()),
        "database sequences": problem.targets.offsets.size - 1,
        "database letters": int(problem.targets.offsets[-1]),
    }
