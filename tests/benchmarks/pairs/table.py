"""Measurements of the race as records and tables."""

from collections.abc import Iterator, Sequence

import numpy as np
from rich.table import Table

from benchmarks.pairs.race import Runner
from benchmarks.records import Record, number_text, record, spread

BASELINE = "minimap2"
MEGABYTE = 1e6
COLUMNS = (
    *("recall", "precision", "kept/true", "rows/true"),
    *("CPU s", "last stage s", "join s", "wall s", "peak MB", "n"),
)
SUMMARY = {  # title: metric
    "recall": "recall_75bp",
    "precision": "precision_20bp",
    "minimap2 / join": "minimap2_cpu_by_join_cpu",
    "minimap2 / find_pairs": "minimap2_cpu_by_find_pairs_cpu",
    "minimap2 / all stages": "minimap2_cpu_by_cpu",
    "peak MB": "peak_memory",
    "BAM to HDF5, reads/s": "embed_reads_rate",
}


def records_of(runners: list[Runner]) -> list[Record]:
    """Return the records of all measurements of one workload."""
    base = next((r for r in runners if r.tool.name == BASELINE and not r.failure), None)
    return [row for runner in runners if not runner.failure for row in runner_records(runner, base)]


def runner_records(runner: Runner, base: Runner | None) -> Iterator[Record]:
    """Yield all records of one tool; with ratios to the baseline if it has run."""
    n = len(runner.work.reads)

    def row(metric: str, unit: str, values: Sequence[float] | np.ndarray) -> Record:
        return record(
            runner.work.name,
            runner.tool.name,
            metric,
            unit,
            values,
            reads=n,
            error_rate=runner.work.error_rate,
            settings=runner.tool.settings,
            version=runner.tool.version,
        )

    score = runner.score
    assert score is not None
    yield row("recall_75bp", "1", [score.recall])
    yield row("precision_20bp", "1", [score.precision])
    yield row("candidates_per_true_pair", "1", [score.per_true_pair])
    yield row("rows_per_true_pair", "1", [score.rows_per_true_pair])
    yield row("true_pairs", "pairs", [score.true])
    yield row("pairs_kept", "pairs", [score.kept])
    yield row("cpu", "s", runner.cpu)
    yield row("peak_memory", "MB", runner.memory / MEGABYTE)
    if runner.join_cpu:
        yield row("join_cpu", "s", runner.join_cpu)
    for name, costs in runner.stages.items():
        if len(runner.stages) > 1:
            yield row(f"{name}_cpu", "s", [cost.cpu for cost in costs])
            yield row(f"{name}_peak_memory", "MB", [cost.memory / MEGABYTE for cost in costs])
        yield row(f"{name}_wall", "s", [cost.wall for cost in costs])
    if "embed_reads" in runner.stages:
        rates = [n / cost.wall for cost in runner.stages["embed_reads"]]
        yield row("embed_reads_rate", "reads/s", rates)
    if base is not None and base is not runner:
        theirs = float(np.median(base.cpu))
        yield row(f"{BASELINE}_cpu_by_cpu", "x", theirs / runner.cpu)
        if "find_pairs" in runner.stages:
            found = np.array([cost.cpu for cost in runner.last_stage])
            yield row(f"{BASELINE}_cpu_by_find_pairs_cpu", "x", theirs / found)
        if runner.join_cpu:
            yield row(f"{BASELINE}_cpu_by_join_cpu", "x", theirs / np.array(runner.join_cpu))


def work_table(runners: list[Runner]) -> Table:
    """Return a table of one workload, with one tool per row."""
    work = runners[0].work
    table = Table(title=f"{work.name}: {work.title}", title_justify="left", expand=False)
    table.add_column("tool")
    for name in COLUMNS:
        table.add_column(name, justify="right")
    for runner in runners:
        score = runner.score
        if runner.failure or score is None:
            table.add_row(runner.tool.name, f"[dim]{runner.failure.splitlines()[-1]}[/dim]")
            continue
        table.add_row(
            runner.tool.name,
            f"{score.recall:.4f}",
            f"{score.precision:.4f}",
            number_text(score.per_true_pair),
            number_text(score.rows_per_true_pair),
            spread(runner.cpu),
            number_text(float(np.median([cost.cpu for cost in runner.last_stage]))),
            number_text(float(np.median(runner.join_cpu))) if runner.join_cpu else "",
            number_text(float(np.median([cost.wall for cost in runner.last_stage]))),
            number_text(float(np.median(runner.memory)) / MEGABYTE),
            str(len(runner.cpu)),
        )
    return table


def share_or_number(value: float) -> str:
    """Return a number as text: four decimals up to 1, else three significant digits."""
    return f"{value:.4f}" if value <= 1 else number_text(value)


def summary(records: list[Record]) -> Table:
    """Return a table of readkin's main results, one workload per row; empty if not measured."""
    table = Table(
        title="readkin, all workloads; ratios of processor time", title_justify="left", expand=False
    )
    table.add_column("work")
    for title in SUMMARY:
        table.add_column(title, justify="right")
    values: dict[str, dict[str, float]] = {}
    for row in records:
        if row["tool"] == "readkin":
            values.setdefault(row["work"], {})[row["metric"]] = row["median"]
    for work, measured in values.items():
        known = [measured.get(name) for name in SUMMARY.values()]
        table.add_row(work, *("" if value is None else share_or_number(value) for value in known))
    return table
