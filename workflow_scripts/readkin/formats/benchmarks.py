"""Snakemake's benchmark tables: time and memory of one job, one line per repetition."""

import ast
import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from readkin.errors import InputError
from readkin.formats.memory_use import read_memory_use

NEEDED = ("s", "max_rss", "cpu_time")


@dataclass(frozen=True)
class JobCost:
    """What one job took; None where Snakemake could not measure (jobs of a few milliseconds).

    Attributes:
        stage: name of the rule, which is the folder of the table.
        seconds: wall time.
        peak_memory_mb: largest resident memory of the job's processes together, 2^20 bytes.
        cpu_seconds: processor time.
        node_peaks_mb: largest memory on each of the job's nodes, 2^20 bytes, as the stage itself
            has measured it; () where it has not.
        asked: what the job asked for, by the name of the resource; {} where Snakemake ran without
            ``benchmark-extended``.
    """

    stage: str
    seconds: float
    peak_memory_mb: float | None
    cpu_seconds: float | None
    node_peaks_mb: tuple[float, ...] = ()
    asked: Mapping[str, Any] = field(default_factory=dict)

    @property
    def peak_on_a_node_mb(self) -> float | None:
        """Largest memory on any of the job's nodes, 2^20 bytes."""
        return max(self.node_peaks_mb, default=self.peak_memory_mb)


def read_job_costs(path: Path) -> Iterator[JobCost]:
    """The jobs of one benchmark table, or of all ``*.tsv`` below a folder, in order of path.

    A table's stage is the name of its folder: ``benchmarks/<stage>/<anything>.tsv``.

    Raises:
        InputError: if a table lacks a column or a value is no number.
    """
    path = Path(path)
    for table in sorted(path.rglob("*.tsv")) if path.is_dir() else [path]:
        node_peaks = tuple(read_memory_use(table))
        with table.open(newline="") as file:
            reader = csv.DictReader(file, delimiter="\t")
            absent = [name for name in NEEDED if name not in (reader.fieldnames or ())]
            if absent:
                raise InputError(
                    table,
                    f"no column {', '.join(absent)}",
                    "a benchmark table of Snakemake",
                    "remove the file or run its stage again",
                )
            for number, row in enumerate(reader, start=2):
                yield _job_cost(table, number, row, node_peaks)


def _job_cost(
    table: Path, line: int, row: dict[str, str | None], node_peaks: tuple[float, ...]
) -> JobCost:
    try:
        seconds, memory, cpu = (_measured(row[name]) for name in NEEDED)
        if seconds is None:
            raise ValueError("no wall time")
    except ValueError as error:
        raise InputError(
            f"{table}:{line}",
            str(error),
            "numbers, - or NA",
            "remove the file or run its stage again",
        ) from None
    return JobCost(table.parent.name, seconds, memory, cpu, node_peaks, _asked(row))


def _measured(text: str | None) -> float | None:
    if text is None:
        raise ValueError("a line cut short")
    return None if text in ("-", "NA") else float(text)


def _asked(row: dict[str, str | None]) -> dict[str, Any]:
    """The column of benchmark-extended, which holds a Python dictionary; {} without it."""
    try:
        asked: dict[str, Any] = ast.literal_eval(row.get("resources") or "{}")
        return asked | {"threads": int(row["threads"] or 1)} if asked else {}
    except (ValueError, SyntaxError, KeyError, TypeError):
        return {}
