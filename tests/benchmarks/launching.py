"""Start programs, alone or on MPI ranks, and measure their time and memory."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from readkin.parallel.launch import program_environment
from readkin.parallel.metered import Cost, costs_in, meter_command
from support.mpi import command_on_ranks, rank_launcher
from support.repository import REPOSITORY, SCRIPTS

LAST_LINES = 10
# All programs use one thread, as processor time is compared.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def import_path() -> str:
    """Return the PYTHONPATH of children: rules, code, tests, and the caller's own."""
    folders = [REPOSITORY, SCRIPTS, REPOSITORY / "tests", os.environ.get("PYTHONPATH", "")]
    return os.pathsep.join(str(folder) for folder in folders if folder)


def metered(command: Sequence[object], output: Path | None = None) -> Cost:
    """Run a program and return its cost.

    Args:
        command: program and arguments.
        output: file for its standard output; by default it is discarded.

    Raises:
        RuntimeError: the program failed; the message is the end of its standard error.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryFile() as messages,
        (output or Path(os.devnull)).open("wb") as file,
    ):
        done = subprocess.run(
            [*meter_command(folder), *map(str, command)],
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
    """Run Python on n ranks; the cost includes the time of mpiexec, but not its memory."""
    command = command_on_ranks(n_ranks, *arguments)
    if n_ranks == 1:
        return metered(command)
    n_words = len(rank_launcher(n_ranks))
    with tempfile.TemporaryDirectory() as folder:
        whole = metered([*command[:n_words], *meter_command(folder), *command[n_words:]])
        ranks = costs_in(folder)
    # The time of mpiexec does not include ranks that a daemon of Open MPI starts.
    cpu = max(whole.cpu, sum(rank.cpu for rank in ranks))
    return Cost(cpu, whole.wall, sum(rank.memory for rank in ranks))
