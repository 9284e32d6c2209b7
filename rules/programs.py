"""Environment and start of the programs that the rules run."""

import os
import sys
from typing import Any

from readkin.parallel.launch import PYTHON_OF_RANKS, program_environment
from rules.resources.model import even_ranks


def use_own_programs() -> None:
    """Put the programs beside this Python first on PATH and prepare Open MPI, for all jobs.

    Jobs on other nodes parse the Snakefile, too.
    """
    os.environ.update(program_environment())


def escape_interpreter_path() -> None:
    """Escape spaces in ``sys.executable``, so that a venv in such a folder works on Slurm.

    Snakemake's executors (interface 9.4) put ``sys.executable`` unquoted into the shell commands of
    their jobs. Nothing else in the Snakemake process uses it after the rules are read.
    """
    sys.executable = sys.executable.replace(" ", "\\ ")


def launch_command(wildcards: Any, resources: Any) -> str:
    """Return the words that start the Python of an MPI stage; a single rank needs no launcher.

    Args:
        wildcards: of the job, as Snakemake passes them to functions of ``params:``.
        resources: of the job; ``tasks``, ``mpi`` and, on a cluster, ``nodes`` are used.
    """
    if resources.tasks == 1:
        return "python"
    spread = even_ranks(resources.tasks, resources.get("nodes") or 1)
    words = [resources.mpi, "-n", str(resources.tasks), spread, PYTHON_OF_RANKS]
    return " ".join(filter(None, words))
