"""Commands on MPI ranks, started as the rules start them."""

import shlex
import subprocess
import sys
from pathlib import Path

from readkin.parallel.launch import LOCAL_LAUNCHER, program_environment


def command_on_ranks(n_ranks: int, *arguments: object) -> list[str]:
    """Return the command that runs Python with these arguments on n ranks."""
    words = list(map(str, arguments))
    if n_ranks == 1:
        return [sys.executable, *words]
    return [*rank_launcher(n_ranks), sys.executable, "-m", "mpi4py", *words]


def rank_launcher(n_ranks: int) -> list[str]:
    """Return what to put before a command so that it runs on n ranks."""
    mpiexec, *options = shlex.split(LOCAL_LAUNCHER)
    return [str(Path(sys.executable).parent / mpiexec), *options, "-n", str(n_ranks)]


def run_on_ranks(n_ranks: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command file on n MPI ranks."""
    return subprocess.run(
        command_on_ranks(n_ranks, *arguments),
        capture_output=True,
        text=True,
        timeout=240,
        env=program_environment(),
        check=False,
    )
