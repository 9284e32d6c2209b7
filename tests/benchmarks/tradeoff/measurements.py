"""Runs of ``make tradeoff``: docs/trade-offs.md is generated from the newest ones."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.records import Record, processor
from benchmarks.scale.model import StageRun
from readkin.formats.atomic_write import atomic_write
from readkin.parallel.launch import run_program
from support.repository import REPOSITORY

FILE = REPOSITORY / "docs" / "measurements" / "tradeoff.json"
MOST_RUNS = 2
SECONDS_FOR_GIT = 30


class Run(NamedTuple):
    """A run of `make tradeoff`.

    Attributes:
        id: UTC date and time of its start.
        date: of its start.
        commit: of the code.
        processor: its name.
        cores: of the machine.
        minutes: elapsed time.
        records: what was measured, as benchmarks.records writes it, without the processor.
        stage_runs: runs of the stages of the workflow.
    """

    id: str
    date: str
    commit: str
    processor: str
    cores: int
    minutes: float
    records: Sequence[Record]
    stage_runs: Sequence[StageRun]

    def of(self, work: str) -> list[Record]:
        """Return all records of an experiment."""
        return [row for row in self.records if row["work"] == work]

    def tools(self, work: str) -> list[str]:
        """Return what an experiment compares, in the order of measurement."""
        return list(dict.fromkeys(row["tool"] for row in self.of(work)))

    def find(self, work: str, tool: str, metric: str, **more: Any) -> Record | None:
        """Return a record; None if it was not measured."""
        wanted = {"tool": tool, "metric": metric} | more
        return next((row for row in self.of(work) if wanted.items() <= row.items()), None)

    def counts(self, work: str) -> list[int]:
        """Return how often each value of an experiment was measured."""
        return [row["n"] for row in self.of(work)]


def run_of(started: datetime, records: Sequence[Record], stage_runs: Sequence[StageRun]) -> Run:
    """Return everything that was measured since a time (UTC), with what identifies the run."""
    seconds = (datetime.now(UTC) - started).total_seconds()
    return Run(
        id=f"{started:%Y%m%d-%H%M}",
        date=f"{started:%Y-%m-%d}",
        commit=commit_of(REPOSITORY),
        processor=processor(),
        cores=os.cpu_count() or 1,
        minutes=round(seconds / 60, 1),
        records=[{k: v for k, v in row.items() if k != "processor"} for row in records],
        stage_runs=stage_runs,
    )


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


def read_runs(path: Path = FILE) -> list[Run]:
    """Return the runs in a file, the newest one last."""
    runs = json.loads(path.read_text())["runs"]
    return [
        Run(**run | {"stage_runs": [StageRun(**row) for row in run["stage_runs"]]}) for run in runs
    ]


def publish(run: Run, path: Path = FILE) -> None:
    """Add a run to those of the same machine, of which the newest two are kept."""
    runs = read_runs(path) if path.is_file() else []
    machine = run.processor, run.cores
    alike = [old for old in runs if (old.processor, old.cores) == machine]
    write_runs([*alike, run][-MOST_RUNS:], path)


def write_runs(runs: Sequence[Run], path: Path) -> None:
    """Write a JSON file with a line for each record; create its folder if necessary."""
    with atomic_write(path) as temporary:
        temporary.write_text('{"runs": [\n' + ",\n".join(map(_json, runs)) + "\n]}\n")


def _json(run: Run) -> str:
    fields = run._asdict() | {"stage_runs": [row._asdict() for row in run.stage_runs]}
    lines = []
    for name, value in fields.items():
        if isinstance(value, list):
            text = "[\n" + ",\n".join(f"  {json.dumps(row)}" for row in value) + "\n ]"
        else:
            text = json.dumps(value)
        lines.append(f' "{name}": {text}')
    return "{\n" + ",\n".join(lines) + "\n}"
