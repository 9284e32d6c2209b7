"""Alignment beside its peers, in one run on one core: `make bench-align`.

Prints a table for each work set and writes all figures to bench-results/align.json. All tools do
the same work in turn, so that whatever disturbs the machine disturbs all; processor time counts.
Fails if any tool's scores differ from readkin's without a known reason. QUICK=1 in the environment
shrinks all work sets.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from benchmarks.align import ranks, readkin_tool
from benchmarks.align.band import band_and_half
from benchmarks.align.peers import find_peers
from benchmarks.align.race import one_core, race
from benchmarks.align.records import race_table, records_of
from benchmarks.align.work_sets import work_sets
from benchmarks.records import Record, processor, records_table, write_json

PARTS = ("race", "band", "ranks", "command")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-align", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--work", nargs="+", default=[""], help="only sets whose name begins so")
    parser.add_argument("--json", type=Path, default=Path("bench-results/align.json"))
    return parser.parse_args()


def run_race(
    console: Console, folder: Path, wanted: tuple[str, ...], is_quick: bool
) -> tuple[list[Record], int]:
    """Figures of all work sets; how many tools gave unexplained scores."""
    peers, missing = find_peers(folder)
    for peer in peers:
        console.print(f"{peer.name}: {peer.version}", highlight=False)
    for name, reason in missing.items():
        console.print(f"{name}: not there: {reason}", highlight=False)
    records: list[Record] = []
    n_failed = 0
    seconds, repetitions = (0.1, 3) if is_quick else (0.8, 5)
    with one_core():
        for work in work_sets(is_quick):
            if not work.name.startswith(wanted):
                continue
            runners = race(work, readkin_tool.tool(), peers, seconds, repetitions)
            console.print(race_table(runners))
            records += records_of(runners)
            n_failed += sum(bool(r.n_wrong and not r.tool.known_fault) for r in runners)
    return records, n_failed


def main() -> int:
    arguments = parse_arguments()
    is_quick = os.environ.get("QUICK", "0") not in ("", "0")
    console = Console()
    if not console.is_terminal:
        console = Console(width=150)
    console.print(f"{processor()}; medians of processor time, in brackets the range")
    records: list[Record] = []
    n_failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "race" in arguments.parts:
            records, n_failed = run_race(console, folder, tuple(arguments.work), is_quick)
        if "band" in arguments.parts:
            with one_core():
                found = band_and_half(is_quick, 5)
            console.print(records_table("Band, packed lanes, half matrix", found))
            records += found
        if "ranks" in arguments.parts:
            found = ranks.kernel_scaling(is_quick, 3)
            console.print(records_table("The same work on MPI ranks", found))
            records += found
        if "command" in arguments.parts:
            found = ranks.command_times(folder, 600 if is_quick else 6000, 3)
            console.print(records_table("The align_pairs command", found))
            records += found
    write_json(arguments.json, records)
    console.print(f"All figures: {arguments.json}")
    if n_failed:
        console.print(f"{n_failed} tools gave other scores than readkin", style="bold red")
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
