"""Summary at the end of a run: failed jobs with their logs, or the resources of a run on Slurm."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rules.snakemake_command import SnakemakeCommand
from rules.stage_code import SCRIPTS

LAST_LINES = 15
_BLOCK = re.compile(r"^Error in rule (?P<rule>\w+):\n(?P<fields>(?:    .*\n)+)", re.MULTILINE)
_FIELD = re.compile(r"^    (?P<name>[a-z_]+): (?P<value>.*)$", re.MULTILINE)


class FailedJob(NamedTuple):
    """One failed job in Snakemake's log.

    Attributes:
        rule: name of the stage.
        output: its first output.
        logs: its own log, then Slurm's if it was submitted.
    """

    rule: str
    output: str
    logs: tuple[str, ...]


def failure_summary(
    snakemake_logs: Sequence[str], command: SnakemakeCommand, work_dir: Path = Path()
) -> str:
    """Return rule, sample, log tail and command to resume of each failed job.

    Args:
        snakemake_logs: Snakemake's own log files, as passed to ``onerror``.
        command: Snakemake's command line.
        work_dir: folder that the jobs' log paths start from.
    """
    text = Path(snakemake_logs[-1]).read_text() if snakemake_logs else ""
    # A job that was retried is reported once, with its last logs.
    jobs = {(job.rule, job.output): job for job in failed_jobs(text)}.values()
    return "\n\n".join(_job_summary(job, command, work_dir) for job in jobs)


def failed_jobs(log_text: str) -> list[FailedJob]:
    """Return the failed jobs in a log of Snakemake, one for each attempt."""
    jobs = []
    for block in _BLOCK.finditer(log_text):
        fields = {field["name"]: field["value"] for field in _FIELD.finditer(block["fields"])}
        logs = fields.get("log", "").partition(" (check log")[0].split(", ")
        output = fields.get("output", "").split(", ")[0]
        jobs.append(FailedJob(block["rule"], output, tuple(filter(None, logs))))
    return jobs


def _job_summary(job: FailedJob, command: SnakemakeCommand, work_dir: Path) -> str:
    unit = Path(job.logs[0]).stem if job.logs else ""
    title = job.rule if unit in ("", job.rule) else f"{job.rule} of {unit}"
    lines = [f"FAILED: {title}"]
    for log in job.logs:
        if tail := _tail(work_dir / log):
            lines += [f"  last lines of {log}:", *(f"    {line}" for line in tail)]
            break
    else:
        lines.append("  no log was written; see the messages above")
    lines += ["  command to resume:", f"    {command.to_make(job.output or job.rule)}"]
    return "\n".join(lines)


def _tail(log: Path) -> list[str]:
    return log.read_text(errors="replace").splitlines()[-LAST_LINES:] if log.is_file() else []


def resource_summary(benchmarks: str | Path) -> str:
    """Return the table and the ``set-resources:`` block of ``right_size.py``; "" if it fails.

    A failure of it does not fail a run that has finished.
    """
    command = ["python", str(SCRIPTS / "right_size.py"), str(benchmarks)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout
