"""Write the measures that docs/clusters.md shows to a table; `make docs` makes the page of it."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.records import Record
from support.repository import REPOSITORY

PUBLISHED = REPOSITORY / "docs" / "measurements" / "clusters.tsv"
COLUMNS = ("work", "title", "tool", "version", "metric", "median", "min", "max", "n", "processor")
LEFT_OUT = ("wall",)  # elapsed times, which depend on what else runs


def publish(records: Sequence[Record], path: Path = PUBLISHED) -> None:
    """Write the table, one measure per line."""
    kept = [row for row in records if row["metric"].rpartition(": ")[2] not in LEFT_OUT]
    lines = ["\t".join(COLUMNS)]
    for row in kept:
        cells = (row[name] for name in COLUMNS)
        lines.append("\t".join(f"{v:.5g}" if isinstance(v, float) else str(v) for v in cells))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
