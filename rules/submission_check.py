"""Paths and settings that Snakemake's Slurm executor would not pass to the jobs unchanged.

The executor (plugin 2.8) quotes them as Python does, and puts the command of a job into double
quotes of a shell: on the head node, variables are replaced and commands executed.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rules.settings.mistakes import COMMAND_LINE, ConfigError, Diagnosis, Mistake

_CHANGED = re.compile(r"[$`\\\n]|'.*\"|\".*'", re.DOTALL)
_CHANGED_WORDS = r"$, ` and \, and without both kinds of quotes"


def stop_with_changed_values(workflow: Any) -> None:
    """Print all mistakes to standard error and exit with 2 if jobs would get other values.

    Args:
        workflow: Snakemake's (9.27), before the first job is submitted.
    """
    if mistakes := list(changed_values(workflow)):
        sys.stderr.write(f"{ConfigError(mistakes)}\n")
        sys.exit(2)


def changed_values(workflow: Any) -> Iterator[Mistake]:
    """Yield the mistakes of paths and of settings of the command line."""
    expected = f"a path without {_CHANGED_WORDS}, which would not reach the jobs unchanged"
    paths = {"working directory": Path.cwd(), "clone": workflow.basedir}
    for name, path in paths.items():
        if _CHANGED.search(str(path)):
            diagnosis = Diagnosis(f'the path "{path}"', expected, "rename the folder")
            yield Mistake(name, None, "", diagnosis)
    for argument in workflow.config_settings.config_args or ():
        if _CHANGED.search(argument):
            key, _, value = argument.partition("=")
            expected = f"text without {_CHANGED_WORDS}, which would not reach the jobs unchanged"
            what_to_do = "write it in the config file"
            yield Mistake(COMMAND_LINE, None, key, Diagnosis(f'"{value}"', expected, what_to_do))
