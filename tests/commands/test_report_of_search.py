"""The section of the report on the search: present if the search ran, with its numbers."""

import pyarrow as pa
import pytest

import write_report
from readkin.formats.counts import Flow, write_counts
from readkin.formats.hits import HITS, HitFiles, write_hits
from support.report_inputs import STAGES, Community, write_inputs
from support.report_page import Page

QUERY_OF_HIT = [0, 0, 0, 2, 5]
QUERIES = Flow("queries", 7, 3, {"no hit": 4})
HITS_FLOW = Flow(
    "hits", 300, 5, {"not among the top_n best of the query": 290, "E-value above max_evalue": 5}
)
CANDIDATES = Flow("candidate hits", 1300, 300, {"fewer votes than min_votes": 1000})
DETAILS = {"cells": 123_456_789, "queries without a key": 1, "database sequences": 42}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    return write_inputs(tmp_path_factory.mktemp("results"), Community(reads=200))


@pytest.fixture
def report(inputs, tmp_path, capsys):
    """Write hits and counts of a search, then the report; return its page or the error."""

    def write(flows, queries=QUERY_OF_HIT, given=("counts", "hits")):
        table = pa.table(
            {
                field.name: pa.array([""] * len(queries), field.type)
                if pa.types.is_string(field.type)
                else pa.array([0] * len(queries)).cast(field.type)
                for field in HITS.schema
            }
        ).set_column(2, HITS.schema.field("query_index"), pa.array(queries, pa.uint64()))
        parquet, paf, blast_table, counts = (
            tmp_path / name for name in ("hits.parquet", "hits.paf.gz", "hits.tsv", "search.json")
        )
        write_hits(HitFiles(parquet, paf, blast_table), [table], {}, "f")
        write_counts(counts, "search_reads", flows, DETAILS)
        arguments = inputs.arguments()
        arguments[arguments.index("--output") + 1] = str(tmp_path / "report.html")
        if "counts" in given:
            arguments.insert(arguments.index("--counts") + 1, str(counts))
            stages = arguments.index("--stages")
            arguments.insert(stages + 1 + len(STAGES), "search_reads=queries,hits")
        if "hits" in given:
            arguments += ["--search-hits", str(parquet)]
        if write_report.main(arguments):
            assert not (tmp_path / "report.html").exists()
            return capsys.readouterr().err
        return Page((tmp_path / "report.html").read_text())

    return write


def test_counts_of_the_search_are_shown(report):
    page = report([CANDIDATES, QUERIES, HITS_FLOW])
    assert dict(page.tables["search"]) == {
        "queries": 7,
        "queries with a hit": 3,
        "queries without a hit": 4,
        "hits": 5,
        **DETAILS,
    }
    rows = {tuple(row[:2]): row[2:5] for row in page.tables["counts"]}
    assert rows["search_reads", "candidate hits"] == [1300, 300, 1000]
    assert rows["search_reads", "queries"] == [7, 3, 4]
    assert rows["search_reads", "hits"] == [300, 5, 295]
    [sankey] = page.figures["flow-hits"]["data"]
    assert sorted(sankey["link"]["value"]) == [5, 5, 290, 300, 1000]
    assert "search.parquet" in {row[0] for row in page.tables["files"]}
    assert "E-value" in {row[0] for row in page.tables["reading"]}


def test_an_exhaustive_search_has_no_candidates(report):
    page = report([QUERIES, HITS_FLOW])
    [sankey] = page.figures["flow-hits"]["data"]
    assert sorted(sankey["link"]["value"]) == [5, 5, 290]


def test_a_search_without_any_target(report):
    page = report([Flow("queries", 2, 0, {"no hit": 2}), Flow("hits", 0, 0)], [])
    assert "flow-hits" not in page.figures
    assert any("No query was compared" in text for text in page.absences)


def test_without_a_search_the_page_does_not_mention_it(report):
    page = report([QUERIES, HITS_FLOW], given=())
    assert "search" not in page.tables
    assert "search_reads" not in {row[0] for row in page.tables["counts"]}
    assert "search.parquet" not in {row[0] for row in page.tables["files"]}
    assert "E-value" not in {row[0] for row in page.tables["reading"]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"queries": [0, 0, 2, 5]}, "hits.parquet: found 4 rows, expected the 5 hits that left"),
        ({"queries": [0, 1, 2, 3, 4]}, "found 5 queries, expected the 3 queries that left"),
        (
            {"given": ["counts"]},
            "search_reads: found counts, but no hits, expected both or neither",
        ),
        ({"given": ["hits"]}, "search_reads: found hits, but no counts, expected both or neither"),
        (
            {"flows": [CANDIDATES, QUERIES, Flow("hits", 299, 5, {"x": 294})]},
            "found 299 hits into search_reads, expected the 300 candidate hits that left",
        ),
        ({"flows": [QUERIES]}, "found no count of hits, expected one by search_reads"),
    ],
)
def test_inconsistent_search_is_refused(report, changes, message):
    assert message in report(**{"flows": [QUERIES, HITS_FLOW]} | changes)
