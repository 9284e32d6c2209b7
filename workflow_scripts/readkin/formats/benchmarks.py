"""Benchmark tables of Snakemake: time and memory of one job, one line per repetition."""

import ast
import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from readkin.errors import InputError
from readkin.formats.memory_use import read_memory_use

REQUIRED = ("s", "max_rss", "cpu_time")
WHAT_TO_DO = "remove the file or run its stage again"


@dataclass(frozen=True)
class JobCost:
    """Time and memory of one job; None if Snakemake could not measure it (a few milliseconds).

    Attributes:
        stage: name of the rule, which is that of the folder of the table.
        seconds: wall time.
        peak_memory_mb: peak resident memory of all processes of the job together, in units
            of 2^20 bytes.
        cpu_seconds: processor time.
        node_peaks_mb: peak memory on each node of the job, in units of 2^20 bytes, as measured by
            the stage itself; () if it did not measure.
        requested: resources that the job requested, by name; {} if Snakemake ran without
            ``benchmark-extended``.
    """

    stage: str
    seconds: float
    peak_memory_mb: float | None
    cpu_seconds: float | None
    node_peaks_mb: tuple[float, ...] = ()
    requested: Mapping[str, Any] = field(default_factory=dict)

    @property
    def peak_on_a_node_mb(self) -> float | None:
        """Peak memory on any node of the job, in units of 2^20 bytes."""
        return max(self.node_peaks_mb, default=self.peak_memory_mb)


def read_job_costs(path: Path) -> Iterator[JobCost]:
    """Yield the jobs of one benchmark table, or of all ``*.tsv`` in a folder, in order of path.

    A table's stage is the name of its folder: ``benchmarks/<stage>/<anything>.tsv``.

    Raises:
        InputError: if a table lacks a column or a value is not a number.
    """
    path = Path(path)
    for table in sorted(path.rglob("*.tsv")) if path.is_dir() else [path]:
        node_peaks = tuple(read_memory_use(table))
        with table.open(newline="") as file:
            reader = csv.DictReader(file, delimiter="\t")
            absent = [name for name in REQUIRED if name not in (reader.fieldnames or ())]
            if absent:
                found = f"no column {', '.join(absent)}"
                raise InputError(table, found, "a benchmark table of Snakemake", WHAT_TO_DO)
            for number, row in enumerate(reader, start=2):
                yield _job_cost(table, number, row, node_peaks)


def _job_cost(
    table: Path, line: int, row: dict[str, str | None], node_peaks: tuple[float, ...]
) -> JobCost:
    try:
        seconds, memory, cpu = (_measured(row[name]) for name in REQUIRED)
        if seconds is None:
            raise ValueError("no wall time")
    except ValueError as error:
        where = f"{table}:{line}"
        raise InputError(where, str(error), "numbers, - or NA", WHAT_TO_DO) from None
    return JobCost(
        stage=table.parent.name,
        seconds=seconds,
        peak_memory_mb=memory,
        cpu_seconds=cpu,
        node_peaks_mb=node_peaks,
        requested=_requested(row),
    )


def _measured(text: str | None) -> float | None:
    if text is None:
        raise ValueError("a truncated line")
    return None if text in ("-", "NA") else float(text)


def _requested(row: dict[str, str | None]) -> dict[str, Any]:
    """Parse the column of benchmark-extended, a Python dictionary; return {} without it."""
    try:
        requested: dict[str, Any] = ast.literal_eval(row.get("resources") or "{}")
        return requested | {"threads": int(row["threads"] or 1)} if requested else {}
    except (ValueError, SyntaxError, KeyError, TypeError):
        return {}
