"""What the Snakefile does because Slurm may be there: one call in the main process, one in jobs."""

import shutil
import sys
from pathlib import Path

from rules.slurm_guard.orphans import OrphansError, clear_folder
from rules.slurm_guard.shims import install


def prepare_for_slurm(records: Path, command: str, starts_jobs: bool) -> None:
    """Look for orphans, then put our ``sacct`` and ``sbatch`` on PATH; nothing without Slurm.

    Exits with 2 where orphans forbid to start.

    Args:
        records: as of ``slurm_accounting.install``.
        command: Snakemake's command line, to be typed again.
        starts_jobs: whether it starts jobs: not under ``-n`` and the like.
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
