"""What search_reads found, where it ran, checked against its table of hits."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from readkin.errors import InputError
from readkin.formats.hits import read_hits
from readkin.report.flow import StageCounts, StageFlow, check_rows, find_flow


class SearchMeasures(NamedTuple):
    """Queries and hits, and what the counts say beside them."""

    queries: int
    queries_with_hit: int
    hits: int
    details: Mapping[str, Any]


def measure_search(
    counts: Sequence[StageCounts], flows: Sequence[StageFlow], hits: Path | None
) -> SearchMeasures | None:
    """The search of this run; None if there was none.

    Raises:
        InputError: if the counts of search_reads do not agree with its hits, or one of both is
            not given.
    """
    files = [entry for entry in counts if entry.stage == "search_reads"]
    if not files and hits is None:
        return None
    if not files or hits is None:
        found = "hits, but no counts" if hits else "counts, but no hits"
        raise InputError(
            "search_reads", found, "both or none of them", "give them by --counts and --search-hits"
        )
    queries, kept = (find_flow(flows, "search_reads", what) for what in ("queries", "hits"))
    query = read_hits(hits, ["query_index"])["query_index"]
    check_rows(kept, len(query), hits)
    check_rows(queries, len(query.unique()), hits, "queries")
    return SearchMeasures(queries.flow.entered, queries.flow.left, kept.flow.left, files[0].details)
