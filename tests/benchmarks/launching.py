"""Programs that the benchmarks start: what they cost, and how they get MPI ranks."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from readkin.parallel.launch import program_environment
from support.mpi import command_on_ranks, rank_launcher
from support.repository import REPOSITORY, SCRIPTS

LAST_LINES = 10
NOWHERE = Path(os.devnull)
METER = Path(__file__).with_name("meter.py")
# One thread everywhere: what is compared is the processor time of the same amount of work.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Cost(NamedTuple):
    """What a finished program took.

    Attributes:
        cpu: user and system time of it and all its children, s.
        wall: s on the clock.
        memory: peak resident memory, bytes; of MPI ranks, the sum of all ranks' peaks.
    """

    cpu: float
    wall: float
    memory: int


def import_path() -> str:
    """PYTHONPATH of children: the code, the benchmarks, and what the caller has."""
    folders = [str(SCRIPTS), str(REPOSITORY / "tests"), os.environ.get("PYTHONPATH", "")]
    return os.pathsep.join(folder for folder in folders if folder)


def meter(folder: str) -> list[str]:
    """What to put before a command so that its cost is written to this folder."""
    return [sys.executable, "-I", "-S", str(METER), folder]


def costs_in(folder: str) -> list[Cost]:
    """All costs that meters wrote."""
    return [Cost(*json.loads(file.read_text())) for file in Path(folder).iterdir()]


def metered(command: Sequence[object], output: Path | None = None) -> Cost:
    """Run a program to its end, its standard output to ``output``.

    Raises:
        RuntimeError: with the last lines it wrote to standard error, if it fails.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryFile() as messages,
        (output or NOWHERE).open("wb") as file,
    ):
        done = subprocess.run(
            [*meter(folder), *map(str, command)],
            stdout=file,
            stderr=messages,
            cwd=REPOSITORY,
            env=program_environment() | ONE_THREAD | {"PYTHONPATH": import_path()},
            check=False,
        )
        if done.returncode:
            messages.seek(0)
            last = messages.read().decode(errors="replace").splitlines()[-LAST_LINES:]
            raise RuntimeError("\n".join([f"{command[0]}: exit {done.returncode}", *last]))
        (cost,) = costs_in(folder)
    return cost


def metered_on_ranks(n_ranks: int, arguments: Sequence[object]) -> Cost:
    """Run Python with these arguments on n ranks; mpiexec counts for time, not for memory."""
    command = command_on_ranks(n_ranks, *arguments)
    if n_ranks == 1:
        return metered(command)
    n_words = len(rank_launcher(n_ranks))
    with tempfile.TemporaryDirectory() as folder:
        whole = metered([*command[:n_words], *meter(folder), *command[n_words:]])
        ranks = costs_in(folder)
    # Ranks started by a daemon of Open MPI would not be in mpiexec's own time.
    cpu = max(whole.cpu, sum(rank.cpu for rank in ranks))
    return Cost(cpu, whole.wall, sum(rank.memory for rank in ranks))
