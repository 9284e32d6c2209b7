"""Compare the speed of alignment with that of peers, on one core: `make bench-align`.

Prints a table for each workload and writes all measurements as JSON. All tools run the same
workload in turn, so that disturbances of the machine affect all of them; processor time is
compared. The exit code is 1 if the scores of a tool differ from readkin's without a known reason.
QUICK=1 in the environment makes all workloads small.
"""

import argparse
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

from rich.console import Console

from benchmarks.align import operations, ranks, readkin_tool
from benchmarks.align.band import band_and_half
from benchmarks.align.race import Runner, find_peers, one_core, race
from benchmarks.align.records import race_table, records_of
from benchmarks.align.work_sets import work_sets
from benchmarks.align.workloads import AllAgainstAll
from benchmarks.records import (
    Record,
    benchmark_parser,
    is_quick_run,
    processor,
    record,
    records_table,
    spread,
    wide_console,
    write_json,
)
from readkin.kernels.simd.vectors import VECTOR_BYTES

PARTS = ("race", "band", "ranks", "command")


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = benchmark_parser("align", __doc__)
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=PARTS, help="parts to run; default: all"
    )
    parser.add_argument(
        "--work",
        nargs="+",
        default=[""],
        metavar="PREFIX",
        help="run only the workloads whose name begins with a prefix",
    )
    return parser.parse_args(argv)


def run_race(
    console: Console, folder: Path, prefixes: tuple[str, ...], is_quick: bool
) -> tuple[list[Record], int]:
    """Run readkin and its peers on all workloads.

    Args:
        console: where tables are printed.
        folder: folder for compiled drivers.
        prefixes: only workloads whose name begins with one of them are run.
        is_quick: run small workloads.

    Returns:
        The records, and the number of tools whose scores differ without a known reason.
    """
    peers, missing = find_peers(folder)
    for peer in peers:
        console.print(f"{peer.name}: {peer.version}", highlight=False)
    for name, reason in missing.items():
        console.print(f"{name}: unavailable: {reason}", highlight=False)
    records: list[Record] = []
    n_failed = 0
    seconds, repetitions = (0.1, 3) if is_quick else (0.8, 5)
    with one_core():
        for work in work_sets(is_quick):
            if not work.name.startswith(prefixes):
                continue
            runners = race(work, readkin_tool.tool(), peers, seconds, repetitions)
            console.print(race_table(runners))
            records += records_of(runners)
            if isinstance(work, AllAgainstAll):
                records.append(share_of_operations(console, runners[0]))
            n_failed += sum(bool(r.n_wrong and not r.tool.known_fault) for r in runners)
    return records, n_failed


def share_of_operations(console: Console, ours: Runner) -> Record:
    """Print and return which share of the processor's vector operations the kernels reach."""
    instructions, available = operations.instruction_set(), operations.operations_per_second()
    shares = operations.shares(ours.rates(ours.cpu), available)
    console.print(
        f"{ours.work.name}: {instructions} in the machine code, vectors of {VECTOR_BYTES} bytes;"
        f" {spread(100 * shares)} % of the measured {available / 1e9:.1f} G operations/s,"
        f" at {operations.OPERATIONS_PER_CELL} operations per cell",
        highlight=False,
    )
    return record(
        ours.work.name,
        ours.tool.name,
        "share_of_operations",
        "",
        shares,
        instruction_set=instructions,
        vector_bytes=VECTOR_BYTES,
        operations_per_second=available,
        operations_per_cell=operations.OPERATIONS_PER_CELL,
    )


def run_benchmark(
    parts: Collection[str], prefixes: tuple[str, ...], output: Path, is_quick: bool
) -> int:
    """Run the parts, print their tables, and write all records.

    Args:
        parts: names from PARTS.
        prefixes: as in run_race.
        output: JSON file to write.
        is_quick: run small workloads.

    Returns:
        The number of tools whose scores differ without a known reason.
    """
    console = wide_console()
    console.print(f"{processor()}; medians of processor time, ranges in parentheses")
    records: list[Record] = []
    n_failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "race" in parts:
            records, n_failed = run_race(console, folder, prefixes, is_quick)
        if "band" in parts:
            with one_core():
                measured = band_and_half(is_quick, 5)
            console.print(records_table("Band, packed lanes, halved all-against-all", measured))
            records += measured
        if "ranks" in parts:
            measured = ranks.kernel_scaling(is_quick, 3)
            console.print(records_table("The same workload on MPI ranks", measured))
            records += measured
        if "command" in parts:
            measured = ranks.command_times(folder, 600 if is_quick else 6000, 3)
            console.print(records_table("The align_pairs command", measured))
            records += measured
    write_json(output, records)
    console.print(f"All measurements: {output}")
    if n_failed:
        console.print(f"{n_failed} tools gave scores that differ from readkin's", style="bold red")
    return n_failed


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    arguments = parse_arguments(argv)
    n_failed = run_benchmark(
        arguments.parts, tuple(arguments.work), arguments.json, is_quick=is_quick_run()
    )
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
