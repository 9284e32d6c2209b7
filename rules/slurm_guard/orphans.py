"""Orphans: Slurm jobs that an earlier run left in this folder, found before anything starts.

Snakemake cancels its jobs on Ctrl-C. If it is killed or its terminal is lost (SIGHUP), they keep
running, and a new run would write the same files a second time. Slurm can list them: jobs of the
plugin have a name with a UUID, and squeue shows the folder in which they were submitted.
"""

import os
import re
import shutil
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from rules.slurm_guard.slurm import ask_slurm

CHOICE = "JOB_GUARD_ORPHANS"
MAIN_PROCESS = "main_process"  # file that identifies the last Snakemake of a folder
SECONDS_BETWEEN_CHECKS = 5.0
RUN_NAME = re.compile(r"(?:.*_)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FORMAT = "%i|%T|%M|%j|%k|%Z"
N_SEPARATORS = FORMAT.count("|")
# Snakemake only prints something: nothing is written, so orphans do no harm.
DESCRIBES = {
    "-n",
    "--dry-run",
    "--dryrun",
    "--lint",
    "--list",
    "--list-rules",
    "--list-target-rules",
    "-l",
    "--lt",
    "--dag",
    "--rulegraph",
    "--filegraph",
    "--d3dag",
    "--summary",
    "-S",
    "--detailed-summary",
    "-D",
    "--report",
    "--unlock",
    "--print-compilation",
    "--containerize",
    "--generate-unit-tests",
    "--archive",
    "--cleanup-metadata",
    "--list-changes",
    "--version",
}


class Orphan(NamedTuple):
    """Waiting or running job: id, state, elapsed time, run and rule, as squeue shows them."""

    job: str
    state: str
    time: str
    run: str
    comment: str


class OrphansError(Exception):
    """Reason not to start: orphans without a choice, or no answer of squeue."""


def only_reads(arguments: Sequence[str]) -> bool:
    """Return whether Snakemake's command line starts no job (``-n``, ``-np``, ``--lint``, ...)."""
    words = [word.partition("=")[0] for word in arguments[1:]]
    return any(word in DESCRIBES or re.fullmatch("-[pqFfkt]*n[pqFfkt]*", word) for word in words)


def orphans(folder: Path) -> list[Orphan]:
    """Return the unfinished jobs of this user that Snakemake submitted in ``folder``.

    Raises:
        OrphansError: squeue does not answer.
    """
    answer = ask_slurm("squeue", "--me", "--noheader", f"--format={FORMAT}")
    if answer.code == 127:
        return []  # no Slurm on this machine
    if answer.code:
        raise OrphansError(f"squeue: {answer.errors.strip()}")
    rows = (line.split("|", N_SEPARATORS) for line in answer.out.splitlines())
    rows = (row for row in rows if len(row) == N_SEPARATORS + 1)
    return [
        Orphan(job=job, state=state, time=time_so_far, run=run, comment=comment)
        for job, state, time_so_far, run, comment, submitted_in in rows
        if RUN_NAME.fullmatch(run) and _same_folder(submitted_in, folder)
    ]


def _same_folder(one: str, other: Path) -> bool:
    with suppress(OSError):
        return Path(one).samefile(other)
    return False


class MainProcess(NamedTuple):
    """Last Snakemake of a folder: host name, process id, start time in clock ticks."""

    host: str
    process: int
    started: str

    @classmethod
    def this(cls) -> "MainProcess":
        """Return the record of this process."""
        return cls(socket.gethostname(), os.getpid(), _start_of(os.getpid()))

    @classmethod
    def read(cls, file: Path) -> "MainProcess | None":
        """Return the record in ``file``; None if it cannot be read."""
        with suppress(OSError, ValueError):
            host, process, started = file.read_text().split()
            return cls(host, int(process), started)
        return None

    def write(self, file: Path) -> None:
        """Write the record to ``file``."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(" ".join(map(str, self)) + "\n")

    def state(self) -> str:
        """Return ``alive``, ``dead``, or ``unknown`` if it ran on another machine."""
        if self.host != socket.gethostname():
            return "unknown"
        return "alive" if self.started and _start_of(self.process) == self.started else "dead"


def _start_of(process: int) -> str:
    """Return when a process started, in clock ticks since boot; "" if no process has this id."""
    with suppress(OSError, IndexError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    return ""


def clear_folder(
    folder: Path,
    records: Path,
    arguments: Sequence[str],
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Make sure that no other job writes here; called in the main process, before Snakemake locks.

    If there are orphans, JOB_GUARD_ORPHANS decides: ``wait`` until they have ended, or ``cancel``
    them. The lock of a Snakemake that is known to be dead is removed once its jobs have ended.
    Under ``-n`` and similar options orphans are listed, and nothing is changed.

    Args:
        folder: working directory of Snakemake.
        records: folder of all runs' records, as passed to ``shims.install``. It also contains the
            record of the last main process. Records of earlier runs are removed.
        arguments: Snakemake's command line.
        environment: may contain JOB_GUARD_ORPHANS.

    Raises:
        OrphansError: nothing may be started; its text gives the reason and what to type.
    """
    last = MainProcess.read(records / MAIN_PROCESS)
    if last is not None and last.state() == "alive" and last != MainProcess.this():
        return  # Snakemake's own lock reports it
    try:
        remaining = orphans(folder)
    except OrphansError as error:
        if only_reads(arguments) or not unended(records):
            return  # Slurm's programs are installed here, but no cluster is running
        jobs = ", ".join(unended(records))
        raise OrphansError(
            f"{error}\nNothing was started: jobs of an earlier run may still write here ({jobs}). "
            "Start again when Slurm answers."
        ) from None
    if only_reads(arguments):
        if remaining:
            _say(listing(remaining, last))
        return
    if remaining:
        choice = environment.get(CHOICE, "")
        if choice not in ("wait", "cancel"):
            raise OrphansError(f"{listing(remaining, last)}\n{what_to_type(arguments)}")
        _say(listing(remaining, last))
        if choice == "cancel":
            ask_slurm("scancel", *(job.job for job in remaining))
        _wait_for_end(folder, choice)
    if last is not None and last.state() == "dead":
        for lock in (folder / ".snakemake/locks").glob("*"):
            lock.unlink(missing_ok=True)
    for run in _runs(records):
        shutil.rmtree(run, ignore_errors=True)
    MainProcess.this().write(records / MAIN_PROCESS)


def unended(records: Path) -> list[str]:
    """Return the ids of submitted jobs without a recorded exit code."""
    files = [file for run in _runs(records) for file in run.glob("*.submitted")]
    return sorted(file.stem for file in files if not file.with_suffix(".exit").exists())


def _runs(records: Path) -> list[Path]:
    """Return the folders with records of runs."""
    return [path for path in records.glob("*") if RUN_NAME.fullmatch(path.name)]


def _wait_for_end(folder: Path, choice: str) -> None:
    shown: list[str] = []
    while remaining := orphans(folder):
        if shown != [job.job for job in remaining]:
            shown = [job.job for job in remaining]
            _say(f"{CHOICE}={choice}: waiting for the end of {', '.join(shown)}")
        time.sleep(SECONDS_BETWEEN_CHECKS)
    _say(f"{CHOICE}={choice}: all jobs of the earlier run have ended")


def listing(remaining: Sequence[Orphan], last: MainProcess | None) -> str:
    """Return a text with one orphan per line, and the Snakemake that submitted them if unknown."""
    count = "1 Slurm job" if len(remaining) == 1 else f"{len(remaining)} Slurm jobs"
    lines = [f"Found {count} of an earlier run in this folder, not yet finished:"]
    for job in remaining:
        rule = job.comment.removeprefix("rule_").replace("_wildcards_", " of ")
        lines.append(f"  {job.job}  {job.state}  {job.time}  {rule}  (run {job.run})")
    if last is not None and last.state() == "unknown":
        process = f"process {last.process} on {last.host}"
        lines.append(f"  The last Snakemake in this folder was {process}; check whether it runs.")
    return "\n".join(lines)


def what_to_type(arguments: Sequence[str]) -> str:
    """Return both choices as command lines."""
    command = " ".join(["snakemake", *arguments[1:]])
    return (
        "Nothing was started: two jobs would write the same files. Wait for them or cancel them:\n"
        f"  {CHOICE}=wait {command}\n"
        f"  {CHOICE}=cancel {command}"
    )


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
