"""Compare ways to distribute the same work over two workers: time, memory, failures, code.

One process, threads, processes, MPI, Ray tasks, Ray actors, Ray Data, Dask and a Slurm array (on a
Slurm of this machine, if the Debian package slurm-wlm is installed) make the same files with the
same kernels: shards of embeddings, and tiles of alignments. Further: empty items, for the cost of
start and distribution; a worker that is killed half-way; lines of code. The machine must be idle:
processor time is that of the whole machine. All measurements are written as JSON.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from rich.table import Table

from benchmarks.clusters.chain import run_workflow
from benchmarks.clusters.sets import six_of
from benchmarks.clusters.simulated import simulate
from benchmarks.records import (
    Record,
    benchmark_parser,
    is_quick_run,
    processor,
    record,
    records_table,
    wide_console,
    write_json,
)
from benchmarks.scale.__main__ import FULL, QUICK, measure
from benchmarks.scale.model import StageTerms
from benchmarks.scale.stages import pairs_per_read, terms_of
from benchmarks.tradeoff.adapter_size import size_of
from benchmarks.tradeoff.architectures import architectures
from benchmarks.tradeoff.costs import HOUR, run_cost
from benchmarks.tradeoff.experiments import (
    ENGINES,
    Runner,
    compile_kernels,
    engine_runners,
    instruction_runners,
    kill_one,
    race,
)
from benchmarks.tradeoff.prices import read_prices
from benchmarks.tradeoff.storage import COLUMNS, compare_formats, compare_with_objects
from benchmarks.tradeoff.work import Work, opened
from readkin.formats.embeddings import open_embeddings
from support.cluster.slurm_cluster import obstacle, running_cluster
from support.object_servers import client, credentials, moto_server

WORKERS = 2
FULL_READS, QUICK_READS = 1_200_000, 60_000
MOST_ITEMS = 12
EMPTY = (1, 100) if is_quick_run() else (1, 100, 1000)
MOST_JOBS = 100  # of an array of empty jobs, of which each takes a second or more
BASE = "one_process"
READS = (1, 10, 100, 1000)  # millions


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = benchmark_parser("tradeoff", __doc__)
    parser.prog = "make tradeoff"
    quick = is_quick_run()
    parser.add_argument("--reads", type=int, default=QUICK_READS if quick else FULL_READS)
    parser.add_argument("--rounds", type=int, default=1 if quick else 3)
    parser.add_argument("--engines", nargs="+", default=ENGINES, choices=ENGINES, metavar="ENGINE")
    return parser.parse_args(argv)


@contextmanager
def slurm() -> Iterator[dict[str, str] | None]:
    """Yield the variables with which ``sbatch`` finds a Slurm of this machine, None without one."""
    if obstacle() is not None:
        yield None
        return
    with running_cluster() as cluster:
        yield {"PATH": cluster.environment()["PATH"]}


def works_on(results: Path, made: Path) -> list[Work]:
    """Return embedding and alignment of at most MOST_ITEMS items."""
    works = [Work(name, results, made, 0) for name in ("embed", "align")]
    return [work._replace(n_items=min(len(opened(work)), MOST_ITEMS)) for work in works]


def empty_works(results: Path, made: Path, engine: str) -> list[Work]:
    """Return works of different numbers of empty items for an engine."""
    sizes = [n for n in EMPTY if engine != "slurm_array" or n <= MOST_JOBS]
    return [Work("nothing", results, made, n) for n in sizes]


def records_of(work: Work, runners: Sequence[Runner]) -> Iterator[Record]:
    """Yield what was measured of each engine that has run."""
    alone = [run.wall for runner in runners if runner.name == BASE for run in runner.runs]
    name = f"{work.name} {work.n_items}"
    for runner in runners:
        if not runner.runs:
            continue
        runs, engine = runner.runs, runner.name
        yield record(name, engine, "wall", "s", [run.wall for run in runs])
        yield record(name, engine, "cpu", "s", [run.cpu for run in runs])
        if engine != "slurm_array":  # whose jobs are no descendants
            yield record(name, engine, "memory", "MB", [run.memory / 1e6 for run in runs])
        if first := [run.first for run in runs if run.first is not None]:
            yield record(name, engine, "first result", "s", first)
        if work.name != "nothing" and alone:
            of_rounds = zip(alone, runs, strict=False)
            workers = 1 if engine == BASE else WORKERS
            shares = [one / run.wall / workers for one, run in of_rounds]
            yield record(name, engine, "efficiency", "", shares)


def failures_of(work: Work, runners: Sequence[Runner]) -> Iterator[Record]:
    """Kill a worker of each engine that has run; yield what that costs."""
    for runner in runners:
        if runner.failure or not runner.runs:
            continue
        killed = kill_one(runner, work, WORKERS)
        name = f"{work.name} {work.n_items}, a worker killed"
        lost = killed.wall - sorted(run.wall for run in runner.runs)[len(runner.runs) // 2]
        outcome = {"survived": killed.survived, "same_files": killed.is_same}
        yield record(name, runner.engine, "wall", "s", [killed.wall], **outcome)
        yield record(name, runner.engine, "time lost", "s", [lost], **outcome)


def survival_table(records: Sequence[Record]) -> Table:
    """Return which engines survive a killed worker."""
    table = Table(title="a worker killed half-way", title_justify="left")
    for name in ("engine", "ends by itself", "same files", "time lost, s"):
        table.add_column(name)
    for row in records:
        if row["metric"] == "time lost":
            words = ("yes" if row[key] else "no" for key in ("survived", "same_files"))
            table.add_row(row["tool"], *words, f"{row['median']:.1f}")
    return table


def engines_on(
    works: Sequence[Work], engines: Sequence[str], rounds: int, found: Mapping[str, str] | None
) -> tuple[list[Record], list[Runner]]:
    """Let the engines do all works, and the last one with a killed worker.

    Returns:
        What was measured; all runners.
    """
    records: list[Record] = []
    everyone: list[Runner] = []
    for work in works:
        runners = engine_runners(engines, found)
        race(runners, work, rounds, WORKERS)
        records += records_of(work, runners)
        everyone += runners
    records += failures_of(work, runners)
    return records, everyone


def empty_items(
    results: Path, made: Path, engines: Sequence[str], found: Mapping[str, str] | None
) -> Iterator[Record]:
    """Let each engine do nothing, different numbers of times; yield what was measured."""
    for runner in engine_runners(engines, found):
        for work in empty_works(results, made, runner.engine):
            if not runner.failure:
                race([runner], work, 1, WORKERS)
                yield from records_of(work, [runner])
                runner.runs.clear()


def instructions_on(work: Work, rounds: int) -> tuple[list[Record], list[Runner]]:
    """Align with the instructions of this processor and of older ones; return as `engines_on`."""
    runners = instruction_runners()
    compile_kernels(runners, work)
    race(runners, work, rounds, 1)
    return list(records_of(work, runners)), runners


def stores_on(results: Path, folder: Path, rounds: int) -> Iterator[Record]:
    """Compare formats and stores with the embeddings; yield what was measured."""
    folder.mkdir()
    with open_embeddings(results / "embeddings.h5") as file:
        arrays = {name: file[name][:] for name in COLUMNS}
    yield from compare_formats(arrays, folder, rounds)
    os.environ.update(credentials())
    with moto_server(folder) as url:
        yield from compare_with_objects(folder / "HDF5", client(url), rounds)


def costs_of(terms: Mapping[str, StageTerms], pairs: float) -> tuple[list[Record], Table]:
    """Return what runs cost on each architecture, as records and as a table."""
    table = Table(title="modelled: USD per million reads, and hours of a run", title_justify="left")
    table.add_column("million reads", justify="right")
    every = architectures(read_prices())
    for each in every:
        table.add_column(each.name, justify="right")
    records: list[Record] = []
    for reads in READS:
        costs = [run_cost(each, terms, reads, pairs) for each in every]
        cells = (
            f"{cost.usd / reads:.3f}, {cost.time / HOUR:.1f} h{' (memory)' * bool(cost.too_large)}"
            for cost in costs
        )
        table.add_row(f"{reads:,}", *cells)
        records += [
            {"provenance": "modelled", "architecture": each.name, "million_reads": reads}
            | {"time": cost.time, "usd": cost.usd, "too_large": cost.too_large}
            for each, cost in zip(every, costs, strict=True)
        ]
    return records, table


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    arguments = parse_arguments(argv)
    engines, rounds = arguments.engines, arguments.rounds
    console = wide_console()
    console.print(f"{processor()}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="tradeoff-") as name, slurm() as found:
        folder = Path(name)
        simulate(six_of(arguments.reads), 1, folder / "reads")
        run_workflow(folder, folder / "reads", "find_pairs", cores=WORKERS)
        results, made = folder / "results", folder / "made"
        works = works_on(results, made)
        records, runners = engines_on(works, engines, rounds, found)
        console.print(records_table("the same items on all engines", records))
        console.print(survival_table(records))
        empty = list(empty_items(results, made, engines, found))
        console.print(records_table("empty items", empty))
        of_instructions, others = instructions_on(works[-1], rounds)
        console.print(records_table("instructions, one process", of_instructions))
        of_stores = list(stores_on(results, folder / "stores", rounds))
        console.print(records_table("formats and stores", of_stores))
    runs = measure(QUICK if is_quick_run() else FULL)
    terms = terms_of(runs)
    costs, table = costs_of(terms, pairs_per_read(runs))
    console.print(table)
    old = [price.sku for price in read_prices().values() if price.is_old(date.today())]
    console.print(f"Prices to look up again (docs/pricing.csv): {', '.join(old) or 'none'}")
    sizes = [record("adapter", engine, "code", "lines", [size_of(engine)]) for engine in engines]
    console.print(records_table("lines of code", sizes))
    write_json(arguments.json, [*records, *empty, *of_instructions, *of_stores, *sizes, *costs])
    console.print(f"All measurements: {arguments.json}")
    failures = [f"{r.name}: {r.failure}" for r in runners + others if r.failure]
    console.print("\n".join(failures))
    return 1 if any(not failure.endswith("no Slurm") for failure in failures) else 0


if __name__ == "__main__":
    sys.exit(main())
