"""The environment in which all jobs find this installation's programs."""

import os
import sys

from readkin.parallel.launch import program_environment


def use_own_programs() -> None:
    """Put the programs beside this Python first on PATH and prepare Open MPI, for all jobs.

    Jobs on other nodes parse the Snakefile, too.
    """
    os.environ.update(program_environment())


def escape_interpreter_path() -> None:
    """Make a venv in a folder with spaces work on Slurm.

    Snakemake's executors (interface 9.4) put ``sys.executable`` unquoted into the shell commands of
    their jobs. Nothing else in the Snakemake process uses it after the rules are read.
    """
    sys.executable = sys.executable.replace(" ", "\\ ")
