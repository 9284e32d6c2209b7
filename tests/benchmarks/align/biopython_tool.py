"""Biopython's PairwiseAligner: what most people know; slow, so it does a small part."""

from importlib.metadata import version
from typing import Any

import numpy as np

from benchmarks.align.tools import NotThereError, Run, Tool
from benchmarks.align.works import AllAgainstAll, Costs, Work

try:
    from Bio.Align import PairwiseAligner, substitution_matrices
except ImportError:
    PairwiseAligner = None

TARGET_STEP = 50


def tool() -> Tool:
    """Raises NotThereError if it is not installed."""
    if PairwiseAligner is None:
        raise NotThereError("not installed")
    return Tool("Biopython", version("biopython"), ways, target_step=TARGET_STEP)


def aligner_of(costs: Costs) -> Any:
    matrix = substitution_matrices.Array(costs.letters, dims=2, data=costs.matrix.astype(float))
    return PairwiseAligner(
        mode="local",
        substitution_matrix=matrix,
        open_gap_score=-costs.gap_open,
        extend_gap_score=-costs.gap_extend,
    )


def ways(work: Work) -> dict[str, Run]:
    aligner = aligner_of(work.costs)
    if isinstance(work, AllAgainstAll):
        queries, targets = work.queries.texts, work.targets.texts
        return {
            "score": lambda n: np.array(
                [aligner.score(target, query) for query in queries[:n] for target in targets]
            )
        }
    pairs = [
        (work.a.texts[a], b) for a, b in zip(work.index_a, work.b_as_aligned.texts, strict=True)
    ]
    if work.min_score is None:
        return {"score": lambda n: np.array([aligner.score(a, b) for a, b in pairs[:n]])}
    return {
        "score, then align": lambda n: np.array(
            [scored_and_traced(aligner, a, b, work.min_score) for a, b in pairs[:n]]
        )
    }


def scored_and_traced(aligner: Any, a: str, b: str, min_score: int) -> float:
    score = aligner.score(a, b)
    if score >= min_score:
        aligner.align(a, b)[0]
    return score
