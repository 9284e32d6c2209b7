"""Environment and start of the programs that the rules run."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

from readkin.errors import error_sentence
from readkin.parallel.launch import PYTHON_OF_RANKS, program_environment
from rules.resources.model import even_ranks


def use_own_programs() -> None:
    """Put the programs beside this Python first on PATH and prepare Open MPI, for all jobs.

    Jobs on other nodes parse the Snakefile, too.
    """
    os.environ.update(program_environment())


def stop_without_folders() -> None:
    """Exit with 2 if this user cannot write to the working directory or to READKIN_CACHE.

    The working directory, where a run keeps its files, may be the clone itself, installed once for
    all users.
    """
    snakefile = Path(__file__).resolve().parent.parent / "Snakefile"
    if not _is_writable(Path.cwd()):
        _stop(
            Path.cwd(),
            "a folder that you cannot write to",
            "one for results and logs",
            f"copy config/ into a folder of your own and start there: snakemake -s {snakefile} ...",
        )
    cache = os.environ.get("READKIN_CACHE")
    if cache and not _is_writable(Path(cache)):
        _stop(
            "READKIN_CACHE",
            f"{cache}, which you cannot write to",
            "a folder for compiled kernels",
            "set it to another folder, or unset it",
        )


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


def _stop(where: object, found: str, expected: str, what_to_do: str) -> NoReturn:
    sys.stderr.write(f"{error_sentence(where, found, expected, what_to_do)}\n")
    sys.exit(2)


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
