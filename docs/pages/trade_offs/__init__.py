"""docs/trade-offs.md: architectures compared, from the runs of `make tradeoff` and a model."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from benchmarks.tradeoff.measurements import Run, read_runs
from docs.pages.markdown import replace_block
from docs.pages.trade_offs import cost_tables, figures, measured, scaling_tables, scenarios
from docs.pages.trade_offs.model import STRONG_READS, WEAK_READS, Model
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
MODEL_BLOCKS: Mapping[str, Callable[[Model], str]] = {
    "summary": cost_tables.summary,
    "terms": scaling_tables.terms,
    "validation": scaling_tables.validation,
    "memory": scaling_tables.memory,
    "strong": scaling_tables.strong,
    "weak": scaling_tables.weak,
    "costs": cost_tables.costs,
    "break_even": cost_tables.break_even,
    "sensitivity": cost_tables.sensitivity_tables,
    "discounts": cost_tables.discounts,
}
"""Blocks that the model fills, with the terms of the latest run."""


@cache
def published() -> tuple[Run, ...]:
    """Return the runs from which page and figures are made."""
    return tuple(read_runs())


@cache
def model() -> Model:
    """Return the model with the terms of the latest run."""
    return Model(published()[-1])


def updated(text: str) -> str:
    """Return the page with all blocks updated.

    Raises:
        ValueError: if the page has a number without origin.
    """
    runs = published()
    for name, block in BLOCKS.items():
        text = replace_block(text, name, f"\n{block(runs[-1])}\n")
    for name, of_model in MODEL_BLOCKS.items():
        text = replace_block(text, name, f"\n{of_model(model())}\n")
    text = replace_block(text, "agreement", f"\n{agreement(runs)}\n")
    text = replace_block(text, "runs", f"\n{measured.runs_table(runs)}\n")
    if found := unmarked(text):
        raise ValueError("numbers without origin:\n" + "\n\n".join(found))
    return text


def agreement(runs: Sequence[Run]) -> str:
    """Return the tables of what was measured and modelled in the two latest runs."""
    if len(runs) < 2:
        return "Only one run has been published.\n"
    older, newer = runs[-2:]
    of_models = cost_tables.agreement(Model(older), Model(newer))
    return f"{measured.agreement(older, newer)}\nModelled from each:\n\n{of_models}"


def engines_figure(_: str) -> str:
    """Return the figure of all engines."""
    return figures.engines(published()[-1])


def costs_figure(_: str) -> str:
    """Return the figure of costs by size."""
    lines = cost_tables.cost_curves(model())
    title = f"Cost of a run: modelled, prices quoted; run {published()[-1].id}"
    return figures.curves(title, "million reads", "USD per million reads", lines)


def strong_figure(_: str) -> str:
    """Return the figure of a constant number of reads on more workers."""
    lines = scaling_tables.curves_of(model(), model().strong)
    title = f"{STRONG_READS} million reads: modelled, measured range shaded"
    return figures.curves(title, "workers", "hours", lines, model().most_processes)


def weak_figure(_: str) -> str:
    """Return the figure of a constant number of reads for each worker."""
    lines = scaling_tables.curves_of(model(), model().weak)
    title = f"{WEAK_READS} million reads for each worker: modelled, measured range shaded"
    return figures.curves(title, "workers", "hours", lines, model().most_processes)


FIGURES: Mapping[str, Callable[[str], str]] = {
    "engines": engines_figure,
    "costs": costs_figure,
    "strong-scaling": strong_figure,
    "weak-scaling": weak_figure,
}
"""Figures by the names of their files."""
