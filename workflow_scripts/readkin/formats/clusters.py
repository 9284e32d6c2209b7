"""Table of read clusters: Parquet for programs, TSV for people."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write

COLUMNS = {
    "read_index": (pa.uint64(), "number of the read over all units, in the order of the BAM files"),
    "read_id": (pa.string(), "name of the read, with /1 or /2 for mates"),
    "sample": (pa.string(), "sample of the sheet"),
    "unit": (pa.string(), "unit of the sheet"),
    "cluster": (pa.uint64(), "1 is the largest; ties by smallest read_index"),
    "size": (pa.uint64(), "reads in the cluster"),
    "representative": (pa.string(), "read id of the member with the most kin"),
}
SCHEMA = pa.schema(
    [
        pa.field(name, kind, nullable=False, metadata={"description": text})
        for name, (kind, text) in COLUMNS.items()
    ],
    metadata={"format": "readkin-clusters", "format_version": "1"},
)


def write_clusters(table: pa.Table, parquet: Path, tsv: Path) -> None:
    """Write ``table``, which has the columns of ``SCHEMA``, as Parquet and as TSV."""
    table = table.select(SCHEMA.names).cast(SCHEMA)
    with atomic_write(parquet) as temporary:
        pq.write_table(table, temporary, compression="zstd")
    with atomic_write(tsv) as temporary, temporary.open("w") as file:
        file.write("\t".join(SCHEMA.names) + "\n")
        for batch in table.to_batches(max_chunksize=100_000):
            columns = [column.to_pylist() for column in batch.columns]
            file.writelines("\t".join(map(str, row)) + "\n" for row in zip(*columns, strict=True))


def read_clusters(parquet: Path) -> pa.Table:
    """Read a Parquet file that ``write_clusters`` wrote.

    Raises:
        InputError: if the file is another one.
    """
    try:
        table = pq.read_table(parquet)
    except pa.ArrowInvalid:
        raise InputError(parquet, "no Parquet", "clusters.parquet", "run cluster_reads") from None
    if not table.schema.equals(SCHEMA) or table.schema.metadata != SCHEMA.metadata:
        raise InputError(parquet, "another table", "clusters.parquet", "run cluster_reads again")
    return table
