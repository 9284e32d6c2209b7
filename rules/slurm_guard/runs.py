"""What the Snakefile does because Slurm may be there: one call in the main process, one in jobs."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from rules.slurm_guard.orphans import OrphansError, clear_folder, only_reads
from rules.slurm_guard.shims import install


def prepare_for_slurm(records: Path, arguments: Sequence[str]) -> None:
    """Look for orphans, then put our ``sacct`` and ``sbatch`` on PATH; nothing without Slurm.

    Exits with 2 where orphans forbid to start.

    Args:
        records: as of ``slurm_accounting.install``.
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
