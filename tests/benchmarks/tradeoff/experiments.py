"""The experiments: the same items on every engine, nothing at all, and a killed worker."""

import random
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from benchmarks.tradeoff.running import (
    EngineError,
    EngineRun,
    command_of,
    digest_of,
    environment_of,
    files_in,
    run_engine,
)
from benchmarks.tradeoff.work import Work
from readkin.parallel.peak_memory import family
from support.processors import host_features, processor
from support.repository import REPOSITORY

ENGINES = (
    "one_process",
    "threads",
    "processes",
    "mpi",
    "ray_tasks",
    "ray_actors",
    "ray_data",
    "dask_tasks",
    "slurm_array",
)
SECONDS_BETWEEN_LOOKS = 0.05
SECONDS_TO_RECOVER = 120
WORKER_MARKS = ("benchmarks.tradeoff", "multiprocessing", "ray::", "distributed")
"""Parts of the command lines of processes that may do items."""


@dataclass
class Runner:
    """An engine in an environment, and its runs, one per round.

    Attributes:
        name: of what is compared.
        engine: name of its module.
        environment: variables that are added.
        runs: one per round.
        failure: why there are none; empty if there are.
    """

    name: str
    engine: str
    environment: Mapping[str, str] = field(default_factory=dict)
    runs: list[EngineRun] = field(default_factory=list)
    failure: str = ""

    def run(self, work: Work, workers: int) -> None:
        """Do the work once, from the start."""
        shutil.rmtree(work.made, ignore_errors=True)
        try:
            self.runs.append(run_engine(self.engine, work, workers, self.environment))
        except EngineError as error:
            self.failure, self.runs = str(error), []


class KilledRun(NamedTuple):
    """A run of which one worker was killed when half of the items were done.

    Attributes:
        survived: whether the engine finished all items all the same.
        wall: elapsed time, s; if it did not survive, with that of a second start.
        is_same: whether the files are those of an undisturbed run.
    """

    survived: bool
    wall: float
    is_same: bool


def engine_runners(engines: Sequence[str], slurm: Mapping[str, str] | None) -> list[Runner]:
    """Return runners of engines.

    Args:
        engines: their names.
        slurm: variables with which ``sbatch`` finds a Slurm; None if there is none.
    """
    runners = [Runner(engine, engine) for engine in engines]
    for runner in runners:
        if runner.engine == "slurm_array":
            runner.environment = slurm or {}
            runner.failure = "" if slurm else "no Slurm"
    return runners


def instruction_runners() -> list[Runner]:
    """Return runners of one process, compiled for this processor and for older ones."""
    names = ["native", *(["avx2"] if host_features().get("avx2") else []), "generic"]
    return [Runner(name, "one_process", processor(name)) for name in names]


def race(runners: Sequence[Runner], work: Work, rounds: int, workers: int) -> None:
    """Let all do the work in turn, in another order in each round; their files must be the same.

    Args:
        runners: what is compared.
        work: what they do.
        rounds: how often.
        workers: of each engine.
    """
    for number in range(rounds):
        for runner in random.Random(number).sample(runners, len(runners)):
            if not runner.failure:
                runner.run(work, workers)
    if len({run.digest for runner in runners for run in runner.runs}) > 1:
        for runner in runners:
            runner.failure = "the engines have made different files"


def compile_kernels(runners: Sequence[Runner], work: Work) -> None:
    """Do one item with each, so that the kernels of all are compiled."""
    for runner in runners:
        runner.run(work._replace(n_items=1), 1)
        runner.runs.clear()


def kill_one(runner: Runner, work: Work, workers: int) -> KilledRun:
    """Kill a worker of an engine when half of the items are done, and let the engine finish.

    Args:
        runner: the engine, which has done the work undisturbed.
        work: what it does; it must make files.
        workers: of the engine.
    """
    shutil.rmtree(work.made, ignore_errors=True)
    started = time.time()
    child = subprocess.Popen(
        command_of(runner.engine, work, workers),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=REPOSITORY,
        env=environment_of(runner.environment),
        start_new_session=True,
    )
    while 2 * len(finished_in(work)) < work.n_items and child.poll() is None:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    subprocess.run(["kill", "-9", str(busiest_worker(child.pid))], check=False)
    try:
        survived = child.wait(SECONDS_TO_RECOVER) == 0
    except subprocess.TimeoutExpired:
        survived = False
        for process in reversed(family(str(child.pid))):
            subprocess.run(["kill", "-9", process], check=False)
        child.wait()
    wall = time.time() - started
    if not survived:
        wall += run_engine(runner.engine, work, workers, runner.environment).wall
    return KilledRun(survived, wall, digest_of(files_in(work.made)) == runner.runs[0].digest)


def finished_in(work: Work) -> list[Path]:
    """Return the items' finished files."""
    return [path for path in files_in(work.made) if not path.name.startswith(".")]


def busiest_worker(main: int) -> str:
    """Return the id of the process that has computed most, among those that may do items.

    The main process is chosen only if no other process works for it.
    """
    first, *others = family(str(main))
    workers = [process for process in others if is_worker(process)]
    workers += [] if workers else list(jobs_of_slurm())
    return max(workers, key=processor_time, default=first)


def is_worker(process: str) -> bool:
    """Return whether the command line of a process is that of one that may do items."""
    line = command_line(process)
    return any(mark in line for mark in WORKER_MARKS) and "mpiexec" not in line


def jobs_of_slurm() -> Iterator[str]:
    """Yield the ids of processes that do an item of a job array."""
    for path in Path("/proc").glob("[0-9]*"):
        if "benchmarks.tradeoff.engines.slurm_array" in command_line(path.name):
            yield path.name


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
