"""Section "Search": the flow of pairs of a query and a target to hits, and exact numbers."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from readkin.errors import InputError
from readkin.formats.hits import read_hits
from readkin.report.blocks import Block, Column, Figure, Note, Section, Table, count_column
from readkin.report.flow import StageCounts, StageFlow, check_rows, find_flow
from readkin.report.flow_section import hits_plot


class SearchMeasures(NamedTuple):
    """Numbers of queries and hits, and the details that search_reads counted."""

    queries: int
    queries_with_hit: int
    hits: int
    details: Mapping[str, Any]


def measure_search(
    counts: Sequence[StageCounts], flows: Sequence[StageFlow], hits: Path | None
) -> SearchMeasures | None:
    """Summarise the search of this run; return None if there was none.

    Args:
        counts: content of all counts files.
        flows: the same, summed over the units.
        hits: table of hits; None without a search.

    Raises:
        InputError: if the counts of search_reads do not agree with the table of hits, or only one
            of the two was passed.
    """
    files = [entry for entry in counts if entry.stage == "search_reads"]
    if not files and hits is None:
        return None
    if not files or hits is None:
        found = "hits, but no counts" if hits else "counts, but no hits"
        raise InputError(
            "search_reads", found, "both or neither", "pass them with --counts and --search-hits"
        )
    queries, kept = (find_flow(flows, "search_reads", what) for what in ("queries", "hits"))
    query = read_hits(hits, ["query_index"])["query_index"]
    check_rows(kept, len(query), hits)
    check_rows(queries, len(query.unique()), hits, "queries")
    return SearchMeasures(
        queries=queries.flow.entered,
        queries_with_hit=queries.flow.left,
        hits=kept.flow.left,
        details=files[0].details,
    )


def search_section(search: SearchMeasures, flows: Sequence[StageFlow]) -> Section:
    """Return the section: a figure of the pairs compared, dropped and kept, and exact numbers."""
    blocks: list[Block] = []
    plot = hits_plot(flows)
    if plot is None:
        blocks.append(Note("No query was compared with any target.", is_absence=True))
    else:
        caption = "Pairs of a query and a target: compared, aligned, and kept as hits"
        blocks.append(
            Figure(name="flow-hits", caption=caption, plot=plot, height=300, least_width=760)
        )
    columns = Column("Quantity"), count_column("Number")
    blocks.append(
        Table(
            name="search",
            caption="Exact counts of the search",
            columns=columns,
            rows=list(_rows(search)),
        )
    )
    return Section(
        name="search",
        short_title="Search",
        title="Results of the search",
        lead="The best targets of each query, by the score of their exact local alignment. Before"
        " this page was written, the counts were checked against the table of hits.",
        blocks=blocks,
    )


def _rows(search: SearchMeasures) -> Iterator[tuple[str, int]]:
    yield "queries", search.queries
    yield "queries with a hit", search.queries_with_hit
    yield "queries without a hit", search.queries - search.queries_with_hit
    yield "hits", search.hits
    yield from search.details.items()
