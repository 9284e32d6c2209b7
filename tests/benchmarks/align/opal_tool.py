"""pyopal: the Opal library, one query against a database at a time."""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np

from benchmarks.align.tools import NotThereError, Run, Tool
from benchmarks.align.works import AllAgainstAll, CandidatePairs, Costs, Work

try:
    import pyopal
    from scoring_matrices import ScoringMatrix
except ImportError:
    pyopal = None

# What to do where 8 bits overflow; "buckets" is the default, "simple" often faster by a third.
OVERFLOWS = ("buckets", "simple")


def tools() -> list[Tool]:
    """Scores only, and scores with end points.

    Raises:
        NotThereError: if it is not installed.
    """
    if pyopal is None:
        raise NotThereError("not installed")
    return [
        Tool("pyopal", version("pyopal"), ways),
        Tool("pyopal, with ends", version("pyopal"), ways_with_ends),
    ]


def ways(work: Work) -> dict[str, Run]:
    if isinstance(work, AllAgainstAll):
        return {overflow: search(work, "score", overflow) for overflow in OVERFLOWS}
    if work.min_score is None:
        return {overflow: scored_pairs(work, overflow) for overflow in OVERFLOWS}
    return {
        "full": full_pairs(work),
        "score, then full": scored_and_traced_pairs(work),
    }


def ways_with_ends(work: Work) -> dict[str, Run]:
    if isinstance(work, CandidatePairs):
        return {}
    return {overflow: search(work, "end", overflow) for overflow in OVERFLOWS}


def aligner_of(costs: Costs) -> Any:
    matrix = ScoringMatrix(costs.matrix.tolist(), alphabet=costs.letters)
    return pyopal.Aligner(matrix, gap_open=costs.gap_open, gap_extend=costs.gap_extend)


def search(work: AllAgainstAll, mode: str, overflow: str) -> Run:
    aligner = aligner_of(work.costs)
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
    aligner = aligner_of(work.costs)

    def scores(read: str, database: Any, part: dict[str, int]) -> list[int]:
        found = aligner.align(read, database, mode="score", overflow=overflow, **part)
        return [result.score for result in found]

    return by_first_read(work, aligner, scores)


def full_pairs(work: CandidatePairs) -> Run:
    """Alignments of all pairs, CIGARs of those that are wanted."""
    aligner, min_score = aligner_of(work.costs), work.min_score or 0

    def scores(read: str, database: Any, part: dict[str, int]) -> list[int]:
        found = aligner.align(read, database, mode="full", **part)
        for result in found:
            if result.score >= min_score:
                result.cigar()
        return [result.score for result in found]

    return by_first_read(work, aligner, scores)


def scored_and_traced_pairs(work: CandidatePairs) -> Run:
    """Scores of all pairs, then alignments of those that are wanted."""
    aligner, min_score = aligner_of(work.costs), work.min_score or 0

    def scores(read: str, database: Any, part: dict[str, int]) -> list[int]:
        found = aligner.align(read, database, mode="score", **part)
        wanted = [result.target_index for result in found if result.score >= min_score]
        if wanted:
            for result in aligner.align(read, database.extract(wanted), mode="full"):
                result.cigar()
        return [result.score for result in found]

    return by_first_read(work, aligner, scores)


def by_first_read(work: CandidatePairs, aligner: Any, scores: Callable[..., list[int]]) -> Run:
    """Scores of the pairs of one first read after the other, each with its part of the second."""
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
