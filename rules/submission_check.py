"""What must not reach Snakemake's Slurm executor: values that it would change, and job arrays.

The executor (plugin 2.8) quotes values as Python does, and puts the command of a job into double
quotes of a shell: on the head node, variables are replaced and commands executed. A job array
requests for all its tasks the memory and time of the first one, and its tasks have no records of
their own (slurm_guard/shims.py): each running task would count as failed and start again.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rules.settings.check import lookup
from rules.settings.mistakes import COMMAND_LINE, ConfigError, Diagnosis, Mistake
from rules.settings.sample_sheet import FASTQ_COLUMNS
from rules.settings.settings import INPUT_FILES, Settings
from rules.settings.sheet_rows import SheetReader, sheet_rows

_CHANGED = re.compile(r"[$`\\\n]|'.*\"|\".*'", re.DOTALL)
_EXPECTED = (
    "text without $, `, \\ and both kinds of quotes, which would not reach Slurm jobs unchanged"
)


def stop_before_submission(workflow: Any, settings: Settings) -> None:
    """Print all mistakes to standard error and exit with 2 if there are any.

    Args:
        workflow: Snakemake's (9.27), before the first job is submitted.
        settings: of the run.
    """
    if mistakes := [*changed_values(workflow, settings), *job_arrays(workflow)]:
        sys.stderr.write(f"{ConfigError(mistakes)}\n")
        sys.exit(2)


def changed_values(workflow: Any, settings: Settings) -> Iterator[Mistake]:
    """Yield the mistakes of paths and of settings of the command line."""
    paths = [("working directory", Path.cwd()), ("clone", workflow.basedir)]
    paths += [("--configfile", path) for path in workflow.overwrite_configfiles]
    for name, path in paths:
        if diagnosis := _diagnosis(str(path), "rename the file or folder"):
            yield Mistake(name, None, "", diagnosis)
    for argument in workflow.config_settings.config_args or ():
        key, _, value = argument.partition("=")
        if diagnosis := _diagnosis(value, "write it in the config file"):
            yield Mistake(COMMAND_LINE, None, key, diagnosis)
    for setting in INPUT_FILES:
        if diagnosis := _diagnosis(str(lookup(settings.config, setting)), "rename the file"):
            yield settings.checked.mistake_at(setting, diagnosis)
    sheet = SheetReader(Path(settings.config["samples"]), Path.cwd())
    for row in sheet_rows(sheet):
        for column in FASTQ_COLUMNS:
            if diagnosis := _diagnosis(row.fields.get(column, ""), "rename the file"):
                sheet.add(row.line, column, diagnosis)
    yield from sheet.mistakes


def job_arrays(workflow: Any) -> Iterator[Mistake]:
    """Yield a mistake if jobs would be submitted as arrays."""
    if rules := workflow.executor_settings.array_jobs:
        what_to_do = "remove it; for thousands of small units see docs/profile.md"
        diagnosis = Diagnosis(f'"{rules}"', "no job arrays", what_to_do)
        yield Mistake("profile", None, "slurm-array-jobs", diagnosis)


def _diagnosis(text: str, what_to_do: str) -> Diagnosis | None:
    if _CHANGED.search(text) is None:
        return None
    return Diagnosis(f'"{text}"', _EXPECTED, what_to_do)
