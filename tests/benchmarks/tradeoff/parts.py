"""The parts of ``make tradeoff``, each of which adds what it has measured to the results."""

import os
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from benchmarks.records import Record, record, records_table
from benchmarks.tradeoff.adapter_size import PACKAGES, packages_mb, size_of
from benchmarks.tradeoff.engine_records import (
    records_of,
    records_of_instructions,
    records_of_killed,
)
from benchmarks.tradeoff.executors import (
    BRIDGE,
    Executor,
    check_results,
    cold_run,
    executors_in,
    head_node,
    race_executors,
    records_of_executors,
)
from benchmarks.tradeoff.executors import SLURM as SLURM_PROFILE
from benchmarks.tradeoff.experiments import (
    ALONE,
    Runner,
    check_same_files,
    compile_kernels,
    grid_runners,
    instruction_runners,
    kill_one,
    race,
)
from benchmarks.tradeoff.running import EngineError
from benchmarks.tradeoff.storage import COLUMNS, compare_formats, compare_with_objects
from benchmarks.tradeoff.work import Work, opened
from readkin.formats.embeddings import open_embeddings
from support.cluster import ssh_server
from support.cluster.slurm_cluster import SlurmCluster
from support.object_servers import client, credentials, moto_server
from support.repository import REPOSITORY


@dataclass
class Results:
    """What has been measured so far.

    Attributes:
        console: on which it is printed.
        records: measurements.
        failures: what has failed.
        not_measured: what has not been measured, and why.
    """

    console: Console
    records: list[Record] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    not_measured: list[str] = field(default_factory=list)

    @contextmanager
    def part(self, title: str) -> Iterator[None]:
        """Print the records that are added meanwhile, and the elapsed time.

        An exception ends this part only.
        """
        started, known = time.monotonic(), len(self.records)
        try:
            yield
        except Exception:
            self.failures.append(f"{title}: {traceback.format_exc()}")
        if new := self.records[known:]:
            self.console.print(records_table(title, new))
        self.console.print(f"{title}: {time.monotonic() - started:.0f} s")

    def note_failures(self, runners: Sequence[Runner | Executor]) -> None:
        """Note the runners that have failed."""
        self.failures += [
            f"{runner.name}: {runner.failure}" for runner in runners if runner.failure
        ]


def works_on(results: Path, made: Path, items: int) -> list[Work]:
    """Return embedding and alignment of a number of items at most."""
    works = [Work(name, results, made, 0) for name in ("embed", "align")]
    return [work._replace(n_items=min(len(opened(work)), items)) for work in works]


def measure_engines(found: Results, work: Work, runners: Sequence[Runner], rounds: int) -> None:
    """Let all engines do a work."""
    race(runners, work, rounds)
    found.records += records_of(
        work.name, work.n_items, runners, ALONE, opened(work).cells(work.n_items)
    )
    found.note_failures(runners)


TRIES_TO_KILL = 3


def measure_failures(found: Results, work: Work, runners: Sequence[Runner]) -> None:
    """Kill a worker of each engine that has done the work."""
    for runner in runners:
        if not runner.failure:
            try:
                tries = (kill_one(runner, work) for _ in range(TRIES_TO_KILL))
                killed = next((one for one in tries if one.in_time), None)
            except EngineError as error:
                found.failures.append(f"after a killed worker, {error}")
                continue
            if killed is None:
                found.failures.append(f"{runner.name}: ended before a worker could be killed")
                continue
            found.records += records_of_killed(runner.name, work.n_items, killed)
            if not killed.is_same:
                found.failures.append(f"{runner.name}: other files after a killed worker")


def measure_empty(found: Results, work: Work, runner: Runner, rounds_of: Mapping[int, int]) -> None:
    """Let an engine do nothing, with different numbers of items, of which each has its rounds."""
    for n_items, rounds in rounds_of.items():
        if not runner.failure:
            race([runner], work._replace(name="nothing", n_items=n_items), rounds)
            found.records += records_of("empty", n_items, [runner])
            runner.runs.clear()
    found.note_failures([runner])


def measure_grid(found: Results, work: Work, engines: Sequence[Runner], rounds: int) -> None:
    """Align with ranks and threads; the files must be those of the engines."""
    runners = grid_runners()
    race(runners, work, rounds)
    check_same_files([*runners, *engines])
    new = records_of("grid", work.n_items, runners, runners[0].name)
    found.records += [row for row in new if row["metric"] not in ("first result", "loopback")]
    found.note_failures(runners)


def measure_instructions(found: Results, work: Work, rounds: int) -> None:
    """Align with the instructions of this processor and of older ones."""
    runners = instruction_runners()
    compile_kernels(runners, work)
    race(runners, work, rounds)
    found.records += records_of_instructions(work, runners)
    found.note_failures(runners)


def measure_stores(found: Results, results: Path, folder: Path, rounds: int) -> None:
    """Compare formats and stores with the embeddings."""
    folder.mkdir()
    with open_embeddings(results / "embeddings.h5") as file:
        arrays = {name: file[name][:] for name in COLUMNS}
    found.records += compare_formats(arrays, folder, rounds)
    os.environ.update(credentials())
    with moto_server(folder) as url:
        found.records += compare_with_objects(folder / "HDF5", client(url), rounds)


def measure_executors(
    found: Results, folder: Path, rounds: int, cluster: SlurmCluster | None, is_quick: bool
) -> None:
    """Run the demo with all executors; quickly, with those that need no Slurm."""
    folder.mkdir()
    with ExitStack() as stack:
        ssh = None
        if is_quick:
            cluster = None
            found.not_measured.append(f"executors {SLURM_PROFILE} and {BRIDGE}: QUICK=1")
        elif cluster is not None:
            if (reason := ssh_server.obstacle()) is None:
                ssh = stack.enter_context(head_node(cluster)).ssh
            else:
                found.not_measured.append(f"executor {BRIDGE}: {reason}")
        cache = os.environ.get("READKIN_CACHE", REPOSITORY / ".numba_cache")
        cache = Path(cache) if is_quick else folder / "kernels"
        executors = executors_in(folder, cache, cluster, ssh)
        cold = [] if is_quick else [cold_run(executors[0], folder)]
        race_executors(executors, folder, rounds, cluster)
    check_results([*executors[1:], *cold], folder)
    executors += cold
    found.records += records_of_executors(executors)
    found.note_failures(executors)


def measure_code(found: Results, engines: Sequence[str]) -> None:
    """Count the lines of code of the engines, and the size of their packages."""
    for engine in engines:
        found.records.append(record("code", engine, "lines", "lines", [size_of(engine)]))
        if engine in PACKAGES:
            found.records.append(record("code", engine, "packages", "MB", [packages_mb(engine)]))
