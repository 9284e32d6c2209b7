"""Figures of the race: records and tables of runners."""

import numpy as np
from rich.table import Table

from benchmarks.align.race import Runner
from benchmarks.records import Record, number_text, record, spread


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
        runner.work.name,
        runner.tool.name,
        metric,
        unit,
        values,
        pairs=runner.pairs,
        cells=runner.cells,
        way=runner.way,
        version=runner.tool.version,
        wrong_scores=runner.n_wrong,
    )


def speedup(ours: Runner, peer: Runner) -> np.ndarray:
    """How many times as many cells readkin does in a second, repetition by repetition."""
    return ours.rates(ours.cpu) / peer.rates(peer.cpu)


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
