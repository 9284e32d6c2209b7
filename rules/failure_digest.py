"""What the user needs when a run failed: rule, sample, end of its log, the command that goes on."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

LAST_LINES = 15
RUN_OPTIONS = ("--profile", "--workflow-profile", "--configfile", "--cores", "-c", "--directory")
_BLOCK = re.compile(r"^Error in rule (?P<rule>\w+):\n(?P<fields>(?:    .*\n)+)", re.MULTILINE)
_FIELD = re.compile(r"^    (?P<name>[a-z_]+): (?P<value>.*)$", re.MULTILINE)


class Failure(NamedTuple):
    """One failed job as Snakemake's log tells it.

    Attributes:
        rule: name of the stage.
        output: its first output.
        logs: its own log, then Slurm's where it was submitted.
    """

    rule: str
    output: str
    logs: tuple[str, ...]


def failure_digest(
    snakemake_logs: Sequence[str], command: Sequence[str], work_dir: Path = Path()
) -> str:
    """One screen about all failed jobs.

    Args:
        snakemake_logs: Snakemake's own log files, as ``onerror`` gets them.
        command: ``sys.argv`` of the run, for the command that goes on.
        work_dir: folder that the jobs' log paths start from.
    """
    text = Path(snakemake_logs[-1]).read_text() if snakemake_logs else ""
    # A job that was tried again is told once, with its last logs.
    failures = {(job.rule, job.output): job for job in failed_jobs(text)}.values()
    return "\n\n".join(_told(failure, command, work_dir) for failure in failures)


def failed_jobs(log_text: str) -> list[Failure]:
    """The failed jobs that a Snakemake log speaks of."""
    failures = []
    for block in _BLOCK.finditer(log_text):
        fields = {field["name"]: field["value"] for field in _FIELD.finditer(block["fields"])}
        logs = fields.get("log", "").partition(" (check log")[0].split(", ")
        output = fields.get("output", "").split(", ")[0]
        failures.append(Failure(block["rule"], output, tuple(filter(None, logs))))
    return failures


def _told(failure: Failure, command: Sequence[str], work_dir: Path) -> str:
    unit = Path(failure.logs[0]).stem if failure.logs else ""
    title = failure.rule if unit in ("", failure.rule) else f"{failure.rule} of {unit}"
    lines = [f"FAILED: {title}"]
    for log in failure.logs:
        if last := _last_lines(work_dir / log):
            lines += [f"  last lines of {log}:", *(f"    {line}" for line in last)]
            break
    else:
        lines.append("  it left no log; the reason stands above")
    target = failure.output or failure.rule
    lines += ["  to run it again:", f"    {shlex.join(['snakemake', *_options(command), target])}"]
    return "\n".join(lines)


def _last_lines(log: Path) -> list[str]:
    return log.read_text(errors="replace").splitlines()[-LAST_LINES:] if log.is_file() else []


def _options(command: Sequence[str]) -> list[str]:
    """The options of the failed run that say where and with what to run."""
    options = []
    for position, word in enumerate(command):
        name, equals, _ = word.partition("=")
        if name not in RUN_OPTIONS:
            continue
        following = command[position + 1 : position + 2]
        value = [] if equals or (following and following[0].startswith("-")) else following
        options += [word, *value]
    return options or ["--cores", "1"]
