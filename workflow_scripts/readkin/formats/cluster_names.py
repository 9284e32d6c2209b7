"""Table of the known sequences after which clusters are named, as tab-separated text."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from readkin.formats.tsv_tables import read_tsv, write_tsv

# name: type, unit, meaning
COLUMNS = {
    "cluster": (pa.int64(), "", "number of the cluster"),
    "name": (pa.string(), "", "name by content"),
    "windows": (pa.int64(), "windows", "windows of its pieces that were searched"),
    "hit": (pa.string(), "", "sequence of cluster.names that is the best hit of most windows"),
    "hit_windows": (pa.int64(), "windows", "windows whose best hit it is"),
    "hit_identity": (pa.float64(), "fraction", "equal bases in the alignments of these windows"),
    "second_hit": (pa.string(), "", "the next sequence"),
    "second_hit_windows": (pa.int64(), "windows", "windows whose best hit it is"),
    "second_hit_identity": (pa.float64(), "fraction", "equal bases in their alignments"),
}
TYPES = {name: kind for name, (kind, *_) in COLUMNS.items()}


def write_cluster_names(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write one row per cluster; missing values are empty."""
    write_tsv(path, pa.Table.from_pylist(list(rows), pa.schema(list(TYPES.items()))))


def read_cluster_names(path: Path) -> pa.Table:
    """Read a file that ``write_cluster_names`` wrote.

    Raises:
        InputError: if the file is another one.
    """
    return read_tsv(path, TYPES, "make it again with name_clusters")
