"""All inputs of the report, read, summarised and checked against each other."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from readkin.errors import InputError
from readkin.formats.benchmarks import JobCost, read_job_costs
from readkin.report.cluster_measures import ClusterMeasures, measure_clusters
from readkin.report.flow import (
    RUN_AGAIN,
    StageCounts,
    StageFlow,
    Stages,
    check_rows,
    find_flow,
    flows_through_stages,
    item_kind,
    load_counts,
)
from readkin.report.measures import (
    AlignmentMeasures,
    PairMeasures,
    TruthMeasures,
    measure_alignments,
    measure_pairs,
    read_truth_measures,
)
from readkin.report.search_section import SearchMeasures, measure_search


class ResultFiles(NamedTuple):
    """Paths of the inputs; benchmarks are folders or files, None is a stage that did not run."""

    counts: Sequence[Path]
    pairs: Path
    alignments: Path
    clusters: Path
    cluster_summary: Path
    cluster_names: Path | None
    pieces: Path | None
    exported: Path | None
    assemblies: Path | None
    truth_comparison: Path | None
    search_hits: Path | None
    benchmarks: Sequence[Path]


class Results(NamedTuple):
    """Everything that the page shows, except for the configuration."""

    stages: Stages
    counts: list[StageCounts]
    flows: list[StageFlow]
    pairs: PairMeasures
    alignments: AlignmentMeasures
    clusters: ClusterMeasures
    truth: TruthMeasures | None
    search: SearchMeasures | None
    costs: list[JobCost]


def read_results(files: ResultFiles, stages: Stages) -> Results:
    """Read and summarise all inputs, and check that their numbers agree.

    Args:
        files: inputs.
        stages: stages of the run.

    Raises:
        InputError: naming the stage or file whose numbers do not agree with those before it.
    """
    counts = load_counts(files.counts, stages)
    flows = flows_through_stages(counts, stages)
    results = Results(
        stages=stages,
        counts=counts,
        flows=flows,
        pairs=measure_pairs(files.pairs),
        alignments=measure_alignments(files.alignments),
        clusters=measure_clusters(
            files.clusters,
            files.cluster_summary,
            hits=files.cluster_names,
            pieces=files.pieces,
            exported=files.exported,
            assemblies=files.assemblies,
        ),
        truth=read_truth_measures(files.truth_comparison) if files.truth_comparison else None,
        search=measure_search(counts, flows, files.search_hits),
        # A table that was deleted is worth no new run of its stage.
        costs=[c for path in files.benchmarks if path.exists() for c in read_job_costs(path)],
    )
    _check_rows_of_tables(results, files)
    _check_reads_of_units(results, files)
    return results


def _check_rows_of_tables(results: Results, files: ResultFiles) -> None:
    """Check that tables have as many rows as their stages counted."""
    for stage, items, rows, table in (
        ("find_pairs", "pairs", results.pairs.votes.total, files.pairs),
        ("align_pairs", "pairs", results.alignments.score.total, files.alignments),
        ("cluster_reads", "reads", results.clusters.reads, files.clusters),
    ):
        check_rows(find_flow(results.flows, stage, items), rows, table)
    if results.clusters.summarised_reads != results.clusters.clustered:
        raise InputError(
            files.cluster_summary,
            f"{results.clusters.summarised_reads} reads",
            f"the {results.clusters.clustered} reads of {files.clusters.name} with a cluster",
            RUN_AGAIN.format("cluster_reads"),
        )
    if results.truth is not None and results.truth.reads != results.clusters.reads:
        raise InputError(
            files.truth_comparison,
            f"{results.truth.reads} reads",
            f"{results.clusters.reads}",
            RUN_AGAIN.format("compare_with_truth"),
        )


def _check_reads_of_units(results: Results, files: ResultFiles) -> None:
    """Check that the table of clusters has all reads of each unit's BAM file."""
    for entry in results.counts:
        if entry.stage != "convert_fastq_to_bam":
            continue
        reads = next(flow.left for flow in entry.flows if item_kind(flow) == "reads")
        clustered = results.clusters.units[str(entry.unit)]
        if clustered != reads:
            raise InputError(
                files.clusters,
                f"{clustered} reads of unit {entry.unit}",
                f"the {reads} that left {entry.stage}",
                RUN_AGAIN.format("cluster_reads"),
            )
