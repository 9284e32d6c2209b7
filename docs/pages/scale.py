"""docs/scale.md: the stages at 10^7 reads, from docs/measurements/ten-million-reads.tsv."""

from benchmarks.scale.validation import read_stages
from docs.pages.markdown import NOT_MEASURED, replace_block, table

HEADER = ("stage", "elapsed s", "CPU s", "peak MB", "output MB")


def updated(text: str) -> str:
    """Return the page with its table of measured stages."""
    rows = [
        (
            f"`{row.stage}`",
            row.elapsed or NOT_MEASURED,
            row.cpu or NOT_MEASURED,
            _number(row.memory),
            _number(row.output) if row.output else "",
        )
        for row in read_stages()
    ]
    return replace_block(text, "stages", "\n" + table(HEADER, rows) + "\n")


def _number(cell: str) -> str:
    return f"{int(cell):,}" if cell else NOT_MEASURED
