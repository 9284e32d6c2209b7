"""Measured figures: one record each, on the screen as tables, on disk as JSON."""

import json
import platform
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

Record = dict[str, Any]


def record(
    work: str, tool: str, metric: str, unit: str, values: Sequence[float] | np.ndarray, **more: Any
) -> Record:
    """One object of the JSON file, of the values of all repetitions."""
    figures = {
        "median": float(np.median(values)),
        "min": float(np.min(values)),
        "max": float(np.max(values)),
        "n": len(values),
    }
    head = {"work": work, "tool": tool, "metric": metric, "unit": unit}
    return head | figures | more | {"processor": processor()}


def write_json(path: Path, records: list[Record]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(records, indent=1) + "\n")


@cache
def processor() -> str:
    """What the operating system calls the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def spread(values: Sequence[float] | np.ndarray) -> str:
    """Median and range."""
    low, middle, high = (number_text(f(values)) for f in (np.min, np.median, np.max))
    return f"{middle} ({low}-{high})"


def number_text(value: float) -> str:
    """Three digits, without an exponent."""
    digits = max(0, 2 - int(np.floor(np.log10(abs(value))))) if value else 0
    return f"{value:,.{min(digits, 4)}f}"


def records_table(title: str, records: list[Record]) -> Table:
    """Any records, one a line."""
    table = Table(title=title, title_justify="left", expand=False)
    for name in ("work", "tool", "metric"):
        table.add_column(name)
    table.add_column("median (min-max)", justify="right")
    table.add_column("unit")
    for row in records:
        table.add_row(
            row["work"],
            row["tool"],
            row["metric"],
            spread([row["min"], row["median"], row["max"]]),
            row["unit"],
        )
    return table
