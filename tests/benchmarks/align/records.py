"""Measured figures: one record each, on the screen as tables, on disk as JSON."""

import json
import platform
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from benchmarks.align.race import Runner

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


def records_of(runners: list[Runner]) -> list[Record]:
    """All figures of one work set; the first runner is readkin."""
    ours, *peers = runners
    records = []
    for runner in runners:
        cpu = np.array(runner.cpu)
        per_pair = cpu / runner.pairs
        columns = (
            ("gcups", "GCUPS", runner.rates(runner.cpu) / 1e9),
            ("gcups_wall", "GCUPS", runner.rates(runner.wall) / 1e9),
            ("time_per_pair", "us", per_pair * 1e6),
            ("pairs_per_second", "1/s", 1 / per_pair),
        )
        records += [describe(runner, *column) for column in columns]
    records += [describe(peer, "readkin_speedup", "x", speedup(ours, peer)) for peer in peers]
    return records


def describe(runner: Runner, metric: str, unit: str, values: np.ndarray) -> Record:
    return record(
        runner.work.name, runner.tool.name, metric, unit, values,
        pairs=runner.pairs, cells=runner.cells, way=runner.way, version=runner.tool.version,
        wrong_scores=runner.n_wrong,
    )  # fmt: skip


def speedup(ours: Runner, peer: Runner) -> np.ndarray:
    """How many times as many cells readkin does in a second, repetition by repetition."""
    return ours.rates(ours.cpu) / peer.rates(peer.cpu)


def spread(values: Sequence[float] | np.ndarray) -> str:
    """Median and range."""
    low, middle, high = (number_text(f(values)) for f in (np.min, np.median, np.max))
    return f"{middle} ({low}-{high})"


def number_text(value: float) -> str:
    """Three digits, without an exponent."""
    digits = max(0, 2 - int(np.floor(np.log10(abs(value))))) if value else 0
    return f"{value:,.{min(digits, 4)}f}"


def race_table(runners: list[Runner]) -> Table:
    work = runners[0].work
    table = Table(title=f"{work.name}: {work.title}", title_justify="left", expand=False)
    table.add_column("tool")
    table.add_column("way")
    for name in ("pairs", "Gcells", "GCUPS", "us/pair", "readkin is x times", "scores"):
        table.add_column(name, justify="right")
    for runner in runners:
        per_pair = np.array(runner.cpu) / runner.pairs
        table.add_row(
            runner.tool.name,
            runner.way,
            f"{runner.pairs:,}",
            number_text(runner.cells / 1e9),
            spread(runner.rates(runner.cpu) / 1e9),
            spread(per_pair * 1e6),
            "" if runner is runners[0] else spread(speedup(runners[0], runner)),
            verdict(runner),
        )
    return table


def verdict(runner: Runner) -> str:
    if not runner.n_wrong:
        return "equal"
    known = f", known: {runner.tool.known_fault}" if runner.tool.known_fault else ""
    return f"{runner.n_wrong:,} DIFFER{known}"


def records_table(title: str, records: list[Record]) -> Table:
    """Any records, one a line."""
    table = Table(title=title, title_justify="left", expand=False)
    for name in ("work", "tool", "metric"):
        table.add_column(name)
    table.add_column("median (min-max)", justify="right")
    table.add_column("unit")
    for row in records:
        table.add_row(
            row["work"], row["tool"], row["metric"],
            spread([row["min"], row["median"], row["max"]]), row["unit"],
        )  # fmt: skip
    return table
