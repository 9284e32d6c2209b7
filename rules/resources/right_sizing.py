"""What the end of a run on Slurm shows: resources asked for and used."""

import subprocess
from pathlib import Path

from rules.stage_code import SCRIPTS


def asked_and_used(benchmarks: str | Path) -> str:
    """The table and the ``set-resources:`` block of ``right_size.py``; "" where there is none.

    A run that has come to its end does not fail for it.
    """
    command = ["python", str(SCRIPTS / "right_size.py"), str(benchmarks)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout
