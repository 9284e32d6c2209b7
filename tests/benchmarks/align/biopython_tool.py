"""Biopython's PairwiseAligner: widely known but slow, so that it runs a part of a workload."""

from importlib.metadata import version
from typing import Any

import numpy as np

from benchmarks.align.workloads import AllAgainstAll, Costs, Run, Tool, UnavailableError, Workload

try:
    from Bio.Align import PairwiseAligner, substitution_matrices
except ImportError:
    PairwiseAligner = None

TARGET_STEP = 50


def tool() -> Tool:
    """Return the tool.

    Raises:
        UnavailableError: Biopython is not installed.
    """
    if PairwiseAligner is None:
        raise UnavailableError("not installed")
    return Tool(
        name="Biopython",
        version=version("biopython"),
        variants=variants,
        target_step=TARGET_STEP,
    )


def aligner_for(costs: Costs) -> Any:
    """Return an aligner with this scoring."""
    matrix = substitution_matrices.Array(costs.alphabet, dims=2, data=costs.matrix.astype(float))
    return PairwiseAligner(
        mode="local",
        substitution_matrix=matrix,
        open_gap_score=-costs.gap_open,
        extend_gap_score=-costs.gap_extend,
    )


def variants(work: Workload) -> dict[str, Run]:
    """Return the aligner's methods for a workload."""
    aligner = aligner_for(work.costs)
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
            [score_and_align(aligner, a, b, work.min_score) for a, b in pairs[:n]]
        )
    }


def score_and_align(aligner: Any, a: str, b: str, min_score: int) -> float:
    """Return the score of a pair; align it if it reaches min_score."""
    score = aligner.score(a, b)
    if score >= min_score:
        aligner.align(a, b)[0]
    return score
