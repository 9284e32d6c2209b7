"""Tables of the records, for the terminal."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from benchmarks.clusters.race import Runner
from benchmarks.clusters.sets import ReadSet
from benchmarks.records import Record, number_text, spread

COLUMNS = {  # title: measure
    "V": "v_measure",
    "ARI": "adjusted_rand",
    "purity": "purity",
    "half": "recovered_half",
    "nearly all": "recovered_nearly_all",
    "placed": "placed at 0.95",
    "ARI placed": "adjusted_rand at 0.95",
    "right": "purity at 0.95",
    "CPU s": "cpu",
    "peak MB": "peak memory",
}
CONTIG_COLUMNS = {
    "genome fraction": "genome fraction",
    "NGA50 bp": "NGA50",
    "misassemblies": "misassemblies",
    "of two genomes": "misassemblies between genomes",
    "errors / 100 kb": "errors per 100 kb",
    "contigs": "contigs",
    "CPU s": "cpu",
    "peak MB": "peak memory",
}
COUNTS = (
    *("recovered_half", "recovered_nearly_all"),
    *("misassemblies", "misassemblies between genomes"),
)


def set_table(
    read_set: ReadSet, runners: Sequence[Runner], columns: Mapping[str, str] = COLUMNS
) -> Table:
    """Return a table of one set, with one tool per row; others are left out."""
    title = f"{read_set.name}: {read_set.title}"
    table = Table(title=title, title_justify="left", expand=False)
    table.add_column("tool")
    for name in columns:
        table.add_column(name, justify="right")
    for runner in runners:
        by_tool: dict[str, dict[str, Record]] = {}
        for row in runner.records():
            by_tool.setdefault(row["tool"], {})[row["metric"]] = row
        for name, rows in by_tool.items():
            if next(iter(columns.values())) in rows:
                table.add_row(name, *(cell(rows.get(measure)) for measure in columns.values()))
        if runner.failure:
            table.add_row(runner.tool.name, f"[dim]{runner.failure.splitlines()[-1]}[/dim]")
    return table


def cell(row: Record | None) -> str:
    """Return median and range of a record, or the value of a single run."""
    if row is None:
        return ""
    values = [row["min"], row["median"], row["max"]]
    if row["n"] > 1 and row["unit"] == "1" and row["metric"] not in COUNTS:
        return f"{values[1]:.3f} ({values[0]:.3f}-{values[2]:.3f})"
    if row["metric"] in COUNTS:
        low, middle, high = (f"{value:g}" for value in values)
        return middle if low == high else f"{middle} ({low}-{high})"
    if row["unit"] == "1":
        return f"{values[1]:.3f}"
    return spread(values) if row["n"] > 1 else number_text(values[1])
