"""Table of the pieces with their clusters (Parquet)."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from readkin.formats.atomic_write import atomic_write
from readkin.formats.parquet_tables import (
    TableFormat,
    read_table,
    schema_of,
    schema_to_write,
)

DEPTH_OF_SAMPLE = "depth_"
"""Beginning of the column of each sample."""

# name: type, unit, meaning
COLUMNS = {
    "piece": (pa.uint32(), "", "number of the piece from 0; its name in FASTA and GFA is piece_N"),
    "reads": (pa.uint32(), "reads", "reads in the piece"),
    "bases": (pa.uint64(), "bp", "bases of the reads that are laid out"),
    "span": (pa.uint32(), "bp", "length of the layout"),
    "depth": (pa.float32(), "", "bases / span"),
    "gc": (pa.float32(), "fraction", "G and C among the known bases of the consensus"),
    "is_shared": (pa.bool_(), "", "sequence that several places have in common"),
    "cluster": (pa.uint32(), "", "most probable cluster, from 1; 0: none"),
    "confidence": (pa.float32(), "probability", "probability of the cluster; 0 without one"),
    "second_cluster": (pa.uint32(), "", "second most probable cluster; 0: none"),
    "second_confidence": (pa.float32(), "probability", "probability of the second cluster"),
    "strain": (pa.uint32(), "", "most probable strain in the cluster, from 1; 0: no strains found"),
    "strain_confidence": (pa.float32(), "probability", "probability of the strain"),
    "copy_number": (pa.float32(), "", "depth / depth of the cluster; 0 without a cluster"),
}
PIECE_TABLE = TableFormat(
    "readkin-piece-table",
    1,
    schema_of(COLUMNS),
    "make it again with cluster_reads",
    may_have_more=True,
)


def write_piece_table(
    path: Path,
    columns: Mapping[str, np.ndarray],
    samples: Sequence[str],
    depth_in_samples: Iterable[np.ndarray],
    provenance: tuple[Mapping[str, Any], str],
) -> None:
    """Write one row per piece.

    Args:
        path: the file.
        columns: values of ``COLUMNS``.
        samples: names.
        depth_in_samples: depth of each piece in each sample, written as further columns.
        provenance: settings, and hash of settings, input and code.
    """
    schema = schema_to_write(PIECE_TABLE, *provenance)
    table = pa.table({name: columns[name] for name in schema.names}).cast(schema)
    for sample, depth in zip(samples, depth_in_samples, strict=True):
        field = pa.field(DEPTH_OF_SAMPLE + sample, pa.float32(), nullable=False)
        table = table.append_column(field, pa.array(depth.astype(np.float32)))
    with atomic_write(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def read_piece_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read some or all columns of a file that ``write_piece_table`` wrote.

    Raises:
        InputError: if the file is another one.
    """
    return read_table(path, PIECE_TABLE, columns)
