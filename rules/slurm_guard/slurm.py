"""Slurm's own programs, called past the wrappers that shims.py puts first on PATH.

Standard library only: shims.py, which runs as a program of its own, imports this file too.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

SHIMS = "shims.py"  # each wrapper names this file in its first lines
SECONDS_TO_ANSWER = 60.0


class Answer(NamedTuple):
    """Exit code, standard output and standard error of a Slurm program."""

    code: int
    out: str
    errors: str


def ask_slurm(program: str, *arguments: str, seconds: float | None = SECONDS_TO_ANSWER) -> Answer:
    """Run a program of Slurm.

    Args:
        program: name, such as ``squeue``.
        arguments: its arguments.
        seconds: time limit; None for no limit.

    Returns:
        The program's answer; exit code 127 if there is no such program, 124 after the time limit.
    """
    command = [path_of(program) or program, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    except FileNotFoundError:
        return Answer(127, "", f"no program {program}\n")
    except subprocess.TimeoutExpired:
        return Answer(124, "", f"no answer of {program} in {seconds:.0f} s\n")
    return Answer(done.returncode, done.stdout, done.stderr)


def path_of(program: str) -> str | None:
    """Return the path of Slurm's own program, skipping the folders of `shims.install`."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    slurms = [folder for folder in folders if not _is_wrapper(Path(folder) / program)]
    return shutil.which(program, path=os.pathsep.join(slurms))


def _is_wrapper(program: Path) -> bool:
    try:
        return SHIMS.encode() in program.read_bytes()[:4096]
    except OSError:
        return False
