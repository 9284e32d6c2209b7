"""Time, memory and disk of all stages for 10^8 and 10^9 reads on 1 to 64 nodes: a model.

Measured: the workflow on communities of six genomes at depth 10, of several sizes, on one core,
each stage with its processor time, peak memory and output; the stages on MPI also on more ranks.
Modelled from the terms of these runs (benchmarks.scale.model): everything else. Prints both, and
how well the model predicts each size from the others; writes all as JSON.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from benchmarks.clusters.sets import six_of
from benchmarks.clusters.simulated import simulate
from benchmarks.records import (
    Record,
    benchmark_parser,
    is_quick_run,
    processor,
    wide_console,
    write_json,
)
from benchmarks.scale.measure import measured_runs, runs_on_more_ranks
from benchmarks.scale.model import Machine, StageRun, StageTerms, largest_size
from benchmarks.scale.stages import BY_PAIRS, modelled, pairs_per_read, terms_of
from benchmarks.scale.validation import Comparison, beyond_the_range, leave_one_size_out
from benchmarks.tradeoff.architectures import MPI_NODE, node_kind

QUICK, FULL = (20_000, 80_000), (100_000, 200_000, 600_000)
MORE_RANKS = (2, 4, 8)
READS = (100, 1000)  # millions
NODES = (1, 4, 16, 64)
NODE = node_kind(MPI_NODE)
HOUR, GIGABYTE = 3600, 1e9


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = benchmark_parser("scale", __doc__)
    sizes = QUICK if is_quick_run() else FULL
    parser.add_argument("--reads", nargs="+", type=int, default=sizes, help="numbers of reads")
    parser.add_argument("--pairs-per-read", type=float, help="of the model; default: as measured")
    parser.add_argument("--cores", type=int, default=NODE.cores, help="of each node of the model")
    memory = NODE.memory / GIGABYTE
    parser.add_argument("--memory-gb", type=float, default=memory, help="of each node")
    return parser.parse_args(argv)


def measure(sizes: Sequence[int]) -> list[StageRun]:
    """Run the workflow on each size with one core, and the stages on MPI on more ranks, too.

    Raises:
        RuntimeError: a stage failed, or kernels are compiled in each run.
    """
    runs: list[StageRun] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="bench-scale-") as name:
            source, folder = Path(name) / "reads", Path(name) / "run"
            simulate(six_of(size), 1, source)
            runs += measured_runs(size, source, folder)
            for ranks in MORE_RANKS:
                runs += runs_on_more_ranks(size, source, ranks, folder)
    return runs


def terms_table(terms: dict[str, StageTerms]) -> Table:
    """Return the terms as a table."""
    table = Table(title="measured terms", title_justify="left")
    columns = ("stage", "per million", "start s", "serial s", "parallel s", "ms a rank")
    for name in (*columns, "base MB", "MB", "output MB", "sent MB"):
        table.add_column(name, justify="left" if name in columns[:2] else "right")
    for name, t in terms.items():
        numbers = (t.base / 1e6, t.memory / 1e6, t.output / 1e6, t.sent / 1e6)
        seconds = (f"{value:.2f}" for value in (t.start, t.serial, t.parallel))
        what = "pairs" if name in BY_PAIRS else "reads"
        gather = "" if t.gather is None else f"{t.gather * 1e3:.0f}"
        table.add_row(name, what, *seconds, gather, *(f"{value:,.0f}" for value in numbers))
    return table


def model_table(
    terms: dict[str, StageTerms], reads: float, pairs_per_read: float, machines: Sequence[Machine]
) -> Table:
    """Return the modelled times of all stages, one column for each number of nodes."""
    title = f"modelled: {reads:,.0f} million reads, {pairs_per_read:.1f} pairs per read; hours"
    table = Table(title=title, title_justify="left")
    table.add_column("stage")
    for machine in machines:
        table.add_column(f"{machine.nodes} nodes", justify="right")
    table.add_column("GB of a node", justify="right")
    table.add_column("output GB", justify="right")
    columns = [modelled(terms, reads, pairs_per_read, machine) for machine in machines]
    for name in terms:
        hours = (f"{column[name].time / HOUR:.2f}" for column in columns)
        first = columns[0][name]
        mark = " (too much)" if first.memory > machines[0].memory else ""
        memory = f"{first.memory / GIGABYTE:,.0f}{mark}"
        table.add_row(name, *hours, memory, f"{first.output / GIGABYTE:,.0f}")
    totals = (f"{sum(p.time for p in column.values()) / HOUR:.2f}" for column in columns)
    table.add_row("all", *totals, "", f"{sum(p.output for p in columns[0].values()) / 1e9:,.0f}")
    return table


def first_limit(terms: dict[str, StageTerms], pairs_per_read: float, machine: Machine) -> str:
    """Return a sentence that names the stage that outgrows the memory of a node first."""
    reads = {
        name: largest_size(t, machine) / (pairs_per_read if name in BY_PAIRS else 1)
        for name, t in terms.items()
        if not t.is_per_unit
    }
    stage = min(reads, key=lambda name: reads[name])
    return (
        f"Modelled: the first stage whose memory exceeds {machine.memory / GIGABYTE:,.0f} GB is"
        f" {stage}, at {reads[stage]:,.0f} million reads."
    )


def comparison_table(title: str, comparisons: Sequence[Comparison]) -> Table:
    """Return predictions beside measurements that they do not know."""
    table = Table(title=title, title_justify="left")
    for name in ("stage", "million", "processes", "measured s", "predicted s", "ratio"):
        table.add_column(name, justify="left" if name == "stage" else "right")
    for each in comparisons:
        numbers = (f"{each.measured:.1f}", f"{each.predicted:.1f}", f"{each.ratio:.2f}")
        table.add_row(each.stage, f"{each.size:.2f}", str(each.processes), *numbers)
    return table


def records_of(
    runs: Sequence[StageRun],
    terms: dict[str, StageTerms],
    pairs_per_read: float,
    machines: Sequence[Machine],
) -> list[Record]:
    """Return runs, terms and predictions as records, each marked as measured or modelled."""
    records: list[Record] = [
        {"provenance": "measured", "processor": processor(), **run._asdict()} for run in runs
    ]
    records += [
        {"provenance": "measured", "stage": name, "terms": vars(t)} for name, t in terms.items()
    ]
    records += [
        {
            "provenance": "modelled",
            "stage": name,
            "million_reads": reads,
            **machine._asdict(),
            **{"time": p.time, "parts": p.parts._asdict(), "memory": p.memory, "output": p.output},
        }
        for reads in READS
        for machine in machines
        for name, p in modelled(terms, reads, pairs_per_read, machine).items()
    ]
    return records


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    arguments = parse_arguments(argv)
    console = wide_console()
    console.print(f"{processor()}, {os.cpu_count()} cores")
    runs = measure(arguments.reads)
    terms = terms_of(runs)
    per_read = arguments.pairs_per_read or pairs_per_read(runs)
    memory = arguments.memory_gb * GIGABYTE
    machines = [Machine(nodes, arguments.cores, memory, NODE.bandwidth) for nodes in NODES]
    console.print(terms_table(terms))
    for reads in READS:
        console.print(model_table(terms, reads, per_read, machines))
    console.print(first_limit(terms, per_read, machines[0]))
    if len(arguments.reads) > 2:
        left_out = leave_one_size_out(runs)
        console.print(comparison_table("each size predicted from the others", left_out))
    console.print(comparison_table("10^7 reads (docs/scale.md)", beyond_the_range(terms)))
    write_json(arguments.json, records_of(runs, terms, per_read, machines))
    console.print(f"All measurements: {arguments.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
