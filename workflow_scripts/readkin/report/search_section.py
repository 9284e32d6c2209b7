"""Chapter "Search": how many queries found something, and what became of the rest."""

from collections.abc import Iterator, Sequence

from readkin.report.blocks import Block, Column, Figure, Note, Section, Table, count_column
from readkin.report.flow import StageFlow
from readkin.report.flow_figures import hits_plot
from readkin.report.search import SearchMeasures


def search_section(search: SearchMeasures, flows: Sequence[StageFlow]) -> Section:
    """The chapter: what was compared and dropped on the way to the hits, and exact numbers."""
    blocks: list[Block] = []
    plot = hits_plot(flows)
    if plot is None:
        blocks.append(Note("No query was compared with any target.", is_absence=True))
    else:
        caption = "Queries with targets, aligned and kept"
        blocks.append(Figure("flow-hits", caption, plot, 300, least_width=760))
    columns = Column("What"), count_column("Number")
    blocks.append(Table("search", "Exact counts of the search", columns, list(_rows(search))))
    return Section(
        "search",
        "Search",
        "What the search found",
        "The best targets of each query, by the score of their exact local alignment. The counts"
        " were checked against the table of hits before this page was written.",
        blocks,
    )


def _rows(search: SearchMeasures) -> Iterator[tuple[str, int]]:
    yield "queries", search.queries
    yield "queries with a hit", search.queries_with_hit
    yield "queries without a hit", search.queries - search.queries_with_hit
    yield "hits", search.hits
    yield from search.details.items()
