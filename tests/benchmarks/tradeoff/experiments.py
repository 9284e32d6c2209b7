"""The experiments: the same items on every engine, nothing at all, and a killed worker.

Further: the same items on different numbers of ranks and threads, and with different instructions.
"""

import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from benchmarks.tradeoff.running import (
    MOST_SECONDS,
    EngineError,
    EngineRun,
    command_of,
    digest_of,
    end,
    environment_of,
    files_in,
    run_engine,
)
from benchmarks.tradeoff.work import Work
from readkin.parallel.peak_memory import family
from support.processors import host_features, processor
from support.repository import REPOSITORY

ALONE, SLURM = "one_process", "slurm_array"
ENGINES = (
    ALONE,
    "threads",
    "processes",
    "mpi",
    "ray_tasks",
    "ray_actors",
    "ray_data",
    "dask_tasks",
    SLURM,
)
SECONDS_BETWEEN_LOOKS = 0.05
SECONDS_TO_RECOVER = 60
THREADS = "THREADS_PER_RANK"
RANKS_AND_THREADS = ((1, 1), (1, 2), (2, 1), (2, 2))
INSTRUCTION_SETS = {"AVX-512VL (32 registers of 32 bytes)": "AVX-512", "SSE": "SSE2"}
"""Usual names of the sets in `benchmarks.align.operations`; the least of x86-64 is SSE2."""
WORKER_MARKS = ("benchmarks.tradeoff", "multiprocessing", "ray::", "distributed")
"""Parts of the command lines of processes that may do items."""


@dataclass
class Runner:
    """An engine with its workers in an environment, and its runs, one per round.

    Attributes:
        name: of what is compared.
        engine: name of its module.
        workers: of the engine; ranks, if it has ranks with threads.
        environment: variables that are added.
        runs: one per round.
        failure: why there are none; empty if there are.
    """

    name: str
    engine: str
    workers: int
    environment: Mapping[str, str] = field(default_factory=dict)
    runs: list[EngineRun] = field(default_factory=list)
    failure: str = ""

    @property
    def cores(self) -> int:
        """Number of cores that the workers can use; one process uses one."""
        threads = int(self.environment.get(THREADS, 1))
        workers = 1 if self.engine == ALONE else self.workers * threads
        return min(workers, os.cpu_count() or workers)

    def run(self, work: Work) -> None:
        """Do the work once, from the start."""
        shutil.rmtree(work.made, ignore_errors=True)
        try:
            self.runs.append(self.run_once(work))
        except EngineError as error:
            self.failure, self.runs = str(error), []

    def run_once(self, work: Work) -> EngineRun:
        """Do what remains of the work, and return what was measured."""
        try:
            return run_engine(self.engine, work, self.workers, self.environment)
        except EngineError:
            self.cancel_jobs()
            raise

    def cancel_jobs(self) -> None:
        """Cancel what a job array has left in the queue of the private Slurm."""
        if self.engine == SLURM:
            environment = environment_of(self.environment)
            subprocess.run(["scancel", "--me"], env=environment, check=True)


class KilledRun(NamedTuple):
    """A run of which one worker was killed when half of the items were done.

    Attributes:
        in_time: whether the engine had not ended before; else nothing was measured.
        survived: whether the engine finished all items all the same.
        wall: elapsed time, s; if it did not survive, with that of a second start.
        lost: how much longer that is than an undisturbed run, s.
        is_same: whether the finished files are those of an undisturbed run.
    """

    in_time: bool
    survived: bool
    wall: float
    lost: float
    is_same: bool


def engine_runners(engines: Sequence[str], workers: int, slurm: Mapping[str, str]) -> list[Runner]:
    """Return runners of engines.

    Args:
        engines: their names.
        workers: of each.
        slurm: variables with which ``sbatch`` finds a Slurm.
    """
    return [Runner(engine, engine, workers, slurm if engine == SLURM else {}) for engine in engines]


def grid_runners() -> list[Runner]:
    """Return runners of MPI ranks with threads."""
    return [
        Runner(
            name=f"{ranks} x {threads}",
            engine="mpi_with_threads",
            workers=ranks,
            environment={THREADS: str(threads)},
        )
        for ranks, threads in RANKS_AND_THREADS
    ]


def instruction_runners() -> list[Runner]:
    """Return runners of one process, compiled for this processor and for older ones.

    Each is named after the instruction set in its machine code; there is one for each set.
    """
    names = ["native", *(["avx2"] if host_features().get("avx2") else []), "generic"]
    runners: dict[str, Runner] = {}
    for environment in map(processor, names):
        found = instruction_set_in(environment)
        runners.setdefault(found, Runner(found, ALONE, 1, environment))
    return list(runners.values())


def instruction_set_in(environment: Mapping[str, str]) -> str:
    """Return the instruction set that kernels are compiled to with variables of Numba."""
    code = "from benchmarks.align.operations import vector_instruction_set as name; print(name())"
    found = subprocess.run(
        [sys.executable, "-c", code],
        env=environment_of(environment),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.strip()
    return INSTRUCTION_SETS.get(found, found)


def race(runners: Sequence[Runner], work: Work, rounds: int) -> None:
    """Let all do the work in turn, in another order in each round; their files must be the same.

    Args:
        runners: what is compared.
        work: what they do.
        rounds: how often.
    """
    for number in range(rounds):
        for runner in random.Random(number).sample(runners, len(runners)):
            if not runner.failure:
                runner.run(work)
    check_same_files(runners)


def check_same_files(runners: Sequence[Runner]) -> None:
    """Mark all runners as failed if the files of their runs, of the same work, differ."""
    if len({run.digest for runner in runners for run in runner.runs}) > 1:
        for runner in runners:
            runner.failure = "the engines have made different files"


def compile_kernels(runners: Sequence[Runner], work: Work) -> None:
    """Do one item with each, so that the kernels of all are compiled."""
    for runner in runners:
        runner.run(work._replace(n_items=1))
        runner.runs.clear()


def kill_one(runner: Runner, work: Work) -> KilledRun:
    """Kill a worker of an engine when half of the items are done, and let the engine finish.

    Args:
        runner: the engine, which has done the work undisturbed.
        work: what it does; it must make files.

    Raises:
        EngineError: if the engine fails after a second start.
    """
    shutil.rmtree(work.made, ignore_errors=True)
    started = time.monotonic()
    child = subprocess.Popen(
        command_of(runner.engine, work, runner.workers),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=REPOSITORY,
        env=environment_of(runner.environment),
        start_new_session=True,
    )
    while 2 * len(finished_in(work)) < work.n_items and child.poll() is None:
        if time.monotonic() > started + MOST_SECONDS:
            end(child)
        time.sleep(SECONDS_BETWEEN_LOOKS)
    if in_time := child.poll() is None:
        worker = busiest_worker(child.pid, runner.environment.get("PATH", ""))
        subprocess.run(["kill", "-9", worker], check=False)
    try:
        survived = child.wait(SECONDS_TO_RECOVER) == 0
    except subprocess.TimeoutExpired:
        survived = False
        end(child)
        child.wait()
    wall = time.monotonic() - started
    if not survived:
        runner.cancel_jobs()
        wall += runner.run_once(work).spent.wall
    is_same = digest_of(finished_in(work)) == runner.runs[0].digest
    lost = wall - statistics.median(run.spent.wall for run in runner.runs)
    return KilledRun(in_time=in_time, survived=survived, wall=wall, lost=lost, is_same=is_same)


def finished_in(work: Work) -> list[Path]:
    """Return the items' finished files, without what a killed worker has begun to write."""
    return [path for path in files_in(work.made) if not path.name.startswith(".")]


def busiest_worker(main: int, path_of_slurm: str = "") -> str:
    """Return the id of the process that has computed most, among those that may do items.

    The main process is chosen only if no other process works for it.

    Args:
        main: id of the main process.
        path_of_slurm: PATH with the programs of the private Slurm, if it uses that.
    """
    first, *others = family(str(main))
    workers = [process for process in others if is_worker(process)]
    workers += list(jobs_of_slurm(path_of_slurm)) if path_of_slurm else []
    return max(workers, key=processor_time, default=first)


def is_worker(process: str) -> bool:
    """Return whether the command line of a process is that of one that may do items."""
    line = command_line(process)
    return any(mark in line for mark in WORKER_MARKS) and "mpiexec" not in line


def jobs_of_slurm(path: str) -> Iterator[str]:
    """Yield the ids of processes with this PATH that do an item of a job array."""
    mark = f"PATH={path}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        if "-m benchmarks.tradeoff.engines.slurm_array" in command_line(folder.name):
            with suppress(OSError):  # it has ended
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    yield folder.name


def command_line(process: str) -> str:
    """Return the command line of a process; "" if it has ended."""
    try:
        return Path("/proc", process, "cmdline").read_text(errors="replace").replace("\0", " ")
    except OSError:
        return ""


def processor_time(process: str) -> int:
    """Return the processor time of a process, in ticks; 0 if it has ended."""
    try:
        fields = Path("/proc", process, "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])
