"""Runs of ``make tradeoff``: docs/trade-offs.md is generated from the newest ones."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.records import Record, processor
from benchmarks.scale.model import StageRun
from readkin.formats.atomic_write import atomic_write
from readkin.parallel.launch import run_program
from support.repository import REPOSITORY

FILE = REPOSITORY / "docs" / "measurements" / "tradeoff.json"
MOST_RUNS = 2
SECONDS_FOR_GIT = 30
MACHINE = ("processor", "cores")

Run = dict[str, Any]


def run_of(started: datetime, records: Sequence[Record], stage_runs: Sequence[StageRun]) -> Run:
    """Return everything that was measured since a time (UTC), with what identifies the run."""
    seconds = (datetime.now(UTC) - started).total_seconds()
    return {
        "id": f"{started:%Y%m%d-%H%M}",
        "date": f"{started:%Y-%m-%d}",
        "commit": commit_of(REPOSITORY),
        "processor": processor(),
        "cores": os.cpu_count(),
        "minutes": round(seconds / 60, 1),
        "records": [{k: v for k, v in row.items() if k != "processor"} for row in records],
        "stage_runs": [run._asdict() for run in stage_runs],
    }


def commit_of(repository: Path) -> str:
    """Return the commit of the code; changes outside of docs/ are mentioned.

    "unknown" if the folder is no clone, or git is not installed.
    """
    git = ["git", "-C", str(repository)]
    head = run_program([*git, "rev-parse", "--short", "HEAD"], SECONDS_FOR_GIT)
    changed = run_program(
        [*git, "status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs"],
        SECONDS_FOR_GIT,
    )
    if not (head.is_success and changed.is_success):
        return "unknown"
    return f"{head.text} with changes" if changed.text else head.text


def publish(run: Run, path: Path = FILE) -> None:
    """Add a run to those of the same machine, of which the newest two are kept."""
    runs = json.loads(path.read_text())["runs"] if path.is_file() else []
    alike = [old for old in runs if all(old[key] == run[key] for key in MACHINE)]
    write({"runs": [*alike, run][-MOST_RUNS:]}, path)


def write(content: dict[str, Any], path: Path) -> None:
    """Write a JSON file; create the folder if necessary."""
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n")
