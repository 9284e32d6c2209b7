"""Start of the workflow's programs and MPI ranks, for rules, checks and tests.

Standard library only: the rules import this module in every job.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

SCRIPTS = Path(__file__).resolve().parents[2]
# btl/ofi waits a second for network cards, which the ranks of one machine do not use.
LOCAL_LAUNCHER = "mpiexec --oversubscribe --bind-to none --mca btl ^ofi"
# With plain python the other ranks would wait forever for one that raised an exception.
# -P: what lies in the working folder is not imported.
PYTHON_OF_RANKS = "python -P -m mpi4py"
# Variables in which launchers number their processes: Open MPI, PMIx, MPICH, Slurm.
RANK_VARIABLES = ("OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID")


class Answer(NamedTuple):
    """Exit code, standard output and standard error of a program."""

    code: int
    out: str
    errors: str

    @property
    def is_success(self) -> bool:
        """Whether the exit code is 0."""
        return self.code == 0

    @property
    def text(self) -> str:
        """Output of a program that succeeded; else errors and output on one line."""
        if self.is_success:
            return self.out.strip()
        return " / ".join((self.errors + self.out).split("\n")).strip(" /")


def run_program(
    command: Sequence[str], seconds: float, environment: Mapping[str, str] | None = None
) -> Answer:
    """Run a program that should end within ``seconds``.

    Returns:
        Its answer; exit code 127 if there is no such program, 124 after the time limit.
    """
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds, env=environment
        )
    except FileNotFoundError:
        return Answer(127, "", f"there is no program {command[0]}")
    except subprocess.TimeoutExpired:
        return Answer(124, "", f"{command[0]} gave no answer in {seconds:.0f} s")
    return Answer(done.returncode, done.stdout, done.stderr)


def launch_rank(environment: Mapping[str, str] = os.environ) -> int:
    """Return the number that the launcher gave this process, from 0; 0 without a launcher.

    It differs between processes even if MPI fails to connect them and each is rank 0 of a world of
    its own.
    """
    numbers = (environment.get(name, "") for name in RANK_VARIABLES)
    return next((int(number) for number in numbers if number.isdigit()), 0)


def mpi_environment() -> dict[str, str]:
    """Return the variables that Open MPI needs here."""
    # PMIx would look for munge first and print a long warning if it is unavailable.
    variables = {"PMIX_MCA_psec": "native"}
    if os.geteuid() == 0:
        variables |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return variables


def import_environment() -> dict[str, str]:
    """Return the variables that make each Python import this package, and no file of the user's.

    A ``random.py`` in the working folder is not meant to replace Python's module. PYTHONSAFEPATH
    also hides the folder of a command from it; PYTHONPATH shows it again.
    """
    return {"PYTHONSAFEPATH": "1", "PYTHONPATH": str(SCRIPTS)}


def foreign_environment() -> dict[str, str]:
    """Return this environment for a program that is not readkin's.

    SPAdes is written in Python and imports modules beside its command.
    """
    ours = import_environment()
    return {name: value for name, value in os.environ.items() if name not in ours}


def program_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return ``environment`` with the programs beside this Python first on PATH, and with MPI's.

    It works whether or not the venv is activated.
    """
    own = str(Path(sys.executable).parent)
    path = os.pathsep.join([own, environment.get("PATH", os.defpath)])
    return {**environment, "PATH": path, **import_environment(), **mpi_environment()}
