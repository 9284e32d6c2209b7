"""Summary at the end of a run: failed jobs with causes, or the resources used on a cluster."""

import csv
import re
import shlex
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from rules.failure_cause import cause, cause_on_ray, without_launcher
from rules.snakemake_command import SnakemakeCommand
from rules.stage_code import SCRIPTS

LAST_LINES = 15
LEAST_FREE_BYTES = 1 << 20
JOBS_WITH_LOG = 5
"""Number of failed jobs whose last lines are shown; of the others, only the cause."""
MOST_NAMES = 50
COLUMNS = ("stage", "unit", "exit_code", "cause", "log", "output")
_BLOCK = re.compile(r"^Error in rule (?P<rule>\w+):\n(?P<fields>(?:    .*\n)+)", re.MULTILINE)
_FIELD = re.compile(r"^    (?P<name>[a-z_]+): (?P<value>.*)$", re.MULTILINE)


class FailedJob(NamedTuple):
    """One failed job in Snakemake's log.

    Attributes:
        rule: name of the stage.
        output: its first output.
        logs: its own log, then that of Slurm or Ray if it was submitted.
        message: sentence of the executor; "" if none.
    """

    rule: str
    output: str
    logs: tuple[str, ...]
    message: str = ""

    @property
    def unit(self) -> str:
        """The unit that it processed; "" for a stage of all units."""
        name = Path(self.logs[0]).stem if self.logs else ""
        return "" if name == self.rule else name


class Failure(NamedTuple):
    """A failed job and what is known of its failure.

    Attributes:
        job: the job.
        exit_code: of its command; None if unknown.
        cause: on one line; "" if unknown.
        log: the log that is not empty; "" if none is.
        tail: last lines of the log, without the launcher's banners.
    """

    job: FailedJob
    exit_code: int | None
    cause: str
    log: str
    tail: list[str]


def read_failures(snakemake_logs: Sequence[str], work_dir: Path = Path()) -> list[Failure]:
    """Return the failed jobs of a run with their causes, in the order of their failures.

    Args:
        snakemake_logs: Snakemake's own log files, as passed to ``onerror``.
        work_dir: folder that the jobs' log paths start from.
    """
    text = Path(snakemake_logs[-1]).read_text(errors="replace") if snakemake_logs else ""
    # A job that was retried is reported once, with its last logs.
    jobs = {(job.rule, job.output): job for job in failed_jobs(text)}.values()
    return [_failure(job, text, work_dir) for job in jobs]


def failed_jobs(log_text: str) -> list[FailedJob]:
    """Return the failed jobs in a log of Snakemake, one for each attempt."""
    jobs = []
    for block in _BLOCK.finditer(log_text):
        fields = {field["name"]: field["value"] for field in _FIELD.finditer(block["fields"])}
        logs = fields.get("log", "").partition(" (check log")[0].split(", ")
        output = fields.get("output", "").split(", ")[0]
        message, details, _ = fields.get("message", "").partition(" For further error details")
        message = message if details else ""  # without it, the text is the rule's own
        jobs.append(FailedJob(block["rule"], output, tuple(filter(None, logs)), message))
    return jobs


def _failure(job: FailedJob, snakemake_log: str, work_dir: Path) -> Failure:
    texts = {log: _text(work_dir / log) for log in job.logs}
    exit_code = _exit_code(job, [*texts.values(), snakemake_log])
    log = next((log for log, text in texts.items() if text.strip()), "")
    lines = texts.get(log, "").splitlines()
    # Slurm's log reports a lack of memory, which ends a stage before it can report anything.
    all_lines = [line for text in texts.values() for line in text.splitlines()]
    of_ray = cause_on_ray(job.rule, job.message)
    why = cause(job.rule, lines, None) or of_ray or cause(job.rule, all_lines, exit_code)
    if not log and shutil.disk_usage(work_dir).free < LEAST_FREE_BYTES:
        why = f"{job.rule}: no space left in {work_dir.resolve()}; free some"
    own_lines = "\n".join(line for line in without_launcher(lines) if line != why)
    tail = own_lines.rstrip().splitlines()[-LAST_LINES:]
    return Failure(job, exit_code, why, log, tail)


def _text(log: Path) -> str:
    return log.read_text(errors="replace") if log.is_file() else ""


def _exit_code(job: FailedJob, texts: Iterable[str]) -> int | None:
    """Return the exit code of a job's command, which ends with the name of its log."""
    if not job.logs:
        return None
    command_end = re.escape(f"tee {shlex.quote(job.logs[0])}' returned non-zero exit status ")
    matches = (re.search(rf"{command_end}(\d+)", text) for text in texts)
    return next((int(match[1]) for match in matches if match), None)


def write_failures(failures: Sequence[Failure], table: Path) -> None:
    """Write one line per failed job, for scripts.

    Raises:
        OSError: if it cannot be written.
    """
    table.parent.mkdir(parents=True, exist_ok=True)
    with table.open("w", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        for job, exit_code, why, log, _ in failures:
            code = "" if exit_code is None else exit_code
            writer.writerow([job.rule, job.unit, code, why, log, job.output])


def failure_summary(failures: Sequence[Failure], command: SnakemakeCommand, units: int) -> str:
    """Return cause, last lines and command to resume of each failed job, then all their names.

    Args:
        failures: the failed jobs.
        command: Snakemake's command line.
        units: number of units of this run.
    """
    blocks = [_with_log(failure, command) for failure in failures[:JOBS_WITH_LOG]]
    if others := failures[JOBS_WITH_LOG:]:
        lines = [_on_one_line(failure) for failure in others[:MOST_NAMES]]
        blocks.append("\n".join(_capped(lines, len(others))))
    if counts := _counts(failures, units):
        blocks.append("\n".join(counts))
    return "\n\n".join(blocks)


def _with_log(failure: Failure, command: SnakemakeCommand) -> str:
    job, _, why, log, tail = failure
    lines = [_title(job)]
    if why:
        lines.append(f"  {why}")
    if tail:
        lines += [f"  last lines of {log}:", *(f"    {line}" for line in tail)]
    elif log:
        lines.append(f"  log: {log}")
    else:
        lines.append("  no log was written; see the messages above")
    lines += ["  command to resume:", f"    {command.to_make(job.output or job.rule)}"]
    return "\n".join(lines)


def _on_one_line(failure: Failure) -> str:
    job = failure.job
    why = failure.cause.removeprefix(f"{job.rule}: ") or f"see {failure.log or 'above'}"
    return f"{_title(job)}: {why}"


def _title(job: FailedJob) -> str:
    return f"FAILED: {job.rule} of {job.unit}" if job.unit else f"FAILED: {job.rule}"


def _counts(failures: Sequence[Failure], units: int) -> list[str]:
    """Return one line for each stage that failed for units, with their names."""
    by_rule: dict[str, list[str]] = defaultdict(list)
    for job in (failure.job for failure in failures if failure.job.unit):
        by_rule[job.rule].append(job.unit)
    return [
        f"{rule} failed for {len(names)} of {units} units:"
        f" {' '.join(_capped(names[:MOST_NAMES], len(names)))}"
        for rule, names in by_rule.items()
    ]


def _capped(shown: Sequence[str], count: int) -> list[str]:
    """Return the words, and how many of ``count`` are not among them."""
    return [*shown, f"and {count - len(shown)} more"] if count > len(shown) else list(shown)


def resource_summary(benchmarks: str | Path) -> str:
    """Return the table and the ``set-resources:`` block of ``right_size.py``; "" if it fails.

    A failure of it does not fail a run that has finished.
    """
    command = ["python", str(SCRIPTS / "right_size.py"), str(benchmarks)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout
