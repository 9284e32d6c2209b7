"""The page: all sections in one HTML file that needs no other file and no network."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from plotly.offline import get_plotlyjs

from readkin.report.blocks import Section
from readkin.report.clusters_section import clusters_section
from readkin.report.costs_section import costs_section
from readkin.report.findings import Finding
from readkin.report.flow import StageCounts, lost_units_text
from readkin.report.flow_section import flow_section
from readkin.report.number_text import plural
from readkin.report.pairs_section import pairs_section
from readkin.report.reading_section import files_section, reading_section
from readkin.report.reads_section import reads_section, unit_reads
from readkin.report.results import Results
from readkin.report.search_section import search_section
from readkin.report.settings_section import settings_section
from readkin.report.truth_section import truth_section

TEMPLATES = Path(__file__).parent / "template"
MAX_UNITS_NAMED = 8


def page_html(
    results: Results, settings: Mapping[str, Any], findings: Sequence[Finding], title: str
) -> str:
    """Return the page as HTML.

    Scripts, styles and data are inlined, and the content security policy of the page forbids
    loading anything else, so that it looks the same offline. Names from sample sheets are escaped.

    Args:
        results: what the page shows.
        settings: configuration in effect.
        findings: cards at the top of the page.
        title: of the page.
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
        subtitle=_subtitle(results.counts),
        findings=findings,
        sections=list(_sections(results, settings)),
        style=(TEMPLATES / "page.css").read_text(),
        script=(TEMPLATES / "page.js").read_text(),
        plotly=get_plotlyjs(),
    )


def _sections(results: Results, settings: Mapping[str, Any]) -> Iterator[Section]:
    """Yield the sections of the page, in order."""
    yield clusters_section(results.clusters, results.flows, results.truth)
    yield truth_section(results.truth)
    yield flow_section(results.counts, results.flows, results.clusters.fates)
    yield reads_section(unit_reads(results.counts), lost_units_text(results.counts))
    [join] = [entry.details for entry in results.counts if entry.stage == "find_pairs"]
    yield pairs_section(results.pairs, results.alignments, join)
    if results.search is not None:
        yield search_section(results.search, results.flows)
    yield settings_section(settings)
    yield costs_section(results.costs, list(results.stages))
    yield reading_section(results.search is not None)
    yield files_section(results)


def _subtitle(counts: Sequence[StageCounts]) -> str:
    """Return the units of the run: "2 units: soil.1, soil.2"."""
    units = [str(entry.unit) for entry in counts if entry.stage == "trim_reads"]
    names = [*units[:MAX_UNITS_NAMED], *(["…"] if len(units) > MAX_UNITS_NAMED else [])]
    return f"{plural(len(units), 'unit')}: {', '.join(names)}"


def _json_in_html(content: Any) -> str:
    """Return JSON that cannot close its <script> element."""
    return json.dumps(content, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
