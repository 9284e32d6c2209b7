"""Run a program and measure it: time, processors, memory, loopback interface, first result.

What the loopback interface has received is all that processes of this machine send to each other by
TCP. It does not contain what they share in memory, as MPI ranks and Ray's object store do, nor Unix
sockets. On several machines most of that would go through the network.
"""

import hashlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from benchmarks.launching import LAST_LINES, ONE_THREAD, import_path
from benchmarks.tradeoff.work import Work
from readkin.parallel.launch import program_environment
from readkin.parallel.peak_memory import family, memory_of
from support.mpi import command_on_ranks
from support.repository import REPOSITORY

SECONDS_BETWEEN_SAMPLES = 0.2
MOST_SECONDS = 180  # of a program; one that has not ended then is taken to hang
LOOPBACK = Path("/sys/class/net/lo/statistics/rx_bytes")
TICKS = os.sysconf("SC_CLK_TCK")
ON_RANKS = ("mpi", "mpi_with_threads")
MODULE = "benchmarks.tradeoff.engines"


class Spent(NamedTuple):
    """What was spent during an interval.

    Attributes:
        wall: elapsed time, s.
        cpu: processor time of the whole machine, s: on an idle machine that of the program with
            all its daemons.
        loopback: bytes received on the loopback interface.
    """

    wall: float
    cpu: float
    loopback: int


class EngineRun(NamedTuple):
    """One run of an engine.

    Attributes:
        spent: from the start of the program to its end.
        first: time until the first file of results, s; None if the work makes none.
        memory: peak of the proportional memory of all its processes, bytes.
        digest: SHA-256 of all files of results and their names.
    """

    spent: Spent
    first: float | None
    memory: int
    digest: str


class EngineError(RuntimeError):
    """A program failed or hung; the message is the end of its output."""


def command_of(engine: str, work: Work, workers: int) -> list[str]:
    """Return the command that runs an engine."""
    words = [engine, work.name, work.results, work.made, work.n_items, workers]
    n_ranks = workers if engine in ON_RANKS else 1
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
        EngineError: if it fails, or does not end.
    """
    started, before = time.time(), counters()
    child = start(command_of(engine, work, workers), REPOSITORY, environment_of(more))
    with sampled_memory(child.pid) as peak:
        wait_for(child, engine)
    spent = spent_since(before)
    made = files_in(work.made)
    first = min((path.stat().st_mtime for path in made), default=None)
    return EngineRun(
        spent=spent,
        first=None if first is None else first - started,
        memory=peak[0],
        digest=digest_of(made),
    )


def start(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start a program, whose output `wait_for` reads."""
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder, env=environment
    )


def wait_for(child: subprocess.Popen[bytes], name: str, seconds: float = MOST_SECONDS) -> None:
    """Wait for the end of a program; after a time it is ended with all its descendants.

    Raises:
        EngineError: if it fails, or does not end in time.
    """
    with child:
        try:
            output, _ = child.communicate(timeout=seconds)
            problem = f"exit {child.returncode}" if child.returncode else ""
        except subprocess.TimeoutExpired as hanging:
            end(child)
            output = hanging.output or b""
            problem = f"not finished after {seconds:.0f} s"
    if problem:
        last = output.decode(errors="replace").splitlines()[-LAST_LINES:]
        raise EngineError("\n".join([f"{name}: {problem}", *last]))


def end(child: subprocess.Popen[bytes]) -> None:
    """End a program and all its descendants."""
    for process in reversed(family(str(child.pid))):
        with suppress(ProcessLookupError):
            os.kill(int(process), signal.SIGKILL)


def counters() -> Spent:
    """Return what has been spent since fixed moments in the past."""
    user, nice, system = Path("/proc/stat").read_text().split()[1:4]
    cpu = (int(user) + int(nice) + int(system)) / TICKS
    return Spent(time.monotonic(), cpu, int(LOOPBACK.read_text()))


def spent_since(before: Spent) -> Spent:
    """Return what has been spent since ``before``."""
    now = counters()
    return Spent(
        wall=now.wall - before.wall,
        cpu=now.cpu - before.cpu,
        loopback=now.loopback - before.loopback,
    )


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
