"""Compare the clusters of reads with those of peers: `make bench-clusters`.

Reads are simulated from whole genomes, which are downloaded from Debian and PyPI at the first run.
Prints a table for each set and writes all measurements as JSON. Every read counts: a read without a
cluster is a cluster of its own.

V, ARI       V-measure and adjusted Rand index of all reads, by their most probable cluster
purity       share of reads whose genome is the most frequent one of their cluster
half         genomes of which one cluster has half of the reads or more, at 90 % purity or more
nearly all   the same with 90 % of the reads and 95 % purity
placed       share of reads in a cluster with a confidence of 0.95 or more; peers state none, and
             all reads in a cluster or bin count
ARI placed   adjusted Rand index of these reads
right        share of these reads whose genome is the most frequent one of their cluster
CPU s        user and system time of all processes; readkin's of all stages, from the raw reads
peak MB      peak memory of the largest step

With --assemblies a second table compares MEGAHIT's contigs of each cluster with those of all reads:
mean share of a genome that they cover, median NGA50, misassemblies (of them, of two genomes).

All programs run on one thread. QUICK=1 in the environment runs two small sets.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.clusters.assemblies import assembly_tools
from benchmarks.clusters.genomes import DownloadError
from benchmarks.clusters.publish import publish
from benchmarks.clusters.race import MAKERS, find_peers, race
from benchmarks.clusters.readkin_tools import genomes_tool
from benchmarks.clusters.sets import QUICK_SETS, SETS, ReadSet
from benchmarks.clusters.table import COLUMNS, CONTIG_COLUMNS, set_table
from benchmarks.clusters.tools import Tool, UnavailableError
from benchmarks.records import (
    Record,
    benchmark_parser,
    is_quick_run,
    processor,
    read_json,
    wide_console,
    write_json,
)

EXIT_MISSING = 2


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = benchmark_parser(
        "clusters", __doc__, "measurements; those of other sets and tools in the file stay"
    )
    sets = QUICK_SETS if is_quick_run() else SETS
    add = parser.add_argument
    add("--sets", nargs="*", choices=list(sets), default=list(sets), help="default: all")
    add("--repeats", type=int, default=1 if is_quick_run() else 3, help="simulations of each set")
    add("--first-seed", type=int, default=1, help="of the simulations; default: %(default)s")
    add("--peers", nargs="*", choices=list(MAKERS), default=list(MAKERS), help="default: all")
    add("--assemblies", action="store_true", help="assemble each cluster, and all reads at once")
    add("--keep", type=Path, metavar="FOLDER", help="keep reads and results in a folder")
    add("--least-ari", type=float, default=0.0, help="fail if readkin's of all reads is lower")
    add("--publish", action="store_true", help="write the table of docs/clusters.md, too")
    return parser.parse_args(argv)


def run_benchmark(
    sets: Sequence[ReadSet],
    seeds: Sequence[int],
    tools: Sequence[Tool],
    output: Path,
    keep: Path | None,
    least_ari: float = 0.0,
) -> int:
    """Run all sets, print their tables, and write all records.

    Args:
        sets: the sets.
        seeds: one for each simulation.
        tools: tools that take part; the first one runs the workflow.
        output: JSON file to write.
        keep: folder for the files of the simulations; None: they are removed.
        least_ari: adjusted Rand index that the first tool must reach in every run.

    Returns:
        The exit code: 1 if a tool failed or the first one is too bad, EXIT_MISSING if a genome
        cannot be downloaded.
    """
    console = wide_console()
    console.print(f"{processor()}, {os.cpu_count()} cores; medians, ranges in parentheses")
    for tool in tools:
        console.print(f"{tool.name} {tool.version}: {tool.settings}", highlight=False)
    failed = False
    for read_set in sets:
        try:
            runners = race(read_set, tools, seeds, keep)
        except DownloadError as error:
            console.print(f"no genomes: {error}", style="bold red")
            return EXIT_MISSING
        for columns in (COLUMNS, CONTIG_COLUMNS):
            if (table := set_table(read_set, runners, columns)).row_count:
                console.print(table)
        records = [row for runner in runners for row in runner.records()]
        write_json(output, merged(read_json(output), records))
        if any(run["adjusted_rand"] < least_ari for run in runners[0].runs):
            console.print(f"{read_set.name}: ARI below {least_ari:g}", style="bold red")
            failed = True
        failed |= any(runner.failure and runner.tool.most_reads is None for runner in runners)
    console.print(f"All measurements: {output}")
    return int(failed)


def merged(old: Sequence[Record], new: Sequence[Record]) -> list[Record]:
    """Return all records; new ones replace all old ones of the same set and tool."""
    replaced = {(row["work"], row["tool"]) for row in new}
    return [row for row in old if (row["work"], row["tool"]) not in replaced] + list(new)


def tools_of(arguments: argparse.Namespace) -> list[Tool]:
    """Return readkin and the peers that the arguments name; print which ones are unavailable."""
    peers, missing = find_peers()
    tools = [genomes_tool(), *(peer for peer in peers if peer.name in arguments.peers)]
    if arguments.assemblies:
        try:
            tools += assembly_tools()
        except UnavailableError as reason:
            missing["assemblies"] = str(reason)
    for name, why in missing.items():
        if name in [*arguments.peers, "assemblies"]:
            sys.stdout.write(f"{name}: unavailable: {why}\n")
    return tools


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    arguments = parse_arguments(argv)
    sets = QUICK_SETS if is_quick_run() else SETS
    first = arguments.first_seed
    code = run_benchmark(
        [sets[name] for name in arguments.sets],
        range(first, first + arguments.repeats),
        tools_of(arguments),
        arguments.json,
        arguments.keep and arguments.keep.resolve(),
        arguments.least_ari,
    )
    if arguments.publish:
        publish(read_json(arguments.json))
    return code


if __name__ == "__main__":
    sys.exit(main())
