"""Write the report: one HTML page that needs no network, and its five findings as text.

In:  counts of all stages (JSON), pairs.h5, alignments.parquet, clusters.parquet; optional: tables
     of Snakemake's benchmarks, truth_comparison.json of compare_with_truth.
Out: report.html; with --findings a text file of five lines.

Counts that do not agree from stage to stage, or with the rows of the tables, stop the report.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from command_line import argument_parser, existing_file, log, run_command
from formats.benchmarks import JobCost, read_job_costs
from formats.errors import UsageError
from formats.whole_files import written_whole
from reporting.batches import alignment_batches, cluster_batches, pair_batches
from reporting.blocks import Section
from reporting.clusters import clusters_section
from reporting.findings import Finding, findings_text, five_findings
from reporting.flow import StageCounts, StageFlow, check_rows, flows_through_stages, load_counts
from reporting.flow_section import flow_section
from reporting.measures import (
    AlignmentMeasures,
    ClusterMeasures,
    PairMeasures,
    measure_alignments,
    measure_clusters,
    measure_pairs,
)
from reporting.number_text import plural
from reporting.page import page_html
from reporting.pairs import pairs_section
from reporting.quality import reads_section, unit_reads
from reporting.reading import files_section, reading_section
from reporting.run import costs_section, settings_section, versions_section
from reporting.truth import TruthMeasures, read_truth_measures, truth_section


class Results(NamedTuple):
    """All that the page tells of."""

    counts: list[StageCounts]
    flows: list[StageFlow]
    pairs: PairMeasures
    alignments: AlignmentMeasures
    clusters: ClusterMeasures
    truth: TruthMeasures | None
    costs: list[JobCost]


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argument_parser("write_report", __doc__)
    parser.add_argument("--counts", type=existing_file, nargs="+", required=True)
    parser.add_argument("--pairs", type=existing_file, required=True)
    parser.add_argument("--alignments", type=existing_file, required=True)
    parser.add_argument("--clusters", type=existing_file, required=True)
    parser.add_argument(
        "--benchmarks", type=Path, nargs="*", default=[], help="folders or files <stage>/*.tsv"
    )
    parser.add_argument("--truth-comparison", type=existing_file)
    parser.add_argument("--config", required=True, help="JSON, or a YAML or JSON file")
    parser.add_argument("--title", default="readkin report")
    parser.add_argument("--output", type=Path, required=True, help="HTML page")
    parser.add_argument("--findings", type=Path, help="text file of the five findings")
    return parser.parse_args(argv)


def read_settings(config: str) -> Mapping[str, Any]:
    """The effective configuration from JSON text, or from a YAML or JSON file.

    Raises:
        UsageError: if it is neither.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    is_text = config.lstrip().startswith("{")
    try:
        settings = YAML(typ="safe", pure=True).load(config if is_text else Path(config))
    except YAMLError as error:
        problem = str(error).splitlines()[0]
        raise UsageError("--config", problem, "JSON or YAML", "check the argument") from None
    if not isinstance(settings, dict):
        raise UsageError("--config", "no settings", "a mapping", "check the argument")
    return settings


def read_results(arguments: argparse.Namespace) -> Results:
    """Read and summarise all inputs, and check that their numbers agree.

    Raises:
        InputError: naming the stage or file whose numbers do not agree with those before it.
    """
    counts = load_counts(arguments.counts)
    flows = flows_through_stages(counts)
    pairs = measure_pairs(pair_batches(arguments.pairs))
    alignments = measure_alignments(alignment_batches(arguments.alignments))
    clusters = measure_clusters(cluster_batches(arguments.clusters))
    check_rows(flows, "find_pairs", "pairs", pairs.votes.total, arguments.pairs)
    check_rows(flows, "align_pairs", "pairs", alignments.score.total, arguments.alignments)
    check_rows(flows, "cluster_reads", "reads", clusters.reads, arguments.clusters)
    comparison = arguments.truth_comparison
    truth = read_truth_measures(comparison) if comparison else None
    costs = [cost for path in arguments.benchmarks for cost in read_job_costs(path)]
    return Results(counts, flows, pairs, alignments, clusters, truth, costs)


def all_sections(results: Results, settings: Mapping[str, Any], report: Path) -> Iterable[Section]:
    """The chapters of the page in their order."""
    yield flow_section(results.counts, results.flows, results.clusters.reads_alone)
    yield reads_section(unit_reads(results.counts))
    yield pairs_section(results.pairs, results.alignments)
    yield clusters_section(results.clusters)
    yield truth_section(results.truth)
    yield settings_section(settings)
    yield versions_section()
    yield costs_section(results.costs)
    yield reading_section()
    yield files_section(report, bool(results.truth))


def write_report(results: Results, settings: Mapping[str, Any], title: str, output: Path) -> list[Finding]:
    """Write the page and return its findings."""
    findings = five_findings(
        results.flows, results.alignments, results.clusters, results.truth
    )
    units = [str(entry.unit) for entry in results.counts if entry.stage == "trim_reads"]
    subtitle = f"{plural(len(units), 'unit')}: {', '.join(units[:8])}{', …' * (len(units) > 8)}"
    page = page_html(title, subtitle, findings, list(all_sections(results, settings, output)))
    with written_whole(output) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return findings


def run(arguments: argparse.Namespace) -> None:
    settings = read_settings(arguments.config)
    results = read_results(arguments)
    findings = write_report(results, settings, arguments.title, arguments.output)
    if arguments.findings:
        with written_whole(arguments.findings) as temporary:
            temporary.write_text(findings_text(findings), encoding="utf-8")
    for line in findings_text(findings).splitlines():
        log.info("%s", line)


def main(argv: list[str] | None = None) -> int:
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
