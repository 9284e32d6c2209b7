"""Records of measurements, printed as tables and written as JSON."""

import argparse
import json
import os
import platform
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

Record = dict[str, Any]


def record(
    work: str, tool: str, metric: str, unit: str, values: Sequence[float] | np.ndarray, **more: Any
) -> Record:
    """Return one object of the JSON file.

    Args:
        work: name of the workload.
        tool: name of the tool.
        metric: name of the metric.
        unit: its unit.
        values: one value per repetition.
        more: further keys.
    """
    statistics = {
        "median": float(np.median(values)),
        "min": float(np.min(values)),
        "max": float(np.max(values)),
        "n": len(values),
    }
    head = {"work": work, "tool": tool, "metric": metric, "unit": unit}
    return head | statistics | more | {"processor": processor()}


def benchmark_parser(
    name: str, description: str | None, json_help: str = "file for all measurements"
) -> argparse.ArgumentParser:
    """Return a parser of the arguments of ``make bench-<name>``, with the option --json."""
    parser = argparse.ArgumentParser(
        prog=f"make bench-{name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    default = Path("bench-results") / f"{name.replace('-', '_')}.json"
    parser.add_argument(
        "--json", type=Path, default=default, help=f"{json_help}; default: %(default)s"
    )
    return parser


def is_quick_run() -> bool:
    """Return whether the environment requests small workloads (QUICK=1)."""
    return os.environ.get("QUICK", "0") not in ("", "0")


def wide_console() -> Console:
    """Return a console that is wide enough for the tables, also if output is not a terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=150)


def write_json(path: Path, records: list[Record]) -> None:
    """Write records; create the folder if necessary."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(records, indent=1) + "\n")


def read_json(path: Path) -> list[Record]:
    """Read the records that ``write_json`` wrote; return none if there is no such file."""
    return json.loads(path.read_text()) if path.is_file() else []


@cache
def processor() -> str:
    """Return the name of the processor, as the operating system reports it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def spread(values: Sequence[float] | np.ndarray) -> str:
    """Return median and range as text."""
    low, middle, high = (number_text(f(values)) for f in (np.min, np.median, np.max))
    return f"{middle} ({low}-{high})"


def number_text(value: float) -> str:
    """Return a number with three significant digits, without an exponent."""
    digits = max(0, 2 - int(np.floor(np.log10(abs(value))))) if value else 0
    return f"{value:,.{min(digits, 4)}f}"


def records_table(title: str, records: list[Record]) -> Table:
    """Return a table of records, one per row."""
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
