"""The page: chapters and figures into one HTML file that needs no other file and no network."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
from plotly.offline import get_plotlyjs

from readkin.report.blocks import Section
from readkin.report.findings import Finding
from readkin.report.flow import StageCounts
from readkin.report.number_text import plural

TEMPLATES = Path(__file__).parent / "template"
MOST_UNITS_NAMED = 8


def subtitle_text(counts: Sequence[StageCounts]) -> str:
    """The units of the run: "2 units: soil.1, soil.2"."""
    units = [str(entry.unit) for entry in counts if entry.stage == "trim_reads"]
    names = [*units[:MOST_UNITS_NAMED], *(["…"] if len(units) > MOST_UNITS_NAMED else [])]
    return f"{plural(len(units), 'unit')}: {', '.join(names)}"


def page_html(
    title: str, subtitle: str, findings: Sequence[Finding], sections: Sequence[Section]
) -> str:
    """The whole page as text.

    Everything is inlined and the page's content security policy forbids loading anything else,
    so that it shows the same offline. Names from sample sheets are escaped.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["as_json"] = _json_in_html
    return environment.get_template("page.html.j2").render(
        title=title,
        subtitle=subtitle,
        findings=findings,
        sections=sections,
        style=(TEMPLATES / "page.css").read_text(),
        script=(TEMPLATES / "page.js").read_text(),
        plotly=get_plotlyjs(),
    )


def _json_in_html(content: Any) -> str:
    """JSON that cannot end its <script> element early."""
    return json.dumps(content, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
