"""Overlaps of long reads beside minimap2: `make bench-long-reads`.

Long reads of the genome of E. coli are simulated, filtered by trim_reads, and overlapped, all with
all: by the stages embed_reads, find_pairs and align_pairs with the settings that follow from the
error rate, and by minimap2 -c. Prints a table and writes all measurements as JSON.

recall     of the true overlaps of 2 kb or more, share found
precision  of the overlaps found with 2,000 columns or more, share of reads that truly overlap
CPU s      user and system time of all processes, with start-up, reading and writing
x minimap2 multiple of minimap2's, in the same round
peak MB    peak memory of the largest process

All run on one thread. QUICK=1 in the environment measures one set at low depth.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.table import Table

from benchmarks.clusters.chain import run_workflow, stage_costs
from benchmarks.clusters.genomes import DownloadError
from benchmarks.launching import Cost, metered
from benchmarks.long_reads.overlaps import (
    Score,
    origins_of,
    overlaps_of_paf,
    overlaps_of_readkin,
    score,
)
from benchmarks.long_reads.sets import SETS, LongReads, simulate
from benchmarks.records import (
    Record,
    benchmark_parser,
    is_quick_run,
    processor,
    record,
    spread,
    wide_console,
    write_json,
)

STAGES = ("embed_reads", "find_pairs", "align_pairs")
READKIN, PEER = "readkin", "minimap2 -c"
MEGABYTE = 1e6
EXIT_MISSING = 2


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = benchmark_parser("long-reads", __doc__)
    quick = is_quick_run()
    add = parser.add_argument
    add("--sets", nargs="*", choices=list(SETS), default=["ont"] if quick else list(SETS))
    add("--depth", type=float, default=1 if quick else 6, help="default: %(default)s")
    add("--rounds", type=int, default=1 if quick else 3, help="default: %(default)s")
    return parser.parse_args(argv)


def run_readkin(reads: LongReads, source: Path, run: Path) -> Cost:
    """Run the workflow up to the alignments; return the cost of the stages that overlap."""
    run_workflow(run, source, STAGES[-1], {"expected_error_rate": reads.error_rate})
    costs = [cost for stage, cost in stage_costs(run).items() if stage in STAGES]
    return Cost(
        cpu=sum(cost.cpu for cost in costs),
        wall=sum(cost.wall for cost in costs),
        memory=max(cost.memory for cost in costs),
    )


def run_minimap2(reads: LongReads, run: Path, paf: Path) -> Cost:
    """Overlap the reads that trim_reads has kept."""
    fastq = sorted((run / "work" / "trimmed").glob("*.fastq.gz"))
    return metered(["minimap2", "-c", "-x", reads.preset, "-t1", *fastq, *fastq], output=paf)


def measure(reads: LongReads, depth: float, rounds: int) -> dict[str, tuple[list[Cost], Score]]:
    """Run both tools in turn; return costs and score of each."""
    costs: dict[str, list[Cost]] = {READKIN: [], PEER: []}
    with tempfile.TemporaryDirectory(prefix="bench-long-reads-") as folder:
        source, paf = Path(folder) / "reads", Path(folder) / "a.paf"
        simulate(reads, depth, source)
        for number in range(rounds):
            run = Path(folder) / f"run_{number}"
            costs[READKIN].append(run_readkin(reads, source, run))
            costs[PEER].append(run_minimap2(reads, run, paf))
        origins, index_of = origins_of(run, source / "truth.tsv.gz")
        found = {READKIN: overlaps_of_readkin(run), PEER: overlaps_of_paf(paf, index_of)}
    return {tool: (costs[tool], score(found[tool], origins)) for tool in costs}


def records_of(name: str, results: dict[str, tuple[list[Cost], Score]]) -> Iterator[Record]:
    """Yield the records of one set."""
    for tool, (costs, found) in results.items():
        yield record(name, tool, "cpu", "s", [cost.cpu for cost in costs])
        yield record(name, tool, "peak_memory", "MB", [cost.memory / MEGABYTE for cost in costs])
        yield record(name, tool, "recall", "", [found.recall])
        yield record(name, tool, "precision", "", [found.precision])


def set_table(reads: LongReads, results: dict[str, tuple[list[Cost], Score]]) -> Table:
    """Return the table of one set."""
    pairs = results[READKIN][1].pairs
    table = Table(title=f"{reads.title}: {pairs:,} true overlaps of 2 kb or more")
    for name in ("tool", "recall", "precision", "CPU s", "x minimap2", "peak MB"):
        table.add_column(name, justify="left" if name == "tool" else "right")
    of_peer = [cost.cpu for cost in results[PEER][0]]
    for tool, (costs, found) in results.items():
        multiples = [cost.cpu / peer for cost, peer in zip(costs, of_peer, strict=True)]
        table.add_row(
            tool,
            f"{found.recall:.4f}",
            f"{found.precision:.4f}",
            spread([cost.cpu for cost in costs]),
            spread(multiples),
            spread([cost.memory / MEGABYTE for cost in costs]),
        )
    return table


def run_benchmark(names: Sequence[str], depth: float, rounds: int, output: Path) -> None:
    """Measure all sets, print a table for each and write all records."""
    console = wide_console()
    console.print(f"{processor()}, {os.cpu_count()} cores; medians, ranges in parentheses")
    records: list[Record] = []
    for name in names:
        results = measure(SETS[name], depth, rounds)
        console.print(set_table(SETS[name], results))
        records += records_of(name, results)
        write_json(output, records)  # after each set, so that an aborted run keeps its results
    console.print(f"All measurements: {output}")


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    arguments = parse_arguments(argv)
    if not shutil.which("minimap2"):
        print("minimap2 is missing; apt-get install minimap2", file=sys.stderr)
        return EXIT_MISSING
    try:
        run_benchmark(arguments.sets, arguments.depth, arguments.rounds, arguments.json)
    except DownloadError as error:
        print(error, file=sys.stderr)
        return EXIT_MISSING
    return 0


if __name__ == "__main__":
    sys.exit(main())
