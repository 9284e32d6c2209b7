"""The stage table and the rule graph of the README."""

from docs.pages.stages import mermaid, stage_table
from rules.stages import STAGES


def test_table_has_all_stages_in_order():
    rows = stage_table().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == list(STAGES)
    (row,) = [row for row in rows if "search_reads" in row]
    assert "| only with `search.query`: best hits" in row


def test_graph_has_no_edge_that_follows_from_others():
    graph = "id0[a]\nid1[b]\nid2[c]\nid1 --> id2\nid0 --> id1\nid0 --> id2\n"
    assert mermaid(graph) == "```mermaid\nflowchart TB\n    a --> b\n    b --> c\n```\n"
