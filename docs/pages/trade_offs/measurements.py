"""What `make tradeoff` has measured, as docs/measurements/tradeoff.json holds it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

REPOSITORY = Path(__file__).resolve().parents[3]
MEASUREMENTS = REPOSITORY / "docs" / "measurements" / "tradeoff.json"
NOT_MEASURED = "not measured"

Record = Mapping[str, Any]


class Run(NamedTuple):
    """A run of `make tradeoff`.

    Attributes:
        id: date and time of its start.
        date: of its start.
        commit: of the code.
        processor: its name.
        cores: of the machine.
        minutes: elapsed time.
        records: what was measured, as benchmarks.records writes it.
        stage_runs: stages of the workflow, as benchmarks.scale.model.StageRun.
    """

    id: str
    date: str
    commit: str
    processor: str
    cores: int
    minutes: float
    records: Sequence[Record]
    stage_runs: Sequence[Record]

    def of(self, work: str) -> list[Record]:
        """Return all records of an experiment."""
        return [row for row in self.records if row["work"] == work]

    def tools(self, work: str) -> list[str]:
        """Return what an experiment compares, in the order of measurement."""
        return list(dict.fromkeys(row["tool"] for row in self.of(work)))

    def find(self, work: str, tool: str, metric: str, **more: Any) -> Record | None:
        """Return a record; None if it was not measured."""
        wanted = {"tool": tool, "metric": metric} | more
        rows = (row for row in self.of(work) if wanted.items() <= row.items())
        return next(rows, None)

    def counts(self, work: str) -> list[int]:
        """Return how often each value of an experiment was measured."""
        return [row["n"] for row in self.of(work)]


def read_runs(path: Path = MEASUREMENTS) -> list[Run]:
    """Return the runs of a file, the latest one last."""
    return [Run(**run) for run in json.loads(path.read_text(encoding="utf-8"))["runs"]]
