"""Results of checks, and the table that shows them."""

from enum import StrEnum
from typing import NamedTuple

WIDTH = 16  # of the column with the checked item


class State(StrEnum):
    """Result of a check."""

    OK = "ok"
    PROBLEM = "PROBLEM"
    SKIPPED = "skipped"


class Finding(NamedTuple):
    """One row of the table.

    Attributes:
        state: result of the check.
        what: the checked item, in a few words.
        found: its actual state.
        fix: how to solve a problem; "" otherwise.
    """

    state: State
    what: str
    found: str
    fix: str = ""


def ok(what: str, found: str) -> Finding:
    """Return the row of a check that passed."""
    return Finding(State.OK, what, found)


def problem(what: str, found: str, fix: str) -> Finding:
    """Return the row of a problem that would stop or spoil a run."""
    return Finding(State.PROBLEM, what, found, fix)


def skipped(what: str, why: str) -> Finding:
    """Return the row of a check that was not made."""
    return Finding(State.SKIPPED, what, why)


def as_text(finding: Finding) -> str:
    """Return the row as text, with the fix of a problem on a second line."""
    lines = [f"{finding.state:<8} {finding.what:<{WIDTH}}  {finding.found}\n"]
    if finding.fix:
        lines.append(f"{'':<8} {'':<{WIDTH}}  fix: {finding.fix}\n")
    return "".join(lines)
