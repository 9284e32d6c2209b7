"""Summary of the clusters: one row per cluster, as tab-separated text."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from readkin.formats.tsv_tables import read_tsv, write_tsv

READS_OF_SAMPLE, DEPTH_OF_SAMPLE = "reads_", "depth_"
"""Beginnings of the two columns of each sample."""

# name: type, unit, meaning
COLUMNS = {
    "cluster": (pa.int64(), "", "number as in clusters.tsv, 1 is the largest"),
    "name": (pa.string(), "", "name by content: a run with more reads keeps it if it can"),
    "reads": (pa.int64(), "reads", "reads of which it is the most probable cluster"),
    "placed_reads": (pa.int64(), "reads", "those with a confidence of cluster.min_confidence"),
    "bases": (pa.int64(), "bp", "bases of the reads"),
    "genome_size_bp": (pa.int64(), "bp", "estimated size of the genome"),
    "depth": (pa.float64(), "", "estimated depth of its single-copy sequence, in all samples"),
    "gc": (pa.float64(), "fraction", "G and C in the reads"),
    "confidence": (pa.float64(), "probability", "mean confidence of the reads"),
    "pieces": (pa.int64(), "pieces", "pieces in the cluster"),
    "longest_pieces": (pa.string(), "", "piece:bp of the three longest pieces"),
    "strains": (pa.int64(), "strains", "strains found; 0: none, or not looked for"),
    "strain_evidence": (pa.string(), "", "numbers that show the strains, as JSON"),
}
TYPES = {name: kind for name, (kind, *_) in COLUMNS.items()}


def write_cluster_summary(path: Path, columns: Mapping[str, Any]) -> None:
    """Write one row per cluster.

    Args:
        path: the file.
        columns: arrays and lists by name: ``COLUMNS``, of which some may be missing, and those of
            samples.
    """
    rows = len(columns["cluster"])
    missing = {name: pa.nulls(rows, kind) for name, kind in TYPES.items()}
    write_tsv(path, pa.table(missing | dict(columns)))


def read_cluster_summary(path: Path) -> pa.Table:
    """Read a file that ``write_cluster_summary`` wrote.

    Raises:
        InputError: if the file is another one.
    """
    return read_tsv(path, TYPES, "make it again with cluster_reads")
