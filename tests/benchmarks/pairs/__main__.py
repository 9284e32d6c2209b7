"""Finding pairs beside its peers, in one run: `make bench-pairs`.

Reads are simulated from real genomes in Debian packages, so that it is known which overlap. Prints
a table for each set of reads and writes all figures to bench-results/pairs.json.

recall      of pairs that overlap by 75 bp or more, those kept
precision   of pairs kept, those that overlap by 20 bp or more
kept/true   pairs kept (duplicates expanded), rows/true: pairs listed; of each true pair
CPU s       user and system time of all processes of all stages, start-up, reading and writing
            included; last stage: of the one that finds pairs
join s      of it, or of a peer's library, from keys in memory to pairs in memory
peak MB     of the largest stage; of MPI ranks, the sum of all ranks' peaks

All programs run on one thread, readkin on one rank if not said otherwise. Pairs are those that
pairs.h5 holds, after all caps and filters. QUICK=1 in the environment makes all sets small.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.console import Console

from benchmarks.pairs import genomes, readkin_tool, works
from benchmarks.pairs.peers import find_peers
from benchmarks.pairs.race import Runner, race
from benchmarks.pairs.table import records_of, summary, work_table
from benchmarks.pairs.tools import Tool
from benchmarks.records import Record, processor, write_json

EXIT_MISSING = 2


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench-pairs",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--work", nargs="+", default=[""], help="only sets whose name has this")
    parser.add_argument("--ranks", nargs="+", type=int, default=[1, 2], help="of readkin")
    parser.add_argument(
        "--tune",
        action="store_true",
        help="only on the genomes that thresholds may be set on",
    )
    parser.add_argument("--json", type=Path, default=Path("bench-results/pairs.json"))
    return parser.parse_args()


def run_all(
    console: Console, cases: Iterable[works.Case], peers: dict[str, Tool]
) -> Iterator[list[Runner]]:
    """Run set after set and show what comes out."""
    for case in cases:
        work = case.work()
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
    """Compile all kernels, and find out early if something does not work."""
    place = genomes.Genome("any", genomes.encode("ACGTTGCATGGAC" * 40), False, "none")
    case = works.Case("any", place, 50, works.LENGTH, 0.01, 1, 1, ())
    with tempfile.TemporaryDirectory() as folder:
        (runner,) = race(case.work(), [readkin_tool.tool(1)], Path(folder))
    if runner.failure:
        sys.exit(f"readkin does not run: {runner.failure}")


def main() -> int:
    arguments = parse_arguments()
    is_quick = os.environ.get("QUICK", "0") not in ("", "0")
    console = Console()
    if not console.is_terminal:
        console = Console(width=150)
    sources = genomes.TUNING if arguments.tune else genomes.REPORTED
    lacking = genomes.missing_packages([*sources, genomes.LAMBDA])
    if lacking:
        console.print(f"no genomes: apt-get install {' '.join(lacking)}", style="bold red")
        return EXIT_MISSING
    console.print(f"{processor()}, {os.cpu_count()} cores; medians, in brackets the range")
    peers, missing = find_peers()
    for peer in peers.values():
        console.print(f"{peer.name} {peer.version}: {peer.settings}", highlight=False)
    for name, reason in missing.items():
        console.print(f"{name}: not there: {reason}", highlight=False)
    size = works.QUICK if is_quick else works.FULL
    small, *loaded = (genomes.load(source) for source in (genomes.LAMBDA, *sources))
    warm_up()
    cases = works.all_cases(loaded, small, size, tuple(arguments.ranks))
    wanted = [case for case in cases if any(part in case.name for part in arguments.work)]
    records: list[Record] = []
    failed = False
    for runners in run_all(console, wanted, peers):
        records += records_of(runners)
        write_json(arguments.json, records)  # so that a run cut short leaves what it has
        failed |= any(r.failure and r.tool.most_reads is None for r in runners)
    console.print(summary(records))
    console.print(f"All figures: {arguments.json}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
