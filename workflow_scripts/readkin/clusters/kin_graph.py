"""Kin graph: reads as nodes, alignments as edges, and its connected components."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

EDGE_COLUMNS = [
    *("read_a", "read_b", "strand", "identity", "alignment_length", "low_complexity"),
    *(f"{what}_{read}" for read in "ab" for what in ("start", "end", "length")),
]


class EdgeRule(NamedTuple):
    """Settings ``cluster`` that decide which alignments are edges of the kin graph."""

    min_identity: float
    min_overlap_bp: int
    max_overhang_bp: int


def edges_of(alignments: pa.Table, rule: EdgeRule) -> tuple[np.ndarray, dict[str, int]]:
    """Select the alignments that are edges.

    Args:
        alignments: table with ``EDGE_COLUMNS``.
        rule: the settings.

    Returns:
        bool (n,), True for edges; number of the other alignments, by the first reason that applies.
    """
    column = {name: alignments[name].to_numpy() for name in EDGE_COLUMNS if name != "strand"}
    same_strand = alignments["strand"].to_numpy(zero_copy_only=False) == "+"
    left_a, right_a = column["start_a"], column["length_a"] - column["end_a"]
    left_b, right_b = column["start_b"], column["length_b"] - column["end_b"]
    before = np.minimum(left_a, np.where(same_strand, left_b, right_b))
    after = np.minimum(right_a, np.where(same_strand, right_b, left_b))
    failures = {
        "identity below cluster.min_identity": column["identity"] < np.float32(rule.min_identity),
        "overlap below cluster.min_overlap_bp": column["alignment_length"] < rule.min_overlap_bp,
        "overlap outside of low complexity below cluster.min_overlap_bp": (
            column["alignment_length"] - column["low_complexity"] < rule.min_overlap_bp
        ),
        "overhang above cluster.max_overhang_bp": np.maximum(before, after) > rule.max_overhang_bp,
    }
    kept = np.ones(len(alignments), bool)
    dropped = {}
    for reason, failed in failures.items():
        dropped[reason] = int((kept & failed).sum())
        kept &= ~failed
    return kept, dropped


def numbered_components(read_a: np.ndarray, read_b: np.ndarray, n_reads: int) -> np.ndarray:
    """Number the connected components from 1 by falling size, ties by smallest read_index.

    Args:
        read_a, read_b: integers (edges,), nodes of the edges.
        n_reads: number of nodes.

    Returns:
        int64 (n_reads,), number of the component of each read.
    """
    graph = coo_array((np.ones(len(read_a), bool), (read_a, read_b)), shape=(n_reads, n_reads))
    _, label = connected_components(graph, directed=False)
    _, first, size = np.unique(label, return_index=True, return_counts=True)
    number = np.empty(len(first), np.int64)
    number[np.lexsort((first, -size))] = np.arange(1, len(first) + 1)
    return number[label]
