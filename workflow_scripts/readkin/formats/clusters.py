"""Table of the reads with their clusters: Parquet for programs, TSV for people."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from readkin.errors import InputError
from readkin.formats.alignments import Provenance
from readkin.formats.atomic_write import atomic_write
from readkin.formats.parquet_tables import TableFormat, read_table, schema_of, schema_to_write
from readkin.formats.tsv_tables import write_names, write_rows

NO_CLUSTER = 0
PLACED, SHARED, LOW_CONFIDENCE, UNCLUSTERED = STATUSES = (
    "placed",
    "shared sequence",
    "low confidence",
    "no cluster",
)

# name: type, unit, meaning
COLUMNS = {
    "read_index": (pa.uint64(), "", "number of the read over all units, in order of the BAM files"),
    "read_id": (pa.string(), "", "name of the read, with /1 or /2 for mates"),
    "sample": (pa.string(), "", "sample of the sheet"),
    "unit": (pa.string(), "", "unit of the sheet"),
    "cluster": (
        pa.uint32(),
        "",
        "most probable cluster, 1 is the largest; 0: none",
    ),
    "strain": (
        pa.uint32(),
        "",
        "most probable strain in the cluster, from 1; 0: no strains found",
    ),
    "confidence": (
        pa.float32(),
        "probability",
        "probability of the cluster; 1 for method connected_components; 0 without a cluster",
    ),
    "strain_confidence": (
        pa.float32(),
        "probability",
        "probability of the strain in the cluster; 0 where no strains were found",
    ),
    "status": (
        pa.string(),
        "",
        "placed: confidence of at least cluster.min_confidence; else the reason why not: shared"
        " sequence (several places have it in common, and the mate does not decide), low"
        " confidence, or no cluster",
    ),
    "piece": (
        pa.uint32(),
        "",
        "piece of the read: N of piece_N in pieces.fasta.gz and pieces.gfa",
    ),
    "other_clusters": (
        pa.list_(pa.field("item", pa.uint32(), nullable=False)),
        "",
        "clusters that the read may belong to instead, if it is not placed or lies in shared"
        " sequence",
    ),
}
CLUSTERS = TableFormat(
    "readkin-clusters", 3, schema_of(COLUMNS), "make it again with cluster_reads"
)


def write_clusters(
    tables: Iterable[pa.Table], parquet: Path, tsv: Path, provenance: Provenance
) -> int:
    """Write tables with the columns of ``CLUSTERS``, as Parquet and as TSV.

    Args:
        tables: one row per read, in the order of read_index.
        parquet, tsv: the files.
        provenance: origin of the content.

    Returns:
        Number of rows.
    """
    schema = schema_to_write(CLUSTERS, provenance.parameters, provenance.fingerprint)
    schema = schema.with_metadata(
        (schema.metadata or {}) | {"reads_fingerprint": provenance.reads_fingerprint}
    )
    rows = 0
    with (
        atomic_write(parquet) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd") as writer,
        atomic_write(tsv) as temporary_text,
        temporary_text.open("w", encoding="utf-8") as text,
    ):
        write_names(text, schema.names)
        for table in tables:
            ordered = table.select(schema.names).cast(schema)
            writer.write_table(ordered)
            write_rows(text, ordered)
            rows += len(table)
    return rows


def read_clusters(parquet: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read some or all columns of a Parquet file that ``write_clusters`` wrote.

    Raises:
        InputError: if the file is another one.
    """
    return read_table(parquet, CLUSTERS, columns)


def check_reads(path: Path, clusters: pa.Table, fingerprint: str) -> None:
    """Check that clusters read from ``path`` belong to the reads with this hash.

    Raises:
        InputError: if they belong to other reads.
    """
    found = (clusters.schema.metadata or {}).get(b"reads_fingerprint", b"none").decode()
    if found != fingerprint:
        key = f"{path}:reads_fingerprint"
        remedy = f"provide the BAM files of the clusters, in sheet order, or {CLUSTERS.remedy}"
        raise InputError(key, found, f"that of the BAM files, {fingerprint}", remedy)
