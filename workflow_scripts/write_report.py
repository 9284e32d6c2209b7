"""Write the report: one HTML page that needs no network, and its five findings as text.

In:  counts of all stages (JSON), pairs.h5, alignments.parquet, clusters.parquet; where there are:
     Snakemake's benchmark tables, truth_comparison.json of compare_with_truth, search.parquet.
Out: HTML page; text file of the findings, one a line.

Numbers that do not agree from stage to stage, or with the rows of the tables, stop the report.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from readkin.command import argument_parser, existing_file, log, run_command
from readkin.errors import UsageError
from readkin.formats.atomic_write import atomic_write
from readkin.report.blocks import Section
from readkin.report.clusters import clusters_section
from readkin.report.findings import findings_text, five_findings
from readkin.report.flow_section import flow_section
from readkin.report.page import page_html, subtitle_text
from readkin.report.pairs import pairs_section
from readkin.report.quality import reads_section, unit_reads
from readkin.report.reading import files_section, reading_section
from readkin.report.results import ResultFiles, Results, read_results
from readkin.report.run import costs_section, settings_section
from readkin.report.search_section import search_section
from readkin.report.truth_section import truth_section


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argument_parser("write_report", __doc__)
    parser.add_argument("--counts", type=existing_file, nargs="+", required=True, help="JSON")
    parser.add_argument("--pairs", type=existing_file, required=True, help="HDF5")
    parser.add_argument("--alignments", type=existing_file, required=True, help="Parquet")
    parser.add_argument("--clusters", type=existing_file, required=True, help="Parquet")
    parser.add_argument("--truth-comparison", type=existing_file, help="JSON")
    parser.add_argument("--search-hits", type=existing_file, help="Parquet, of search_reads")
    parser.add_argument(
        "--benchmarks", type=Path, nargs="*", default=[], help="folders or files <stage>/*.tsv"
    )
    parser.add_argument("--config", required=True, help="JSON text, or a YAML or JSON file")
    parser.add_argument("--title", default="readkin report")
    parser.add_argument("--output", type=Path, required=True, help="HTML page")
    parser.add_argument("--findings", type=Path, required=True, help="text file")
    return parser.parse_args(argv)


def read_settings(config: str) -> Mapping[str, Any]:
    """The effective configuration from JSON text, or from a YAML or JSON file.

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


def all_sections(results: Results, settings: Mapping[str, Any]) -> Iterator[Section]:
    """The chapters of the page, in their order."""
    yield flow_section(results.counts, results.flows, results.clusters.reads_alone)
    yield reads_section(unit_reads(results.counts))
    [join] = [entry.details for entry in results.counts if entry.stage == "find_pairs"]
    yield pairs_section(results.pairs, results.alignments, join)
    yield clusters_section(results.clusters)
    yield truth_section(results.truth)
    if results.search is not None:
        yield search_section(results.search, results.flows)
    yield settings_section(settings)
    yield costs_section(results.costs)
    has_search = results.search is not None
    yield reading_section(has_search)
    yield files_section(results.truth is not None, has_search)


def write_report(
    files: ResultFiles, settings: Mapping[str, Any], title: str, output: Path, findings_file: Path
) -> None:
    """Write the page and the findings.

    Raises:
        InputError: if the numbers of the stages and tables do not agree; nothing is written then.
    """
    results = read_results(files)
    findings = five_findings(results.flows, results.alignments, results.clusters, results.truth)
    page = page_html(
        title, subtitle_text(results.counts), findings, list(all_sections(results, settings))
    )
    with atomic_write(output) as temporary:
        temporary.write_text(page, encoding="utf-8")
    with atomic_write(findings_file) as temporary:
        temporary.write_text(findings_text(findings), encoding="utf-8")
    log.info("report: %s", output)


def run(arguments: argparse.Namespace) -> None:
    """Read the settings and write the report."""
    files = ResultFiles(**{name: getattr(arguments, name) for name in ResultFiles._fields})
    settings = read_settings(arguments.config)
    write_report(files, settings, arguments.title, arguments.output, arguments.findings)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
