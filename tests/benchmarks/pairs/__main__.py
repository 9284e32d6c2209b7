"""Compare find_pairs with peers: `make bench-pairs`.

Reads are simulated from real genomes in Debian packages, so that their overlaps are known. Prints a
table for each workload and writes all measurements as JSON.

recall      share of the pairs with an overlap of 75 bp or more that is kept
precision   share of the kept pairs that overlaps by 20 bp or more
kept/true   kept pairs (duplicates expanded) per true pair
rows/true   listed pairs per true pair
CPU s       user and system time of all processes of all stages, with start-up, reading and writing
last stage  the same for the stage that finds pairs
join s      time of the join alone, or of a peer's library, from keys in memory to pairs in memory
peak MB     peak memory of the largest stage; for MPI ranks, the sum over the ranks

All programs run on one thread, and readkin on one rank unless stated otherwise. readkin's pairs are
those in pairs.h5, after all limits and filters. QUICK=1 in the environment makes all workloads
small.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.pairs import genomes, readkin_tool, workloads
from benchmarks.pairs.race import Runner, find_peers, race
from benchmarks.pairs.table import records_of, summary, work_table
from benchmarks.pairs.tools import Tool
from benchmarks.records import (
    Record,
    benchmark_parser,
    is_quick_run,
    processor,
    wide_console,
    write_json,
)

EXIT_MISSING = 2


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = benchmark_parser("pairs", __doc__)
    parser.add_argument(
        "--work",
        nargs="+",
        default=[""],
        metavar="TEXT",
        help="run only the workloads whose name contains a text",
    )
    parser.add_argument(
        "--ranks", nargs="+", type=int, default=[1, 2], help="numbers of MPI ranks of readkin"
    )
    parser.add_argument(
        "--tune",
        action="store_true",
        help="use the genomes on which thresholds may be chosen instead of those for reports",
    )
    return parser.parse_args(argv)


def run_all(
    console: Console, cases: Iterable[workloads.Case], peers: dict[str, Tool]
) -> Iterator[list[Runner]]:
    """Run all cases, print their tables, and yield their runners."""
    for case in cases:
        work = case.simulate()
        tools = [readkin_tool.tool(n) for n in work.ranks]
        tools += [peers[name] for name in work.peers if name in peers]
        with tempfile.TemporaryDirectory(prefix="bench-pairs-") as folder:
            runners = race(work, tools, Path(folder))
        console.print(work_table(runners))
        for runner in runners:
            if runner.failure and runner.tool.most_reads is None:
                console.print(f"{runner.tool.name} failed: {runner.failure}", style="bold red")
        yield runners


def warm_up() -> None:
    """Compile all kernels, and exit early if readkin does not run."""
    case = workloads.Case(
        name="warm-up",
        genome=genomes.Genome("any", genomes.encode("ACGTTGCATGGAC" * 40), False, "none"),
        n=50,
        length=workloads.LENGTH,
        error_rate=0.01,
        seed=1,
        repetitions=1,
        peers=(),
    )
    with tempfile.TemporaryDirectory() as folder:
        (runner,) = race(case.simulate(), [readkin_tool.tool(1)], Path(folder))
    if runner.failure:
        sys.exit(f"readkin does not run: {runner.failure}")


def run_benchmark(
    sources: Sequence[genomes.Source],
    texts: Sequence[str],
    ranks: tuple[int, ...],
    output: Path,
    is_quick: bool,
) -> int:
    """Run all cases, print their tables, and write all records.

    Args:
        sources: genomes to simulate reads of.
        texts: only workloads whose name contains one of them are run.
        ranks: numbers of MPI ranks of readkin, for scaling.
        output: JSON file to write.
        is_quick: run small workloads.

    Returns:
        The exit code: 1 if a tool failed, EXIT_MISSING if genomes are not installed.
    """
    console = wide_console()
    lacking = genomes.missing_packages([*sources, genomes.LAMBDA])
    if lacking:
        console.print(f"no genomes: apt-get install {' '.join(lacking)}", style="bold red")
        return EXIT_MISSING
    console.print(f"{processor()}, {os.cpu_count()} cores; medians, ranges in parentheses")
    peers, missing = find_peers()
    for peer in peers.values():
        console.print(f"{peer.name} {peer.version}: {peer.settings}", highlight=False)
    for name, reason in missing.items():
        console.print(f"{name}: unavailable: {reason}", highlight=False)
    size = workloads.QUICK if is_quick else workloads.FULL
    small, *loaded = (genomes.load(source) for source in (genomes.LAMBDA, *sources))
    warm_up()
    cases = workloads.all_cases(loaded, small, size, ranks)
    selected = [case for case in cases if any(text in case.name for text in texts)]
    records: list[Record] = []
    failed = False
    for runners in run_all(console, selected, peers):
        records += records_of(runners)
        write_json(output, records)  # after each workload, so that an aborted run keeps its results
        failed |= any(r.failure and r.tool.most_reads is None for r in runners)
    console.print(summary(records))
    console.print(f"All measurements: {output}")
    return int(failed)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    arguments = parse_arguments(argv)
    return run_benchmark(
        genomes.TUNING if arguments.tune else genomes.REPORTED,
        arguments.work,
        tuple(arguments.ranks),
        arguments.json,
        is_quick=is_quick_run(),
    )


if __name__ == "__main__":
    sys.exit(main())
