"""Compare ways to distribute the same work over two workers: time, memory, failures, code.

One process, threads, processes, MPI, Ray tasks, Ray actors, Ray Data, Dask and a Slurm array (on a
Slurm of this machine, if the Debian package slurm-wlm is installed) make the same files with the
same kernels: shards of embeddings, and tiles of alignments. Further: empty items, for the cost of
start and distribution; a worker that is killed half-way; ranks with threads; older instructions;
file formats and an object store; the whole demo with each executor of Snakemake; lines of code and
packages; and the runs of all stages from which docs/trade-offs.md models larger ones. The machine
must be idle: processor time is that of the whole machine.

All measurements are written as JSON. A complete run (neither QUICK=1 nor other options) is also
added to docs/measurements/tradeoff.json, unless something has failed.
"""

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.clusters.chain import run_workflow
from benchmarks.clusters.sets import six_of
from benchmarks.clusters.simulated import simulate
from benchmarks.records import benchmark_parser, is_quick_run, processor, wide_console
from benchmarks.scale.__main__ import FULL, measure
from benchmarks.scale.model import StageRun
from benchmarks.tradeoff import measurements
from benchmarks.tradeoff.engine_records import survival_table
from benchmarks.tradeoff.executors import BRIDGE
from benchmarks.tradeoff.executors import SLURM as SLURM_PROFILE
from benchmarks.tradeoff.experiments import ENGINES, SLURM, engine_runners
from benchmarks.tradeoff.parts import (
    Results,
    measure_code,
    measure_empty,
    measure_engines,
    measure_executors,
    measure_failures,
    measure_grid,
    measure_instructions,
    measure_stores,
    works_on,
)
from benchmarks.tradeoff.work import Work
from support.cluster.slurm_cluster import ClusterSettings, SlurmCluster, obstacle, running_cluster

WORKERS = 2
ONE_NODE = ClusterSettings(nodes=1, cpus_per_node=WORKERS)


class Sizes(NamedTuple):
    """How much is measured.

    Attributes:
        reads: of embedding and alignment.
        items: at most, of embedding and of alignment.
        rounds: of embedding, alignment, grid, instructions, formats and stores.
        empty: numbers of empty items, and rounds of each.
        empty_jobs: the same for a job array, whose jobs take a second each.
        embedding: engines that embed, and do empty items; all align.
        killed: engines of which a worker is killed.
        items_of_instructions: items of each instruction set; 0, if they are not compared.
        executor_rounds: local runs of the demo; one with each other executor, as it takes long.
        stage_reads: numbers of reads of the runs of all stages; none, if they do not take place.
    """

    reads: int
    items: int
    rounds: int
    empty: dict[int, int]
    empty_jobs: dict[int, int]
    embedding: tuple[str, ...]
    killed: tuple[str, ...]
    items_of_instructions: int
    executor_rounds: int
    stage_reads: tuple[int, ...]


SIZES = Sizes(
    reads=900_000,
    items=8,
    rounds=3,
    empty={1: 1, 1000: 1},
    empty_jobs={1: 1, 10: 1},
    embedding=ENGINES,
    killed=ENGINES,
    items_of_instructions=4,
    executor_rounds=2,
    stage_reads=FULL,
)
QUICK_SIZES = Sizes(
    reads=60_000,
    items=4,
    rounds=1,
    empty={1: 1},
    empty_jobs={1: 1},
    embedding=("one_process", "processes", "mpi", "ray_tasks"),
    killed=("processes", "mpi", "ray_tasks"),
    items_of_instructions=0,
    executor_rounds=1,
    stage_reads=(),
)


def parse_arguments(argv: list[str] | None, sizes: Sizes) -> argparse.Namespace:
    """Read the command line."""
    parser = benchmark_parser("tradeoff", __doc__)
    parser.prog = "make tradeoff"
    parser.add_argument("--reads", type=int, default=sizes.reads)
    parser.add_argument("--rounds", type=int, default=sizes.rounds)
    parser.add_argument("--engines", nargs="+", default=ENGINES, choices=ENGINES, metavar="ENGINE")
    return parser.parse_args(argv)


def slurm_in(stack: ExitStack, found: Results) -> SlurmCluster | None:
    """Start a private Slurm, if this machine can.

    With READKIN_REQUIRE_CLUSTER=1 it is a failure if it cannot.
    """
    if (reason := obstacle()) is None:
        return stack.enter_context(running_cluster(ONE_NODE))
    is_required = os.environ.get("READKIN_REQUIRE_CLUSTER") == "1"
    (found.failures if is_required else found.not_measured).append(
        f"job array, and executors {SLURM_PROFILE} and {BRIDGE}: {reason}"
    )
    return None


def measure_all(arguments: argparse.Namespace, sizes: Sizes, found: Results) -> None:
    """Measure all parts but the runs of the stages."""
    with tempfile.TemporaryDirectory(prefix="tradeoff-") as name, ExitStack() as stack:
        cluster = slurm_in(stack, found)
        folder = Path(name)
        results, rounds = folder / "results", arguments.rounds
        works: list[Work] = []
        with found.part("reads, and workflow up to the candidate pairs"):
            simulate(six_of(arguments.reads), 1, folder / "reads")
            run_workflow(folder, folder / "reads", "find_pairs", cores=WORKERS)
            works += works_on(results, folder / "made", sizes.items)
        if not works:
            return
        embedding, alignment = works
        engines = [e for e in arguments.engines if e != SLURM or cluster is not None]
        slurm = {} if cluster is None else {"PATH": cluster.environment()["PATH"]}
        runners = engine_runners(engines, WORKERS, slurm)
        with found.part("alignment, all engines"):
            measure_engines(found, alignment, runners, rounds)
        with found.part("alignment, a worker killed half-way"):
            measure_failures(found, alignment, [r for r in runners if r.engine in sizes.killed])
        found.console.print(survival_table(found.records))
        embedding_engines = [engine for engine in engines if engine in sizes.embedding]
        with found.part("embedding"):
            measure_engines(
                found, embedding, engine_runners(embedding_engines, WORKERS, slurm), rounds
            )
        with found.part("empty items"):
            for runner in engine_runners(embedding_engines, WORKERS, slurm):
                of_engine = sizes.empty_jobs if runner.engine == SLURM else sizes.empty
                measure_empty(found, alignment, runner, of_engine)
        for what, chosen in (
            ("a killed worker", sizes.killed),
            ("embedding and empty items", sizes.embedding),
        ):
            if others := [engine for engine in engines if engine not in chosen]:
                found.not_measured.append(f"{what}: {', '.join(others)}: QUICK=1")
        with found.part("alignment, ranks x threads"):
            measure_grid(found, alignment, runners, rounds)
        if sizes.items_of_instructions:
            with found.part("alignment, instruction sets"):
                few = min(sizes.items_of_instructions, alignment.n_items)
                measure_instructions(found, alignment._replace(n_items=few), rounds)
        else:
            found.not_measured.append("instruction sets: QUICK=1")
        with found.part("formats and stores"):
            measure_stores(found, results, folder / "stores", rounds)
        with found.part("the demo, all executors"):
            measure_executors(
                found, folder / "executors", sizes.executor_rounds, cluster, is_quick_run()
            )
    with found.part("code and packages"):
        measure_code(found, arguments.engines)
    found.not_measured.append("GPU: all kernels compared here run on processors")


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    sizes = QUICK_SIZES if is_quick_run() else SIZES
    arguments = parse_arguments(argv, sizes)
    started, console = datetime.now(UTC), wide_console()
    console.print(f"{processor()}, {os.cpu_count()} cores")
    found = Results(console)
    measure_all(arguments, sizes, found)
    stage_runs: list[StageRun] = []
    if sizes.stage_reads:
        with found.part("all stages, one core; stages on MPI, up to eight ranks"):
            stage_runs += measure(sizes.stage_reads)
    else:
        found.not_measured.append("runs of all stages: QUICK=1")
    run = measurements.run_of(started, found.records, stage_runs)
    measurements.write_runs([run], arguments.json)
    console.print(f"All measurements: {arguments.json}")
    console.print("\n".join(f"Not measured: {text}" for text in found.not_measured))
    console.print("\n".join(f"FAILED: {text}" for text in found.failures))
    if found.failures:
        return 1
    if is_complete(arguments, sizes):
        measurements.publish(run)
        console.print(f"Added to {measurements.FILE}")
    return 0


def is_complete(arguments: argparse.Namespace, sizes: Sizes) -> bool:
    """Return whether the run is one from which the page may be made: nothing is left out."""
    return (
        sizes is SIZES
        and (arguments.reads, arguments.rounds) == (sizes.reads, sizes.rounds)
        and tuple(arguments.engines) == ENGINES
    )


if __name__ == "__main__":
    sys.exit(main())
