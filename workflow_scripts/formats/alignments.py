"""Alignments of reads, in Parquet for programs and in PAF for the tools of the field.

PAF as minimap2 defines it (Li 2018, Bioinformatics 34:3094): a is the query, b the target. Both
have their coordinates on their own forward strand, and on strand "-" it is the query that is
reverse-complemented: the CIGAR runs along b as sequenced.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from formats.errors import InputError
from formats.gzip_text import gzip_written_whole
from formats.hdf5_schema import GENERATED_BY
from formats.pairs import Candidates
from formats.reads import Reads, reads_fingerprint
from formats.whole_files import written_whole
from kernels.cigar_text import cigar_texts
from kernels.smith_waterman import Alignments

FORMAT = "readkin-alignments"
VERSION = 1
REMEDY = "make it again with align_pairs"

# name: type, unit, meaning
COLUMNS = {
    "read_a": (pa.uint64(), "", "read_index of the first read"),
    "read_b": (pa.uint64(), "", "read_index of the second read, above read_a"),
    "id_a": (pa.string(), "", "name of the first read, with /1 or /2 for mates"),
    "id_b": (pa.string(), "", "name of the second read"),
    "strand": (pa.string(), "", "+ or -: strand of the second read that the first one aligns with"),
    "score": (pa.int32(), "score", "of the best local alignment"),
    "start_a": (pa.int32(), "bp", "first base aligned, from 0, as sequenced"),
    "end_a": (pa.int32(), "bp", "behind the last base aligned"),
    "start_b": (pa.int32(), "bp", "first base aligned, from 0, as sequenced"),
    "end_b": (pa.int32(), "bp", "behind the last base aligned"),
    "length_a": (pa.int32(), "bp", "length of the first read"),
    "length_b": (pa.int32(), "bp", "length of the second read"),
    "matches": (pa.int32(), "bp", "columns with equal bases; N equals nothing"),
    "columns": (pa.int32(), "columns", "length of the alignment with its gaps"),
    "identity": (pa.float32(), "fraction", "matches / columns"),
    "votes": (pa.uint32(), "k-mers", "sampled k-mers that both reads share"),
    "cigar": (pa.string(), "", "along the second read as sequenced; = X, I in a only, D in b only"),
}
FIELDS = [
    pa.field(name, kind, nullable=False, metadata={"unit": unit, "description": meaning})
    for name, (kind, unit, meaning) in COLUMNS.items()
]
SCHEMA = pa.schema(FIELDS)
ROW_FIELDS = [field for field in FIELDS if not field.name.startswith("id_")]


class Provenance(NamedTuple):
    """What the content of a file follows from.

    Attributes:
        parameters: settings, JSON-serialisable.
        fingerprint: hash of settings, input and code.
        reads_fingerprint: of the reads that were aligned (formats.reads).
    """

    parameters: Mapping[str, Any]
    fingerprint: str
    reads_fingerprint: str


def alignment_table(
    candidates: Candidates, lengths: tuple[np.ndarray, np.ndarray], found: Alignments
) -> pa.Table:
    """Rows of all candidates, without the ids of the reads, which only the whole file has.

    Args:
        candidates: the pairs.
        lengths: int64, read lengths of a and b.
        found: the alignments of the pairs, b as aligned.
    """
    is_reverse = candidates.is_reverse.astype(bool)
    columns: dict[str, Any] = found._asdict()
    columns["length_a"], columns["length_b"] = lengths
    columns["start_b"] = np.where(is_reverse, lengths[1] - found.end_b, found.start_b)
    columns["end_b"] = np.where(is_reverse, lengths[1] - found.start_b, found.end_b)
    columns["identity"] = found.matches / np.maximum(found.columns, 1)
    columns |= {name: getattr(candidates, name) for name in ("read_a", "read_b", "votes")}
    columns["strand"] = pa.array(["+", "-"]).take(pa.array(candidates.is_reverse))
    columns["cigar"] = _cigar_array(found, candidates.is_reverse)
    arrays = [pa.array(columns[field.name]).cast(field.type, safe=False) for field in ROW_FIELDS]
    return pa.Table.from_arrays(arrays, schema=pa.schema(ROW_FIELDS))


def with_ids(table: pa.Table, ids: pa.Array) -> pa.Table:
    """The rows with the ids of both reads; ``ids`` (string) has one for every read_index."""
    for read in "ab":
        table = table.append_column(f"id_{read}", pc.take(ids, table[f"read_{read}"]))
    return table


def _cigar_array(found: Alignments, is_reverse: np.ndarray) -> pa.Array:
    text, offsets = cigar_texts(found.cigar, found.cigar_offsets, is_reverse)
    buffers = pa.py_buffer(offsets), pa.py_buffer(text)
    return pa.LargeStringArray.from_buffers(found.score.size, *buffers).cast(pa.string())


def write_alignments(
    parquet: Path, paf: Path, tables: Iterable[pa.Table], provenance: Provenance
) -> int:
    """Write tables with the columns of ``SCHEMA``, one after the other; returns the rows written.

    Each file appears whole or not at all.
    """
    schema = SCHEMA.with_metadata(_metadata(provenance))
    rows = 0
    with (
        written_whole(parquet) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd") as writer,
        gzip_written_whole(paf) as text,
    ):
        for table in tables:
            if len(table):
                writer.write_table(table.select(SCHEMA.names).cast(schema))
                text.write(paf_text(table))
                rows += len(table)
    return rows


def _metadata(provenance: Provenance) -> dict[str, str]:
    return {
        "format": FORMAT,
        "format_version": str(VERSION),
        "generated_by": GENERATED_BY,
        "parameters": json.dumps(provenance.parameters, sort_keys=True),
        "fingerprint": provenance.fingerprint,
        "reads_fingerprint": provenance.reads_fingerprint,
    }


def read_alignments(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read some or all columns of what ``write_alignments`` wrote as Parquet.

    Raises:
        InputError: if it is another file, or one of another version.
    """
    try:
        with pq.ParquetFile(path) as file:
            _check_schema(path, file.schema_arrow)
            return file.read(columns=None if columns is None else list(columns))
    except pa.ArrowInvalid as error:
        raise InputError(path, f"no readable Parquet ({error})", FORMAT, REMEDY) from None


def check_reads(path: Path, alignments: pa.Table, reads: Reads) -> None:
    """Make sure that alignments, as read from ``path``, are of these reads.

    Raises:
        InputError: if they are of others.
    """
    found = (alignments.schema.metadata or {}).get(b"reads_fingerprint", b"none").decode()
    expected = reads_fingerprint(reads)
    if found != expected:
        remedy = f"give the BAM files that were aligned, in sheet order, or {REMEDY}"
        key = f"{path}:reads_fingerprint"
        raise InputError(key, found, f"that of the BAM files, {expected}", remedy)


def _check_schema(path: Path, schema: pa.Schema) -> None:
    metadata = schema.metadata or {}
    for key, expected in (("format", FORMAT), ("format_version", str(VERSION))):
        found = metadata.get(key.encode(), b"nothing").decode()
        if found != expected:
            raise InputError(f"{path}:{key}", found, expected, REMEDY)
    if not schema.equals(SCHEMA):
        names = ", ".join(f"{field.name} {field.type}" for field in schema)
        raise InputError(path, f"the columns {names}", "those of this version", REMEDY)


def paf_text(table: pa.Table) -> bytes:
    """The rows as lines of PAF with the tags NM (differences), AS (score) and cg (CIGAR)."""

    def text(name: str) -> pa.ChunkedArray:
        return table[name].cast(pa.string())

    differences = pc.subtract(table["columns"], table["matches"]).cast(pa.string())
    query = [text(name) for name in ("id_a", "length_a", "start_a", "end_a", "strand")]
    target = [text(name) for name in ("id_b", "length_b", "start_b", "end_b")]
    tags = [
        pc.binary_join_element_wise(prefix, values, "")
        for prefix, values in (
            ("NM:i:", differences), ("AS:i:", text("score")), ("cg:Z:", text("cigar")),
        )
    ]  # fmt: skip
    fields = [*query, *target, text("matches"), text("columns"), "255", *tags]
    lines = pc.binary_join_element_wise(*fields, "\t")
    return "".join(f"{line}\n" for line in lines.to_pylist()).encode("ascii")
