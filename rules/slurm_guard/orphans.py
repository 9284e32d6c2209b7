"""Slurm jobs that an earlier run left in this folder: found and named before anything starts.

Snakemake cancels its jobs on Ctrl-C. Where it is killed, or its terminal is lost (SIGHUP), they go
on, and a new run would write the same files a second time. Slurm knows them: jobs of the plugin
carry a name with a UUID, and the folder they were submitted in.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

CHOICE = "SLURM_GUARD_ORPHANS"
MAIN_PROCESS = "main_process"  # file that tells of the Snakemake that worked in a folder last
SECONDS_TO_ANSWER = 60
SECONDS_BETWEEN_LOOKS = 5.0
RUN_NAME = re.compile(r"(?:.*_)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FORMAT = "%i|%T|%M|%j|%k|%Z"


class Orphan(NamedTuple):
    """A job that waits or runs: its id, state, time so far, run and rule, as squeue tells them."""

    job: str
    state: str
    time: str
    run: str
    comment: str


class OrphansError(Exception):
    """There are orphans and no choice, or squeue does not answer: nothing may be started."""


def orphans(folder: Path) -> list[Orphan]:
    """Unfinished jobs of this user that Snakemake submitted in ``folder``.

    Raises:
        OrphansError: squeue does not answer.
    """
    command = ["squeue", "--me", "--noheader", f"--format={FORMAT}"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_TO_ANSWER)
    except FileNotFoundError:
        return []  # no Slurm here
    except subprocess.TimeoutExpired:
        raise OrphansError(f"squeue gave no answer in {SECONDS_TO_ANSWER} s") from None
    if told.returncode:
        raise OrphansError(f"squeue: {told.stderr.strip()}")
    rows = (line.split("|", FORMAT.count("|")) for line in told.stdout.splitlines())
    return [
        Orphan(*row[:5])
        for row in rows
        if len(row) == 6 and RUN_NAME.fullmatch(row[3]) and _same_folder(row[5], folder)
    ]


def _same_folder(one: str, other: Path) -> bool:
    with suppress(OSError):
        return Path(one).samefile(other)
    return False


class MainProcess(NamedTuple):
    """The Snakemake that worked in a folder last: host name, process id, start in clock ticks."""

    host: str
    process: int
    started: str

    @classmethod
    def this(cls) -> "MainProcess":
        return cls(socket.gethostname(), os.getpid(), _start_of(os.getpid()))

    @classmethod
    def read(cls, file: Path) -> "MainProcess | None":
        """The one that ``file`` tells of; None without a readable file."""
        with suppress(OSError, ValueError):
            host, process, started = file.read_text().split()
            return cls(host, int(process), started)
        return None

    def write(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(" ".join(map(str, self)) + "\n")

    def state(self) -> str:
        """``alive``, ``dead``, or ``unknown`` where it ran on another machine."""
        if self.host != socket.gethostname():
            return "unknown"
        return "alive" if self.started and _start_of(self.process) == self.started else "dead"


def _start_of(process: int) -> str:
    """When a process started, in clock ticks since boot; "" if there is none of that id."""
    with suppress(OSError, IndexError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    return ""


def clear_folder(
    folder: Path,
    records: Path,
    command: str,
    starts_jobs: bool,
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Make sure that nobody else writes here; in the main process, before Snakemake's lock.

    With orphans, SLURM_GUARD_ORPHANS decides: ``wait`` until they have ended, or ``cancel`` them.
    The lock of a Snakemake that is known to be dead is removed once its jobs are gone. Under
    ``-n`` and the like orphans are named, and nothing is done.

    Args:
        folder: where Snakemake runs.
        records: as of ``slurm_accounting.install``; holds who worked here last. Those of earlier
            runs are removed.
        command: Snakemake's command line, to be typed again.
        starts_jobs: whether it starts jobs: not under ``-n`` and the like.
        environment: may hold SLURM_GUARD_ORPHANS.

    Raises:
        OrphansError: nothing may be started; its text says why and what to type.
    """
    last = MainProcess.read(records / MAIN_PROCESS)
    if last is not None and last.state() == "alive" and last != MainProcess.this():
        return  # Snakemake's own lock tells of it
    try:
        left = orphans(folder)
    except OrphansError as error:
        if not starts_jobs or not unended(records):
            return  # a machine with Slurm's programs, but without its cluster
        jobs = ", ".join(unended(records))
        raise OrphansError(
            f"{error}\nNothing was started: jobs of an earlier run may still write here ({jobs}). "
            "Try again when Slurm answers."
        ) from None
    if not starts_jobs:
        if left:
            _say(listing(left, last))
        return
    if left:
        choice = environment.get(CHOICE, "")
        if choice not in ("wait", "cancel"):
            raise OrphansError(f"{listing(left, last)}\n{what_to_type(command)}")
        _say(listing(left, last))
        if choice == "cancel":
            subprocess.run(["scancel", *(job.job for job in left)], timeout=SECONDS_TO_ANSWER)
        _wait_for_end(folder, choice)
    if last is not None and last.state() == "dead":
        for lock in (folder / ".snakemake/locks").glob("*"):
            lock.unlink(missing_ok=True)
    for run in _runs(records):
        shutil.rmtree(run, ignore_errors=True)
    MainProcess.this().write(records / MAIN_PROCESS)


def unended(records: Path) -> list[str]:
    """Ids of submitted jobs that recorded no end."""
    files = [file for run in _runs(records) for file in run.glob("*.submitted")]
    return sorted(file.stem for file in files if not file.with_suffix(".exit").exists())


def _runs(records: Path) -> list[Path]:
    """The folders of earlier runs."""
    return [path for path in records.glob("*") if RUN_NAME.fullmatch(path.name)]


def _wait_for_end(folder: Path, choice: str) -> None:
    shown: list[str] = []
    while left := orphans(folder):
        if shown != [job.job for job in left]:
            shown = [job.job for job in left]
            _say(f"{CHOICE}={choice}: waiting for the end of {', '.join(shown)}")
        time.sleep(SECONDS_BETWEEN_LOOKS)
    _say(f"{CHOICE}={choice}: all jobs of the earlier run have ended")


def listing(left: Sequence[Orphan], last: MainProcess | None) -> str:
    """The orphans, one a line, and whose they are."""
    count = "1 Slurm job" if len(left) == 1 else f"{len(left)} Slurm jobs"
    lines = [f"{count} of an earlier run in this folder did not end with it:"]
    for job in left:
        rule = job.comment.removeprefix("rule_").replace("_wildcards_", " of ")
        lines.append(f"  {job.job}  {job.state}  {job.time}  {rule}  (run {job.run})")
    if last is not None and last.state() == "unknown":
        lines.append(f"  Their Snakemake was process {last.process} on {last.host}; does it run?")
    return "\n".join(lines)


def what_to_type(command: str) -> str:
    """Both choices as command lines."""
    return (
        "Nothing was started: two jobs would write the same files. To keep what they do, or not:\n"
        f"  {CHOICE}=wait {command}\n"
        f"  {CHOICE}=cancel {command}"
    )


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
