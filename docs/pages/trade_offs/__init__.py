"""docs/trade-offs.md: architectures compared, from the runs of `make tradeoff` and a model."""

from collections.abc import Callable, Mapping
from functools import cache

from docs.pages.markdown import replace_block
from docs.pages.trade_offs import figures, measured, scenarios
from docs.pages.trade_offs.measurements import Run, read_runs
from docs.pages.trade_offs.provenance import unmarked

BLOCKS: Mapping[str, Callable[[Run], str]] = {
    "scenarios": scenarios.scenarios,
    "embed": measured.engines("embed"),
    "align": measured.engines("align"),
    "empty": measured.empty,
    "killed": measured.killed,
    "code": measured.code,
    "executors": measured.executors,
    "grid": measured.grid,
    "instructions": measured.instructions,
    "formats": measured.formats,
    "stores": measured.stores,
}
"""Blocks of the page that the latest run fills."""


@cache
def published() -> tuple[Run, ...]:
    """Return the runs from which page and figures are made."""
    return tuple(read_runs())


def updated(text: str) -> str:
    """Return the page with all blocks updated.

    Raises:
        ValueError: if the page has a number without origin.
    """
    runs = published()
    for name, block in BLOCKS.items():
        text = replace_block(text, name, f"\n{block(runs[-1])}\n")
    text = replace_block(text, "agreement", f"\n{measured.agreement(runs)}\n")
    text = replace_block(text, "runs", f"\n{measured.runs_table(runs)}\n")
    if found := unmarked(text):
        raise ValueError("numbers without origin:\n" + "\n\n".join(found))
    return text


def engines_figure(_: str) -> str:
    """Return the figure of all engines."""
    return figures.engines(published()[-1])
