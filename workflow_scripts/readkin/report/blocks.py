"""What a page is made of: sections of figures, tables and notes; the template draws each kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from readkin.report.number_text import count_text, percent_text


@dataclass(frozen=True)
class Column:
    """One column of a table: its heading, and how a value becomes text; prose may wrap."""

    title: str
    as_text: Callable[[Any], str] = str
    is_number: bool = False
    is_prose: bool = False


def number_column(title: str, as_text: Callable[[Any], str]) -> Column:
    """A column of numbers."""
    return Column(title, as_text, is_number=True)


def count_column(title: str) -> Column:
    """A column of whole numbers."""
    return number_column(title, count_text)


def percent_column(title: str) -> Column:
    """A column of fractions shown as percentages."""
    return number_column(title, percent_text)


@dataclass(frozen=True)
class Figure:
    """A plotly figure.

    Attributes:
        name: unique on the page, for links and tests.
        caption: what is to be seen, which is also what a screen reader says.
        plot: ``{"data", "layout"}`` as plotly.js takes it.
        height: pixels.
        least_width: pixels; narrower pages scroll the figure.
        span: share of the page's width where there is room for it: "full", "half" or "third".
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
    """A table; a row has one value per column, or one alone, which is a heading across.

    ``span`` is as in ``Figure``.
    """

    kind: ClassVar[str] = "table"
    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    span: str = "full"


@dataclass(frozen=True)
class Note:
    """A paragraph; ``entries`` become a list below it."""

    kind: ClassVar[str] = "note"
    text: str
    entries: Sequence[str] = ()
    is_absence: bool = False  # says why there is nothing to show


@dataclass(frozen=True)
class Heading:
    """A subheading inside a section."""

    kind: ClassVar[str] = "heading"
    text: str


Block = Figure | Table | Note | Heading


@dataclass(frozen=True)
class Section:
    """One chapter of the page, with an entry in the table of contents."""

    name: str
    short_title: str  # in the table of contents
    title: str
    lead: str = ""
    blocks: list[Block] = field(default_factory=list)
