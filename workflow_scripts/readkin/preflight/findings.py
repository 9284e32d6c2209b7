"""What a check found, and how it is shown."""

import subprocess
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

WIDTH = 16  # of the column that says what was looked at


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    PROBLEM = "PROBLEM"
    SKIPPED = "skipped"


class Finding(NamedTuple):
    """One line of the table.

    Attributes:
        state: how it is.
        what: what was looked at, in a few words.
        found: what is there.
        fix: what to do about a problem; "" otherwise.
    """

    state: State
    what: str
    found: str
    fix: str = ""


def ok(what: str, found: str) -> Finding:
    """All is well."""
    return Finding(State.OK, what, found)


def problem(what: str, found: str, fix: str) -> Finding:
    """Something that would stop or spoil a run."""
    return Finding(State.PROBLEM, what, found, fix)


def skipped(what: str, why: str) -> Finding:
    """Not looked at."""
    return Finding(State.SKIPPED, what, why)


def as_text(finding: Finding) -> str:
    """The line of the table, with the fix of a problem on a line of its own below."""
    lines = [f"{finding.state:<8} {finding.what:<{WIDTH}}  {finding.found}\n"]
    if finding.fix:
        lines.append(f"{'':<8} {'':<{WIDTH}}  fix: {finding.fix}\n")
    return "".join(lines)


class Answer(NamedTuple):
    """How a program ended: success, and what it wrote (on failure also to standard error)."""

    success: bool
    text: str


def ask(
    command: Sequence[str], seconds: float, environment: dict[str, str] | None = None
) -> Answer:
    """Run a program that should answer within ``seconds``; never raises for what it does."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds, env=environment
        )
    except FileNotFoundError:
        return Answer(False, f"there is no program {command[0]}")
    except subprocess.TimeoutExpired:
        return Answer(False, f"{command[0]} gave no answer in {seconds:.0f} s")
    if done.returncode == 0:
        return Answer(True, done.stdout.strip())
    return Answer(False, " / ".join((done.stderr + done.stdout).split("\n")).strip(" /"))
