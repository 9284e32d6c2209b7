"""Preparation of a run in the main process, if Slurm is installed."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from rules.slurm_guard.orphans import OrphansError, clear_folder, only_reads
from rules.slurm_guard.shims import install


def prepare_for_slurm(records: Path, arguments: Sequence[str]) -> None:
    """Handle jobs of an earlier run, then put the wrappers of Slurm's programs on PATH.

    Nothing is done without Slurm. Exits with 2 if jobs of an earlier run forbid a start.

    Args:
        records: folder of all runs' records, as passed to ``shims.install``.
        arguments: Snakemake's command line.
    """
    if shutil.which("squeue") is None:
        return
    try:
        clear_folder(Path.cwd(), records, arguments)
    except OrphansError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    if not only_reads(arguments):
        install(records)
