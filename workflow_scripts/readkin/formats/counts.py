"""Counts of each stage for the report: items in, out, and dropped by reason."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write

MAPPED_READS = "mapped reads"
"""Detail of map_to_reference that the report reads."""
LOW_COMPLEXITY = "reads without a key that have bases of low complexity"
"""Name of a number among the details of embed_reads."""


@dataclass(frozen=True)
class Flow:
    """Numbers of one kind of item in one stage, with entered = left + dropped.

    Attributes:
        what: kind of the items, in the plural ("reads", "pairs").
        entered: number of items in the input.
        left: number of items in the output.
        dropped: number of items dropped, by reason.

    Raises:
        ValueError: if the numbers do not add up, which is a bug of the stage.
    """

    what: str
    entered: int
    left: int
    dropped: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.entered != self.left + sum(self.dropped.values()):
            raise ValueError(
                f"{self.what}: {self.entered} entered, but {self.left} left"
                f" and {dict(self.dropped)} were dropped"
            )


def write_counts(
    path: Path,
    stage: str,
    flows: Sequence[Flow],
    details: Mapping[str, Any],
    unit: str | None = None,
) -> None:
    """Write the counts of a stage as JSON.

    Form: ``{"stage", "unit", "flows": [{"what", "in", "out", "dropped"}], "details"}``.
    """
    content = {
        "stage": stage,
        "unit": unit,
        "flows": [
            {"what": f.what, "in": f.entered, "out": f.left, "dropped": dict(f.dropped)}
            for f in flows
        ],
        "details": details,
    }
    write_json(path, content)


def write_json(path: Path, content: Any) -> None:
    """Write ``content`` as indented JSON."""
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n")


def read_counts(path: Path) -> dict[str, Any]:
    """Read a file that ``write_counts`` wrote.

    Raises:
        InputError: if the file has other content.
    """
    try:
        content = json.loads(Path(path).read_text())
    except json.JSONDecodeError as error:
        found = f"invalid JSON ({error})"
        raise InputError(path, found, "a stage's counts", "run that stage again") from None
    if not isinstance(content, dict) or not {"stage", "flows", "details"} <= content.keys():
        raise InputError(path, "other content", "a stage's counts", "run that stage again")
    return content
