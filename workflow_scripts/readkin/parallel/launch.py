"""How the workflow's programs and MPI ranks are started, by rules, checks and tests alike.

Standard library only: the rules import this module in every job.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

LOCAL_LAUNCHER = "mpiexec --oversubscribe --bind-to none"
# With plain python the other ranks would wait forever for one that raised an exception.
PYTHON_OF_RANKS = "python -m mpi4py"


def mpi_environment() -> dict[str, str]:
    """Return the variables that Open MPI needs here."""
    # PMIx would look for munge first and print a long warning if it is unavailable.
    variables = {"PMIX_MCA_psec": "native"}
    if os.geteuid() == 0:
        variables |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return variables


def program_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return ``environment`` with the programs beside this Python first on PATH, and with MPI's.

    It works whether or not the venv is activated.
    """
    own = str(Path(sys.executable).parent)
    path = os.pathsep.join([own, environment.get("PATH", os.defpath)])
    return {**environment, "PATH": path, **mpi_environment()}
