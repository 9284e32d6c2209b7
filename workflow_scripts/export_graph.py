"""Write the graph of the pieces of one cluster as GraphML.

In:  pieces.h5 and pieces.parquet.
Out: GraphML. The nodes are the pieces whose most probable cluster it is, with their numbers; the
     edges are alignments between two of them (alignments, against: those that show different
     sequence, unclear) and mates that link them (mates, and distance: estimated bases between the
     pieces, negative if they overlap; 0 without mates).

A cluster with too many pieces or edges for a program that draws graphs is refused.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa

from readkin.command import argument_parser, existing_file, log, positive_int, run_command
from readkin.errors import InputError
from readkin.formats.graphml import Columns, write_graphml
from readkin.formats.piece_sequences import links_between, piece_name
from readkin.formats.piece_table import PIECE_TABLE, read_piece_table
from readkin.formats.pieces import Pieces, read_pieces

MAX_NODES = 20_000
MAX_EDGES = 100_000
ATTRIBUTES = ("reads", "span", "depth", "gc", "is_shared", "confidence", "strain", "copy_number")
"""Columns of the table of pieces that the nodes have."""


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("export_graph", __doc__)
    add = parser.add_argument
    add("--pieces", type=existing_file, required=True, help="HDF5, of join_reads")
    add("--piece-table", type=existing_file, required=True, help="Parquet, of cluster_reads")
    add("--cluster", type=positive_int, required=True, help="number of the cluster")
    add("--output", type=Path, required=True, help="GraphML, to write")
    return parser.parse_args(argv)


def edges_of_cluster(pieces: Pieces, chosen: np.ndarray) -> tuple[np.ndarray, Columns]:
    """Return the edges between pieces.

    Args:
        pieces: all pieces.
        chosen: int64 (n,), pieces, ascending.

    Returns:
        int64 (e, 2), indices of the two pieces of each edge in ``chosen``, and numbers by name.
    """
    is_chosen = np.zeros(len(pieces), bool)
    is_chosen[chosen] = True
    touching = np.flatnonzero(is_chosen[pieces.contact_a] & is_chosen[pieces.contact_b])
    links = links_between(pieces, chosen)
    linked = np.sort(np.stack([links.first, links.second]), axis=0)
    a = np.concatenate([pieces.contact_a[touching], linked[0]]).astype(np.int64)
    b = np.concatenate([pieces.contact_b[touching], linked[1]]).astype(np.int64)
    key, row = np.unique(a * len(pieces) + b, return_inverse=True)
    of_contact, of_link = row[: len(touching)], row[len(touching) :]

    def filled(rows: np.ndarray, values: np.ndarray) -> np.ndarray:
        column = np.zeros(len(key), np.int64)
        column[rows] = values
        return column

    ends = np.searchsorted(chosen, np.stack([key // len(pieces), key % len(pieces)], axis=1))
    return ends, {
        "alignments": filled(of_contact, pieces.contact_alignments[touching]),
        "against": filled(of_contact, pieces.contact_against[touching]),
        "unclear": filled(of_contact, pieces.contact_unclear[touching]),
        "mates": filled(of_link, links.mates),
        "distance": filled(of_link, links.distance),
    }


def export_graph(pieces: Pieces, table: pa.Table, cluster: int, output: Path) -> tuple[int, int]:
    """Write the graph of a cluster; return the numbers of nodes and edges.

    Raises:
        InputError: if there is no such cluster, or if it is too large to be drawn.
    """
    of_pieces = table["cluster"].to_numpy()
    chosen = np.flatnonzero(of_pieces == cluster)
    ends, edges = edges_of_cluster(pieces, chosen)
    where = f"cluster {cluster}"
    if not chosen.size:
        known = f"1 to {of_pieces.max(initial=0)}" if of_pieces.any() else "no cluster at all"
        raise InputError(where, "no piece", known, "choose a cluster in cluster_summary.tsv")
    if len(chosen) > MAX_NODES or len(ends) > MAX_EDGES:
        found = f"{len(chosen):,} pieces and {len(ends):,} edges between them"
        expected = f"at most {MAX_NODES:,} and {MAX_EDGES:,}, which programs can draw"
        raise InputError(where, found, expected, "choose a smaller one, or open pieces.gfa")
    rows = table.take(chosen)
    nodes = {name: rows[name].to_numpy() for name in ATTRIBUTES}
    write_graphml(output, [piece_name(piece) for piece in chosen.tolist()], nodes, ends, edges)
    return len(chosen), len(ends)


def run(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments."""
    pieces = read_pieces(arguments.pieces)
    table = read_piece_table(arguments.piece_table, ["cluster", *ATTRIBUTES])
    if len(table) != len(pieces):
        found, expected = f"{len(table)} pieces", f"the {len(pieces)} of {arguments.pieces}"
        raise InputError(arguments.piece_table, found, expected, PIECE_TABLE.remedy)
    nodes, edges = export_graph(pieces, table, arguments.cluster, arguments.output)
    log.info("graph: cluster %d has %d pieces and %d edges", arguments.cluster, nodes, edges)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
