"""Measurements of the race as records and tables."""

import numpy as np
from rich.table import Table

from benchmarks.align.race import Runner
from benchmarks.records import Record, number_text, record, spread


def records_of(runners: list[Runner]) -> list[Record]:
    """Return the records of all measurements of one workload; the first runner is readkin."""
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
    """Return the record of one metric of one runner."""
    return record(
        runner.work.name,
        runner.tool.name,
        metric,
        unit,
        values,
        pairs=runner.pairs,
        cells=runner.cells,
        way=runner.variant,
        version=runner.tool.version,
        wrong_scores=runner.n_wrong,
    )


def speedup(ours: Runner, peer: Runner) -> np.ndarray:
    """Return the ratio of readkin's cell rate to that of a peer, for each repetition."""
    return ours.rates(ours.cpu) / peer.rates(peer.cpu)


def race_table(runners: list[Runner]) -> Table:
    """Return a table of one workload, with one tool per row."""
    work = runners[0].work
    table = Table(title=f"{work.name}: {work.title}", title_justify="left", expand=False)
    table.add_column("tool")
    table.add_column("variant")
    for name in ("pairs", "Gcells", "GCUPS", "us/pair", "readkin speedup", "scores"):
        table.add_column(name, justify="right")
    for runner in runners:
        per_pair = np.array(runner.cpu) / runner.pairs
        table.add_row(
            runner.tool.name,
            runner.variant,
            f"{runner.pairs:,}",
            number_text(runner.cells / 1e9),
            spread(runner.rates(runner.cpu) / 1e9),
            spread(per_pair * 1e6),
            "" if runner is runners[0] else spread(speedup(runners[0], runner)),
            verdict(runner),
        )
    return table


def verdict(runner: Runner) -> str:
    """Return whether the scores equal readkin's, as a word for the table."""
    if not runner.n_wrong:
        return "equal"
    known = f", known: {runner.tool.known_fault}" if runner.tool.known_fault else ""
    return f"{runner.n_wrong:,} DIFFER{known}"
