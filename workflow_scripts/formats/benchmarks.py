"""Snakemake's benchmark tables: time and memory of one job, one line per repetition."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from formats.errors import InputError

NEEDED = ("s", "max_rss", "cpu_time")


@dataclass(frozen=True)
class JobCost:
    """What one job took; None where Snakemake could not measure (jobs of a few milliseconds).

    Attributes:
        stage: name of the rule, which is the folder of the table.
        seconds: wall time.
        peak_memory_mb: largest resident memory of the job's processes together, 2^20 bytes.
        cpu_seconds: processor time.
    """

    stage: str
    seconds: float
    peak_memory_mb: float | None
    cpu_seconds: float | None


def read_job_costs(path: Path) -> Iterator[JobCost]:
    """The jobs of one benchmark table, or of all ``*.tsv`` below a folder, in order of path.

    A table's stage is the name of its folder: ``benchmarks/<stage>/<anything>.tsv``.

    Raises:
        InputError: if a table lacks a column or a value is no number.
    """
    path = Path(path)
    for table in sorted(path.rglob("*.tsv")) if path.is_dir() else [path]:
        with table.open(newline="") as file:
            reader = csv.DictReader(file, delimiter="\t")
            absent = [name for name in NEEDED if name not in (reader.fieldnames or ())]
            if absent:
                raise InputError(
                    table, f"no column {', '.join(absent)}", "a benchmark table of Snakemake",
                    "remove the file or run its stage again",
                )  # fmt: skip
            for number, row in enumerate(reader, start=2):
                yield _job_cost(table, number, row)


def _job_cost(table: Path, line: int, row: dict[str, str | None]) -> JobCost:
    try:
        seconds, memory, cpu = (_measured(row[name]) for name in NEEDED)
        if seconds is None:
            raise ValueError("no wall time")
    except ValueError as error:
        raise InputError(
            f"{table}:{line}", str(error), "numbers, - or NA",
            "remove the file or run its stage again",
        ) from None  # fmt: skip
    return JobCost(table.parent.name, seconds, memory, cpu)


def _measured(text: str | None) -> float | None:
    if text is None:
        raise ValueError("a line cut short")
    return None if text in ("-", "NA") else float(text)
