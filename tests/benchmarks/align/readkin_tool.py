"""readkin's own kernels."""

from benchmarks.align.tools import Run, Tool
from benchmarks.align.works import DNA, AllAgainstAll, CandidatePairs, Costs, SequenceSet, Work
from benchmarks.align.works import DNA_MATCH as MATCH
from benchmarks.align.works import DNA_MISMATCH as MISMATCH
from readkin.kernels.smith_waterman.alignment import (
    Pairs,
    Scoring,
    Sequences,
    align_pairs,
    dna_scoring,
    score_all,
    score_pairs,
)


def tool() -> Tool:
    return Tool("readkin", "this clone", ways)


def ways(work: Work) -> dict[str, Run]:
    scoring = scoring_of(work.costs)
    if isinstance(work, AllAgainstAll):
        queries, targets = work.queries, packed(work.targets)
        return {
            "score_all": lambda n: score_all(packed(queries.part(0, n)), targets, scoring).ravel()
        }
    min_score = work.min_score
    if min_score is None:
        return {"score_pairs": lambda n: score_pairs(first_pairs(work, n), scoring)}
    return {"align_pairs": lambda n: align_pairs(first_pairs(work, n), scoring, min_score).score}


def scoring_of(costs: Costs) -> Scoring:
    if costs is DNA:
        return dna_scoring(MATCH, MISMATCH, costs.gap_open, costs.gap_extend)
    return Scoring(costs.matrix, costs.gap_open, costs.gap_extend)


def packed(sequences: SequenceSet) -> Sequences:
    return Sequences(sequences.codes, sequences.offsets)


def first_pairs(work: CandidatePairs, n: int) -> Pairs:
    """The first n pairs."""
    return Pairs.of(
        packed(work.a),
        packed(work.b),
        work.index_a[:n],
        is_reverse=work.is_reverse[:n],
        diagonal=work.diagonal[:n],
    )
