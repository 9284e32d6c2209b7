"""What was measured of engines, as records and tables."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from benchmarks.records import Record, record
from benchmarks.tradeoff.experiments import SLURM, KilledRun, Runner
from benchmarks.tradeoff.work import Work, opened


def records_of(
    work: str, n_items: int, runners: Sequence[Runner], alone: str = "", cells: int = 0
) -> Iterator[Record]:
    """Yield what was measured of each engine that has run.

    Args:
        work: name in the records.
        n_items: number of items.
        runners: of which some may have failed.
        alone: name of the one with a single worker, from which the efficiency of others follows.
        cells: of the full DP matrices that were aligned.
    """
    walls_alone = [run.spent.wall for r in runners if r.name == alone for run in r.runs]
    for runner in runners:
        runs = runner.runs
        if not runs:
            continue
        walls = [run.spent.wall for run in runs]
        columns = {
            ("wall", "s"): walls,
            ("cpu", "s"): [run.spent.cpu for run in runs],
            ("loopback", "MB"): [run.spent.loopback / 1e6 for run in runs],
        }
        if runner.engine != SLURM:  # whose jobs are no descendants
            columns["memory", "MB"] = [run.memory / 1e6 for run in runs]
        if first := [run.first for run in runs if run.first is not None]:
            columns["first result", "s"] = first
        if walls_alone:
            pairs = zip(walls_alone, walls, strict=False)
            columns["efficiency", ""] = [one / wall / runner.cores for one, wall in pairs]
        if cells:
            columns["speed", "GCUPS"] = [cells / wall / 1e9 for wall in walls]
        for (metric, unit), values in columns.items():
            yield record(work, runner.name, metric, unit, values, items=n_items)


def records_of_instructions(work: Work, runners: Sequence[Runner]) -> Iterator[Record]:
    """Yield time and speed of alignments; the speed is that after the first item.

    Until then the processes start and load their kernels, which all do in the same way.
    """
    items = opened(work)
    cells = items.cells(work.n_items) - items.cells(1)
    for runner in runners:
        if runner.runs:
            walls = [run.spent.wall for run in runner.runs]
            speeds = [cells / (run.spent.wall - (run.first or 0)) / 1e9 for run in runner.runs]
            yield record("instructions", runner.name, "wall", "s", walls, items=work.n_items)
            yield record("instructions", runner.name, "speed", "GCUPS", speeds, items=work.n_items)


def records_of_killed(engine: str, n_items: int, killed: KilledRun) -> Iterator[Record]:
    """Yield what a killed worker costs an engine."""
    outcome = {"items": n_items, "survived": killed.survived, "same_files": killed.is_same}
    yield record("killed", engine, "wall", "s", [killed.wall], **outcome)
    yield record("killed", engine, "time lost", "s", [killed.lost], **outcome)


def survival_table(records: Sequence[Record]) -> Table:
    """Return which engines survive a killed worker."""
    table = Table(title="a worker killed half-way", title_justify="left")
    for name in ("engine", "ends by itself", "same files", "time lost, s"):
        table.add_column(name)
    for row in records:
        if row["metric"] == "time lost":
            words = ("yes" if row[key] else "no" for key in ("survived", "same_files"))
            table.add_row(row["tool"], *words, f"{row['median']:.1f}")
    return table
