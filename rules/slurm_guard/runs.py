"""Preparation of a run in the main process, if Slurm is installed."""

import shutil
import sys
from pathlib import Path

from rules.slurm_guard.orphans import OrphansError, clear_folder
from rules.slurm_guard.shims import install


def prepare_for_slurm(records: Path, command: str, starts_jobs: bool) -> None:
    """Handle jobs of an earlier run, then put the wrappers of Slurm's programs on PATH.

    Nothing is done without Slurm. Exits with 2 if jobs of an earlier run forbid a start.

    Args:
        records: folder of all runs' records, as passed to ``shims.install``.
        command: Snakemake's command line, to be typed again.
        starts_jobs: False for a dry run and other commands that start no job.
    """
    if shutil.which("squeue") is None:
        return
    try:
        clear_folder(Path.cwd(), records, command, starts_jobs)
    except OrphansError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    if starts_jobs:
        install(records)
