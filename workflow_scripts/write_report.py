"""Write the report: one HTML page that works offline, and its main findings as text.

In:  counts of all stages (JSON), pairs.h5, folder of alignments, clusters.parquet,
     cluster_summary.tsv; optionally pieces.parquet of method genomes, cluster_names.tsv, the
     folder of export_clusters, assemblies.tsv, Snakemake's benchmark tables, truth_comparison.json
     of compare_with_truth, and search.parquet.
Out: HTML page; text file with one finding per line.

The command fails if the counts do not agree from stage to stage or with the rows of the tables.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from readkin.command import argument_parser, existing_file, existing_folder, log, run_command
from readkin.errors import UsageError
from readkin.formats.atomic_write import atomic_write
from readkin.report.findings import findings_text, main_findings
from readkin.report.flow import Stages, lost_units_text
from readkin.report.page import page_html
from readkin.report.results import ResultFiles, read_results


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("write_report", __doc__)
    add = parser.add_argument
    add("--counts", type=existing_file, nargs="+", required=True, help="JSON, of all stages")
    add(
        "--stages",
        type=counted_stage,
        nargs="+",
        required=True,
        metavar="STAGE=KIND,...",
        help="stages of the run in their order, and the kinds of items that each must count",
    )
    add("--pairs", type=existing_file, required=True, help="HDF5, of find_pairs")
    add("--alignments", type=existing_folder, required=True, help="folder, of align_pairs")
    add("--clusters", type=existing_file, required=True, help="Parquet, of cluster_reads")
    add("--cluster-summary", type=existing_file, required=True, help="TSV, of cluster_reads")
    add("--cluster-names", type=existing_file, help="TSV, of name_clusters")
    add("--pieces", type=existing_file, help="Parquet, of cluster_reads with method genomes")
    add("--exported", type=Path, help="folder, of export_clusters")
    add("--assemblies", type=existing_file, help="TSV, of assemble_clusters")
    add("--truth-comparison", type=existing_file, help="JSON, of compare_with_truth")
    add("--search-hits", type=existing_file, help="Parquet, of search_reads")
    add(
        "--benchmarks",
        type=Path,
        nargs="*",
        default=[],
        help="benchmark tables <stage>/*.tsv, or folders of them; missing ones are ignored",
    )
    add("--config", required=True, help="configuration: JSON text, or a YAML or JSON file")
    add("--title", default="readkin report", help="title of the page")
    add("--output", type=Path, required=True, help="HTML page to write")
    add("--findings", type=Path, required=True, help="text file to write")
    return parser.parse_args(argv)


def counted_stage(text: str) -> tuple[str, tuple[str, ...]]:
    """Argument type: a stage and the kinds of items that it counts, ``align_pairs=pairs``."""
    stage, equals, kinds = text.partition("=")
    if not (stage and equals):
        raise argparse.ArgumentTypeError(f"found {text!r}, expected STAGE=KIND,...")
    return stage, tuple(filter(None, kinds.split(",")))


def read_settings(config: str) -> Mapping[str, Any]:
    """Return the configuration in JSON text, or in a YAML or JSON file.

    Raises:
        UsageError: if it is neither.
    """
    is_text = config.lstrip().startswith("{")
    where = "--config" if is_text else config
    try:
        settings = yaml.safe_load(config if is_text else Path(config).read_text())
    except yaml.YAMLError as error:
        problem = str(error).splitlines()[0]
        raise UsageError(where, problem, "YAML or JSON", "check the argument") from None
    if not isinstance(settings, dict):
        raise UsageError(where, "no settings", "keys and values", "check the argument")
    return settings


def write_report(
    files: ResultFiles,
    stages: Stages,
    settings: Mapping[str, Any],
    title: str,
    output: Path,
    findings_file: Path,
) -> None:
    """Write the page and the findings.

    Args:
        files: inputs.
        stages: stages of the run in their order, with the kinds of items that each counts.
        settings: configuration in effect.
        title: of the page.
        output: HTML page.
        findings_file: text file.

    Raises:
        InputError: if the numbers of stages and tables do not agree; no file is written then.
    """
    results = read_results(files, stages)
    findings = main_findings(
        results.counts, results.flows, results.alignments, results.clusters, results.truth
    )
    page = page_html(results, settings, findings, title)
    with atomic_write(output) as temporary:
        temporary.write_text(page, encoding="utf-8")
    with atomic_write(findings_file) as temporary:
        temporary.write_text(findings_text(findings), encoding="utf-8")
    log.info("report: %s", output)
    if lost_units := lost_units_text(results.counts):
        log.warning("warning: %s", lost_units)


def run(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments."""
    files = ResultFiles(**{name: getattr(arguments, name) for name in ResultFiles._fields})
    settings = read_settings(arguments.config)
    write_report(
        files=files,
        stages=dict(arguments.stages),
        settings=settings,
        title=arguments.title,
        output=arguments.output,
        findings_file=arguments.findings,
    )


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
