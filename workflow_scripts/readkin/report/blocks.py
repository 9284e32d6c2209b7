"""Sections of a page and the blocks in them: figures, tables, cards, steps, notes, headings.

The template (template/page.html.j2) renders each kind of block. All figures share the colours of
Okabe and Ito (2008), which readers with colour vision deficiency can distinguish; fonts, grids and
backgrounds follow the light or dark theme of the page (template/page.js).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import plotly.graph_objects as go

from readkin.report.number_text import count_text, percent_text

BLUE, ORANGE, GREEN = "#0072B2", "#E69F00", "#009E73"
SKY, PURPLE, GREY = "#56B4E9", "#CC79A7", "#8C959F"
VERMILION = "#D55E00"


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading and how its values become text; prose is wrapped."""

    title: str
    as_text: Callable[[Any], str] = str
    is_number: bool = False
    is_prose: bool = False


def number_column(title: str, as_text: Callable[[Any], str]) -> Column:
    """Return a column of numbers."""
    return Column(title, as_text, is_number=True)


def count_column(title: str) -> Column:
    """Return a column of integers."""
    return number_column(title, count_text)


def percent_column(title: str) -> Column:
    """Return a column of fractions, which are shown as percentages."""
    return number_column(title, percent_text)


@dataclass(frozen=True)
class Figure:
    """A plotly figure.

    Attributes:
        name: unique on the page; links and tests use it.
        caption: what the figure shows; screen readers read it.
        plot: ``{"data", "layout"}`` for plotly.js.
        height: pixels.
        span: share of the page's width on wide screens: "full", "half" or "third".
        least_width: pixels; on narrower screens the figure scrolls.
    """

    kind: ClassVar[str] = "figure"
    name: str
    caption: str
    plot: dict[str, Any]
    height: int = 300
    span: str = "full"
    least_width: int = 0


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        name, caption, span: as in ``Figure``.
        columns: headings and formats.
        rows: one value per column each; a row with a single value is a heading across the table.
    """

    kind: ClassVar[str] = "table"
    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    span: str = "full"


@dataclass(frozen=True)
class Note:
    """A paragraph; ``is_absence`` marks one that explains why there is nothing to show."""

    kind: ClassVar[str] = "note"
    text: str
    is_absence: bool = False


@dataclass(frozen=True)
class Heading:
    """A subheading inside a section."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A bar in a card: its label, its value as text, and its length as a fraction of the widest."""

    label: str
    text: str
    fraction: float


@dataclass(frozen=True, kw_only=True)
class Card:
    """A card that shows one thing.

    Attributes:
        title: what it is.
        name: further name of it; "" for none.
        colour: its colour in the figures.
        facts: labels and values.
        bars_title: what the bars show.
        bars: one for each sample.
        notes: sentences.
        files: names of files.
    """

    title: str
    name: str
    colour: str
    facts: Sequence[tuple[str, str]]
    bars_title: str = ""
    bars: Sequence[Bar] = ()
    notes: Sequence[str] = ()
    files: Sequence[str] = ()


@dataclass(frozen=True)
class Cards:
    """Cards side by side, of which the first ``n_open`` are visible before a click.

    Name and caption are as in ``Figure``.
    """

    kind: ClassVar[str] = "cards"
    name: str
    caption: str
    cards: Sequence[Card]
    n_open: int = 8


@dataclass(frozen=True)
class Steps:
    """What to do next: sentences, each with a command, or "" if there is none to run."""

    kind: ClassVar[str] = "steps"
    name: str
    caption: str
    steps: Sequence[tuple[str, str]]


Block = Figure | Table | Cards | Steps | Note | Heading


@dataclass(frozen=True)
class Section:
    """A section of the page, with an entry in the table of contents.

    Attributes:
        name: unique on the page, for links.
        short_title: in the table of contents.
        title: above the section.
        lead: introductory paragraph.
        blocks: in order.
    """

    name: str
    short_title: str
    title: str
    lead: str = ""
    blocks: list[Block] = field(default_factory=list)


def plot(traces: Sequence[Any], **layout: Any) -> dict[str, Any]:
    """Return a figure as ``{"data", "layout"}``, validated by plotly, without its template."""
    figure = go.Figure(data=list(traces), layout={"template": "none", **layout}).to_plotly_json()
    figure["layout"].pop("template", None)
    return {"data": figure["data"], "layout": figure["layout"]}


def axis(title: str, **settings: Any) -> dict[str, Any]:
    """Return an axis whose title never overlaps its tick labels."""
    return {"title": {"text": title, "standoff": 8}, "automargin": True, **settings}


def legend_above() -> dict[str, Any]:
    """Return the settings of a legend above the plot, where it takes no width from it."""
    return {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"}


def translucent(colour: str, opacity: float) -> str:
    """Return ``#RRGGBB`` with an opacity, as ``rgba()``."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
