"""Table of all reads: names, mates, samples. Other tables refer to it by read_index.

The parts are written where the reads are decoded, and joined in order, one row group each.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write
from readkin.formats.parquet_tables import (
    TableFormat,
    open_table,
    read_table,
    schema_of,
    schema_to_write,
)
from readkin.formats.reads import Reads
from readkin.formats.unaligned_bam import UnitName

REMEDY = "make it again with embed_reads"

# name: type, unit, meaning
COLUMNS = {
    "read_index": (pa.uint64(), "", "number of the read over all units, in order of the BAM files"),
    "name": (pa.string(), "", "name of the read, with /1 or /2 for mates"),
    "mate_index": (
        pa.uint64(),
        "",
        "read_index of the mate; 18446744073709551615 for a read without mate",
    ),
    "unit": (pa.string(), "", "unit of the sheet"),
    "sample": (pa.string(), "", "sample of the sheet"),
    "length": (pa.uint32(), "bp", "length of the read"),
}
READ_TABLE = TableFormat("readkin-reads", 1, schema_of(COLUMNS), REMEDY)


def read_rows(reads: Reads, units: Mapping[int, UnitName]) -> pa.Table:
    """Return the rows of ``READ_TABLE`` for these reads.

    Args:
        reads: consecutive reads.
        units: unit and sample by number of the unit, for all units of these reads.
    """
    index = np.arange(len(reads))
    numbers = np.array(sorted(units), np.uint32)
    row = pa.array(np.searchsorted(numbers, reads.unit))
    of_units = [units[number] for number in numbers.tolist()]
    columns = {
        "read_index": (reads.first_index + index).astype(np.uint64),
        "name": ids_of(reads, index),
        "mate_index": reads.mate_index,
        "unit": pa.array([unit.unit for unit in of_units], pa.string()).take(row),
        "sample": pa.array([unit.sample for unit in of_units], pa.string()).take(row),
        "length": reads.lengths.astype(np.uint32),
    }
    return pa.table(columns).cast(READ_TABLE.schema)


def ids_of(reads: Reads, index: np.ndarray) -> pa.Array:
    """Return the ids (as ``Reads.ids``) of the reads with these indices, int64 (n,)."""
    buffers = pa.py_buffer(reads.name_offsets), pa.py_buffer(reads.name_bytes)
    names = pa.LargeStringArray.from_buffers(len(reads), *buffers).take(pa.array(index))
    endings = pa.array(["", "/1", "/2"]).take(pa.array(reads.mate_number[index]))
    return pc.binary_join_element_wise(names.cast(pa.string()), endings, "")


def write_read_part(path: Path, rows: pa.Table) -> None:
    """Write the rows of some reads, for ``write_read_table``."""
    with atomic_write(path) as temporary:
        pq.write_table(rows, temporary, compression="zstd")


def write_read_table(path: Path, parts: Iterable[Path], reads_fingerprint: str) -> int:
    """Join the parts of consecutive reads to one table; return the number of rows.

    Args:
        path: of the table.
        parts: in order.
        reads_fingerprint: hash of all reads (formats.reads).
    """
    schema = schema_to_write(READ_TABLE, {}, reads_fingerprint)
    schema = schema.with_metadata({**schema.metadata, "reads_fingerprint": reads_fingerprint})
    rows = 0
    with (
        atomic_write(path) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd", write_page_checksum=True) as writer,
    ):
        for part in parts:
            table = pq.ParquetFile(part).read()
            writer.write_table(table.cast(schema))
            rows += len(table)
    return rows


def read_read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read some or all columns of the table that embed_reads wrote.

    Raises:
        InputError: if the file has another format or version, or if it is damaged.
    """
    return read_table(path, READ_TABLE, columns)


def read_names(path: Path, reads_fingerprint: str) -> pa.LargeStringArray:
    """Read the names of all reads, with /1 or /2 for mates.

    Args:
        path: of the table.
        reads_fingerprint: hash of the reads that it must be of (formats.reads).

    Raises:
        InputError: as ``read_read_table``, or if the table is of other reads.
    """
    with open_table(path, READ_TABLE) as file:
        found = file.schema_arrow.metadata.get(b"reads_fingerprint", b"nothing").decode()
        if found != reads_fingerprint:
            expected = f"that of the embeddings, {reads_fingerprint}"
            raise InputError(f"{path}:reads_fingerprint", found, expected, REMEDY)
        names = file.read(columns=["name"])["name"]
    parts = [pa.array([], pa.large_string()), *names.cast(pa.large_string()).chunks]
    return pa.concat_arrays(parts)


def with_read_names(table: pa.Table, reads: pa.Table) -> pa.Table:
    """Add to a table of alignments the names of both reads, as columns ``name_a``, ``name_b``.

    Args:
        table: with columns ``read_a`` and ``read_b``.
        reads: of the same run, from ``read_read_table``, with column ``name``.

    Raises:
        InputError: if the alignments are known to be of other reads, or have more reads.
    """
    of_both = [(one.schema.metadata or {}).get(b"reads_fingerprint") for one in (table, reads)]
    found, expected = (known.decode() if known else None for known in of_both)
    if found and expected and found != expected:
        raise InputError("reads_fingerprint", found, f"that of reads.parquet, {expected}", REMEDY)
    for read in "ab":
        index = table[f"read_{read}"]
        highest = pc.max(index).as_py()
        if highest is not None and highest >= len(reads):
            raise InputError(f"read_{read}", str(highest), f"below {len(reads)} reads", REMEDY)
        table = table.append_column(f"name_{read}", reads["name"].take(index))
    return table
