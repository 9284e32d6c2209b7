"""All that the page tells of, read, summarised, and checked against each other."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from readkin.errors import InputError
from readkin.formats.benchmarks import JobCost, read_job_costs
from readkin.report.batches import alignment_batches, cluster_batches, pair_batches
from readkin.report.flow import (
    RUN_AGAIN,
    StageCounts,
    StageFlow,
    check_rows,
    find_flow,
    flows_through_stages,
    load_counts,
    thing,
)
from readkin.report.measures import (
    AlignmentMeasures,
    ClusterMeasures,
    PairMeasures,
    measure_alignments,
    measure_clusters,
    measure_pairs,
)
from readkin.report.search import SearchMeasures, measure_search
from readkin.report.truth import TruthMeasures, read_truth_measures


class ResultFiles(NamedTuple):
    """Where the results lie; benchmarks are folders or files."""

    counts: Sequence[Path]
    pairs: Path
    alignments: Path
    clusters: Path
    truth_comparison: Path | None
    search_hits: Path | None
    benchmarks: Sequence[Path]


class Results(NamedTuple):
    """All that the page tells of."""

    counts: list[StageCounts]
    flows: list[StageFlow]
    pairs: PairMeasures
    alignments: AlignmentMeasures
    clusters: ClusterMeasures
    truth: TruthMeasures | None
    search: SearchMeasures | None
    costs: list[JobCost]


def read_results(files: ResultFiles) -> Results:
    """Read and summarise all inputs, and check that their numbers agree.

    Raises:
        InputError: naming the stage or file whose numbers do not agree with those before it.
    """
    counts = load_counts(files.counts)
    flows = flows_through_stages(counts)
    results = Results(
        counts,
        flows,
        measure_pairs(pair_batches(files.pairs)),
        measure_alignments(alignment_batches(files.alignments)),
        measure_clusters(cluster_batches(files.clusters)),
        read_truth_measures(files.truth_comparison) if files.truth_comparison else None,
        measure_search(counts, flows, files.search_hits),
        [cost for path in files.benchmarks for cost in read_job_costs(path)],
    )
    _check_tables(results, files)
    return results


def _check_tables(results: Results, files: ResultFiles) -> None:
    """Tables have the rows that their stages counted; units have the reads that they brought."""
    flows, clusters = results.flows, results.clusters
    check_rows(find_flow(flows, "find_pairs", "pairs"), results.pairs.votes.total, files.pairs)
    aligned = find_flow(flows, "align_pairs", "pairs")
    check_rows(aligned, results.alignments.score.total, files.alignments)
    check_rows(find_flow(flows, "cluster_reads", "reads"), clusters.reads, files.clusters)
    for entry in results.counts:
        if entry.stage != "convert_fastq_to_bam":
            continue
        reads = next(flow.left for flow in entry.flows if thing(flow) == "reads")
        if clusters.units[str(entry.unit)] != reads:
            raise InputError(
                files.clusters,
                f"{clusters.units[str(entry.unit)]} reads of unit {entry.unit}",
                f"the {reads} that left {entry.stage}",
                RUN_AGAIN.format("cluster_reads"),
            )
    if results.truth is not None and results.truth.reads != clusters.reads:
        raise InputError(
            files.truth_comparison,
            f"{results.truth.reads} reads",
            f"{clusters.reads}",
            RUN_AGAIN.format("compare_with_truth"),
        )
