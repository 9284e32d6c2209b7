"""Run an engine as a program of its own and measure it: time, processors, memory, first result."""

import hashlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.launching import LAST_LINES, ONE_THREAD, import_path
from benchmarks.tradeoff.work import Work
from readkin.parallel.launch import program_environment
from readkin.parallel.peak_memory import family, memory_of
from support.mpi import command_on_ranks
from support.repository import REPOSITORY

SECONDS_BETWEEN_SAMPLES = 0.2
TICKS = os.sysconf("SC_CLK_TCK")
MODULE = "benchmarks.tradeoff.engines"


class EngineRun(NamedTuple):
    """One run of an engine.

    Attributes:
        wall: elapsed time from the start of the program to its end, s.
        cpu: processor time of the whole machine meanwhile, s: on an idle machine that of the
            engine with all its daemons.
        first: time until the first file of results, s; None if the work makes none.
        memory: peak of the proportional memory of all its processes, bytes.
        digest: SHA-256 of all files of results and their names.
    """

    wall: float
    cpu: float
    first: float | None
    memory: int
    digest: str


class EngineError(RuntimeError):
    """An engine failed; the message is the end of its output."""


def command_of(engine: str, work: Work, workers: int) -> list[str]:
    """Return the command that runs an engine."""
    words = [engine, work.name, work.results, work.made, work.n_items, workers]
    n_ranks = workers if engine == "mpi" else 1
    return command_on_ranks(n_ranks, "-m", MODULE, *words)


def environment_of(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of an engine, with one thread for each worker."""
    return program_environment() | ONE_THREAD | {"PYTHONPATH": import_path()} | dict(more or {})


def run_engine(
    engine: str, work: Work, workers: int, more: Mapping[str, str] | None = None
) -> EngineRun:
    """Run an engine once.

    Args:
        engine: name of its module.
        work: what it does.
        workers: how many it has.
        more: variables of its environment.

    Raises:
        EngineError: if it fails.
    """
    started, before = time.time(), machine_cpu()
    child = subprocess.Popen(
        command_of(engine, work, workers),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=REPOSITORY,
        env=environment_of(more),
    )
    with sampled_memory(child.pid) as peak:
        output, _ = child.communicate()
    wall, cpu = time.time() - started, machine_cpu() - before
    if child.returncode:
        last = output.decode(errors="replace").splitlines()[-LAST_LINES:]
        raise EngineError("\n".join([f"{engine}: exit {child.returncode}", *last]))
    made = files_in(work.made)
    first = min((path.stat().st_mtime for path in made), default=None)
    return EngineRun(
        wall=wall,
        cpu=cpu,
        first=None if first is None else first - started,
        memory=peak[0],
        digest=digest_of(made),
    )


def machine_cpu() -> float:
    """Return the processor time that the machine has spent since its start, s."""
    user, nice, system = Path("/proc/stat").read_text().split()[1:4]
    return (int(user) + int(nice) + int(system)) / TICKS


@contextmanager
def sampled_memory(process: int) -> Iterator[list[int]]:
    """Yield a list of one number: the peak memory of the process and its descendants, bytes."""
    peak, ends = [0], threading.Event()

    def watch() -> None:
        while not ends.wait(SECONDS_BETWEEN_SAMPLES):
            now = sum(memory_of(member).proportional for member in family(str(process)))
            peak[0] = max(peak[0], now * 1024)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        ends.set()
        thread.join()


def files_in(folder: Path) -> list[Path]:
    """Return all files in a folder and its subfolders, by name."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def digest_of(files: Sequence[Path]) -> str:
    """Return the SHA-256 of names and contents."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0")
        digest.update(path.read_bytes())
    return digest.hexdigest()
