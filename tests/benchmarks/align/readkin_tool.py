"""readkin's kernels as a tool of the benchmark."""

from benchmarks.align.workloads import (
    DNA,
    DNA_MATCH,
    DNA_MISMATCH,
    AllAgainstAll,
    CandidatePairs,
    Costs,
    Run,
    SequenceSet,
    Tool,
    Workload,
)
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
    """Return the kernels as a tool."""
    return Tool(name="readkin", version="this clone", variants=variants)


def variants(work: Workload) -> dict[str, Run]:
    """Return the one kernel for a workload."""
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
    """Return the kernels' form of a scoring."""
    if costs is DNA:
        return dna_scoring(DNA_MATCH, DNA_MISMATCH, costs.gap_open, costs.gap_extend)
    return Scoring(costs.matrix, costs.gap_open, costs.gap_extend)


def packed(sequences: SequenceSet) -> Sequences:
    """Return the kernels' form of a set of sequences."""
    return Sequences(sequences.codes, sequences.offsets)


def first_pairs(work: CandidatePairs, n: int) -> Pairs:
    """Return the first n pairs in the kernels' form."""
    return Pairs.of(
        packed(work.a),
        packed(work.b),
        work.index_a[:n],
        is_reverse=work.is_reverse[:n],
        diagonal=work.diagonal[:n],
    )
