"""Graphs as GraphML (http://graphml.graphdrawing.org), for Gephi, Cytoscape and networkx."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO
from xml.sax.saxutils import quoteattr

import numpy as np

from readkin.formats.atomic_write import atomic_write

NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
TYPES = {"b": "boolean", "i": "long", "u": "long", "f": "double"}  # by kind of dtype

Columns = Mapping[str, np.ndarray]


def write_graphml(
    path: Path, names: Sequence[str], nodes: Columns, ends: np.ndarray, edges: Columns
) -> None:
    """Write an undirected graph.

    Args:
        path: file to write.
        names: of the n nodes.
        nodes: numbers or booleans of the nodes by attribute, each (n,).
        ends: int64 (e, 2), indices of the two nodes of each edge.
        edges: the same of the edges, each (e,).
    """
    with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="{NAMESPACE}">\n')
        for target, columns in (("node", nodes), ("edge", edges)):
            for name, values in columns.items():
                kind = TYPES[values.dtype.kind]
                file.write(
                    f' <key id="{target}_{name}" for="{target}" attr.name="{name}"'
                    f' attr.type="{kind}"/>\n'
                )
        file.write(' <graph edgedefault="undirected">\n')
        for row, name in enumerate(names):
            file.write(f"  <node id={quoteattr(name)}>")
            _write_data(file, "node", nodes, row)
            file.write("</node>\n")
        for row, (a, b) in enumerate(ends.tolist()):
            source, target = quoteattr(names[a]), quoteattr(names[b])
            file.write(f"  <edge source={source} target={target}>")
            _write_data(file, "edge", edges, row)
            file.write("</edge>\n")
        file.write(" </graph>\n</graphml>\n")


def _write_data(file: TextIO, target: str, columns: Columns, row: int) -> None:
    for name, values in columns.items():
        file.write(f'<data key="{target}_{name}">{_text(values[row])}</data>')


def _text(value: Any) -> str:
    if isinstance(value, np.bool_):
        return "true" if value else "false"
    return f"{value:.6g}" if isinstance(value, np.floating) else str(value)
