"""Stage export_graph: nodes and edges of one cluster, limits, wrong input."""

import numpy as np
import pytest

import export_graph
from export_graph import main
from readkin.formats.piece_table import COLUMNS, write_piece_table
from readkin.formats.pieces import write_pieces
from support.graphml import read_graphml
from support.some_pieces import some_pieces


@pytest.fixture
def run(tmp_path):
    """Return a function that writes the graph of a cluster of three pieces; two are in cluster 1.

    Pieces 0 and 1 have alignments in common, pieces 0 and 2 alignments and mates.
    """
    pieces = some_pieces()

    def run(cluster=1, clusters=(1, 2, 1), pieces=pieces):
        write_pieces(tmp_path / "pieces.h5", pieces, {})
        columns = {name: np.zeros(len(clusters)) for name in COLUMNS}
        columns |= {"cluster": np.array(clusters), "reads": np.array([3, 2, 1][: len(clusters)])}
        columns["depth"] = np.full(len(clusters), 1.25)
        write_piece_table(tmp_path / "table.parquet", columns, [], [], ({}, "f"))
        files = {"pieces": "pieces.h5", "piece-table": "table.parquet", "output": "graph.xml"}
        words = [f"--{name}={tmp_path / file}" for name, file in files.items()]
        return main([*words, f"--cluster={cluster}"]), tmp_path / "graph.xml"

    return run


def test_pieces_alignments_and_mates(run):
    code, path = run()
    assert code == 0
    nodes, edges = read_graphml(path)
    assert list(nodes) == ["piece_0", "piece_2"]
    assert (nodes["piece_0"]["reads"], nodes["piece_0"]["depth"]) == (3, 1.25)
    assert nodes["piece_2"]["is_shared"] is False
    [edge] = edges
    assert (edge.pop("source"), edge.pop("target")) == ("piece_0", "piece_2")
    assert edge == {"alignments": 2, "against": 0, "unclear": 2, "mates": 3, "distance": 40}


def test_edges_without_mates(run):
    code, path = run(clusters=(1, 1, 2))
    assert code == 0
    _, [edge] = read_graphml(path)
    assert (edge["alignments"], edge["against"], edge["mates"], edge["distance"]) == (3, 2, 0, 0)


def test_one_piece(run):
    code, path = run(cluster=2)
    nodes, edges = read_graphml(path)
    assert (code, list(nodes), edges) == (0, ["piece_1"], [])


@pytest.mark.parametrize(
    ("clusters", "known"), [((1, 2, 1), "1 to 2"), ((0, 0, 0), "no cluster at all")]
)
def test_no_such_cluster(run, capsys, clusters, known):
    code, path = run(cluster=3, clusters=clusters)
    assert (code, path.exists()) == (1, False)
    assert f"cluster 3: found no piece, expected {known}; choose" in capsys.readouterr().err


def test_large_clusters_are_refused(run, capsys, monkeypatch):
    monkeypatch.setattr(export_graph, "MAX_NODES", 1)
    code, path = run()
    assert (code, path.exists()) == (1, False)
    message = "cluster 1: found 2 pieces and 1 edges between them, expected at most 1 and 100,000"
    assert message in capsys.readouterr().err


def test_pieces_of_another_run_are_refused(run, capsys):
    code, _ = run(clusters=(1, 1))
    assert code == 1
    assert "table.parquet: found 2 pieces, expected the 3 of" in capsys.readouterr().err
