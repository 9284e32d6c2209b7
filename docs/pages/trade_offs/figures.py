"""Figures of docs/trade-offs.md, as SVG whose text depends on nothing but the values."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from benchmarks.tradeoff.measurements import Run
from docs.pages.trade_offs.measured import ENGINES, WALL

SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",  # text, not outlines: small files, which search engines read
    "svg.hashsalt": "readkin",  # equal ids in each run
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "axes.axisbelow": True,
    "legend.frameon": False,
}
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999")
"""Colours that the colour-blind distinguish (Okabe and Ito)."""
STYLES = ("-", "--", "-.", ":")
Curves = Mapping[str, tuple[Sequence[float], Sequence[float]]]


def svg_of(figure: Figure) -> str:
    """Return a figure as SVG, without date."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


@contextmanager
def axes_of(width: float, height: float, title: str) -> Iterator[tuple[Figure, Axes]]:
    """Yield a figure and its axes, whose title states the origin of the values."""
    with rc_context(SETTINGS):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots()
        axes.set_title(title, loc="left", fontsize=11)
        yield figure, axes


def curves(title: str, x_label: str, y_label: str, lines: Curves, measured: float = 0) -> str:
    """Return a figure of curves on logarithmic axes.

    Values have four digits, so that all processors draw the same.

    Args:
        title: which states the origin of the values.
        x_label: of the horizontal axis.
        y_label: of the vertical axis.
        lines: values of both axes by name.
        measured: largest value of the horizontal axis at which terms were measured; up to it the
            figure is shaded. None if 0.
    """
    with axes_of(7.5, 4.5, title) as (figure, axes):
        for number, (name, (x, y)) in enumerate(lines.items()):
            style = STYLES[number // len(COLOURS) % len(STYLES)]
            colour = COLOURS[number % len(COLOURS)]
            axes.loglog(
                x,
                [float(f"{value:.4g}") for value in y],
                style,
                color=colour,
                label=name,
                linewidth=1.8,
            )
        if measured:
            axes.axvspan(axes.get_xlim()[0], measured, color="#dddddd", label="measured", zorder=0)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(StrMethodFormatter("{x:,g}"))
        figure.legend(loc="outside right center")
        return svg_of(figure)


def engines(run: Run) -> str:
    """Return bars of the time until the first result and until the end, for both works."""
    with rc_context(SETTINGS):
        figure = Figure(figsize=(8, 4), layout="constrained")
        for axes, work in zip(figure.subplots(1, 2, sharey=True), ("embed", "align"), strict=True):
            axes.set_title(f"{work}: measured here, run {run.id}", loc="left", fontsize=10)
            axes.set_xlabel("elapsed time, s")
            tools = [tool for tool in reversed(ENGINES) if tool in run.tools(work)]
            for place, tool in enumerate(tools):
                wall = run.find(work, tool, WALL)
                first = run.find(work, tool, "first result")
                if wall is None or first is None:
                    continue
                ends = [[wall["median"] - wall["min"]], [wall["max"] - wall["median"]]]
                axes.barh(place, first["median"], color=COLOURS[5])
                rest = wall["median"] - first["median"]
                axes.barh(place, rest, left=first["median"], color=COLOURS[0])
                axes.errorbar(wall["median"], place, xerr=ends, color=COLOURS[6], capsize=3)
            axes.set_yticks(range(len(tools)), [ENGINES[tool] for tool in tools])
        labels = ("until the first result", "until the end")
        handles = [axes.barh(0, 0, color=COLOURS[number]) for number in (5, 0)]
        figure.legend(handles, labels, loc="outside lower center", ncols=2)
        return svg_of(figure)
