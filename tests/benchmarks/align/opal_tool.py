"""pyopal: the Opal library, which searches a database with one query at a time."""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np

from benchmarks.align.workloads import (
    AllAgainstAll,
    CandidatePairs,
    Costs,
    Run,
    Tool,
    UnavailableError,
    Workload,
)

try:
    import pyopal
    from scoring_matrices import ScoringMatrix
except ImportError:
    pyopal = None

# Methods for scores that overflow 8 bits; "buckets" is the default, "simple" is often faster.
OVERFLOWS = ("buckets", "simple")


def tools() -> list[Tool]:
    """Return two tools: scores only, and scores with end points.

    Raises:
        UnavailableError: pyopal is not installed.
    """
    if pyopal is None:
        raise UnavailableError("not installed")
    return [
        Tool(name="pyopal", version=version("pyopal"), variants=variants),
        Tool(name="pyopal, with ends", version=version("pyopal"), variants=variants_with_ends),
    ]


def variants(work: Workload) -> dict[str, Run]:
    """Return Opal's methods for a workload."""
    if isinstance(work, AllAgainstAll):
        return {overflow: search(work, "score", overflow) for overflow in OVERFLOWS}
    if work.min_score is None:
        return {overflow: scored_pairs(work, overflow) for overflow in OVERFLOWS}
    return {
        "full": full_pairs(work),
        "score, then full": scored_and_traced_pairs(work),
    }


def variants_with_ends(work: Workload) -> dict[str, Run]:
    """Return Opal's methods that also find end points, for all-against-all workloads only."""
    if isinstance(work, CandidatePairs):
        return {}
    return {overflow: search(work, "end", overflow) for overflow in OVERFLOWS}


def aligner_for(costs: Costs) -> Any:
    """Return an aligner with this scoring."""
    matrix = ScoringMatrix(costs.matrix.tolist(), alphabet=costs.alphabet)
    return pyopal.Aligner(matrix, gap_open=costs.gap_open, gap_extend=costs.gap_extend)


def search(work: AllAgainstAll, mode: str, overflow: str) -> Run:
    """Return a run that searches the targets with one query after the other."""
    aligner = aligner_for(work.costs)
    database = pyopal.Database(work.targets.texts, aligner.alphabet)
    queries = work.queries.texts

    def run(n: int) -> np.ndarray:
        return np.array(
            [
                result.score
                for query in queries[:n]
                for result in aligner.align(query, database, mode=mode, overflow=overflow)
            ]
        )

    return run


def scored_pairs(work: CandidatePairs, overflow: str) -> Run:
    """Return a run that scores all pairs."""
    aligner = aligner_for(work.costs)

    def scores(read: str, database: Any, bounds: dict[str, int]) -> list[int]:
        found = aligner.align(read, database, mode="score", overflow=overflow, **bounds)
        return [result.score for result in found]

    return by_first_read(work, aligner, scores)


def full_pairs(work: CandidatePairs) -> Run:
    """Return a run that aligns all pairs and makes CIGARs of those that reach the threshold."""
    aligner, min_score = aligner_for(work.costs), work.min_score or 0

    def scores(read: str, database: Any, bounds: dict[str, int]) -> list[int]:
        found = aligner.align(read, database, mode="full", **bounds)
        for result in found:
            if result.score >= min_score:
                result.cigar()
        return [result.score for result in found]

    return by_first_read(work, aligner, scores)


def scored_and_traced_pairs(work: CandidatePairs) -> Run:
    """Return a run that scores all pairs, then aligns those that reach the threshold."""
    aligner, min_score = aligner_for(work.costs), work.min_score or 0

    def scores(read: str, database: Any, bounds: dict[str, int]) -> list[int]:
        found = aligner.align(read, database, mode="score", **bounds)
        wanted = [result.target_index for result in found if result.score >= min_score]
        if wanted:
            for result in aligner.align(read, database.extract(wanted), mode="full"):
                result.cigar()
        return [result.score for result in found]

    return by_first_read(work, aligner, scores)


def by_first_read(work: CandidatePairs, aligner: Any, scores: Callable[..., list[int]]) -> Run:
    """Return a run that searches, for each first read, the second reads of its pairs.

    Args:
        work: the pairs.
        aligner: Opal's aligner.
        scores: returns the scores of a read with a range of the database.
    """
    database = pyopal.Database(work.b_as_aligned.texts, aligner.alphabet)
    reads = work.a.texts

    def run(n: int) -> np.ndarray:
        found: list[int] = []
        for read, start, end in work.groups:
            end = min(end, n)
            found.extend(scores(reads[read], database, {"start": start, "end": end}))
            if end == n:
                break
        return np.array(found)

    return run
