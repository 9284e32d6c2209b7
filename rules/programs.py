"""The environment in which all jobs find this installation's programs."""

import os
import sys
from collections.abc import MutableMapping
from pathlib import Path


def use_own_programs(environment: MutableMapping[str, str] = os.environ) -> None:
    """Put the programs beside this Python first on PATH and prepare Open MPI.

    Works whether or not the venv is activated; jobs on other nodes parse the Snakefile, too.
    """
    own = str(Path(sys.executable).parent)
    environment["PATH"] = os.pathsep.join([own, environment.get("PATH", os.defpath)])
    # PMIx would look for munge first and print a long warning where it is not to be had.
    environment["PMIX_MCA_psec"] = "native"
    if os.geteuid() == 0:
        environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
        environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"


def escape_interpreter_path() -> None:
    """Make a venv in a folder with spaces work on Slurm.

    Snakemake's executors (interface 9.4) put ``sys.executable`` unquoted into the shell commands of
    their jobs. Nothing else in the Snakemake process uses it after the rules are read.
    """
    sys.executable = sys.executable.replace(" ", "\\ ")
