"""Alignments of reads, in Parquet for programs and in PAF for other bioinformatics tools.

PAF is as minimap2 defines it (Li 2018, Bioinformatics 34:3094): a is the query, b the target. Both
have their coordinates on their own forward strand. On strand "-" the query is reverse-complemented,
so the CIGAR runs along b as sequenced.
"""

import gzip
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from readkin.formats.atomic_write import atomic_write
from readkin.formats.parquet_tables import TableFormat, schema_of
from readkin.kernels.join.candidates import Candidates
from readkin.kernels.smith_waterman.alignment import Alignments
from readkin.kernels.smith_waterman.cigar import cigar_texts

REMEDY = "make it again with align_pairs"

# name: type, unit, meaning
COLUMNS = {
    "read_a": (pa.uint64(), "", "read_index of the first read"),
    "read_b": (pa.uint64(), "", "read_index of the second read, above read_a"),
    "strand": (pa.string(), "", "+ or -: strand of the second read that the first aligns with"),
    "score": (pa.int32(), "score", "score of the best local alignment"),
    "score_bound": (
        pa.int32(),
        "score",
        "no local alignment of the reads has a higher score; the score itself where proven",
    ),
    "start_a": (pa.int32(), "bp", "first aligned base, from 0, as sequenced"),
    "end_a": (pa.int32(), "bp", "end of the aligned bases, exclusive"),
    "start_b": (pa.int32(), "bp", "first aligned base, from 0, as sequenced"),
    "end_b": (pa.int32(), "bp", "end of the aligned bases, exclusive"),
    "length_a": (pa.int32(), "bp", "length of the first read"),
    "length_b": (pa.int32(), "bp", "length of the second read"),
    "matches": (pa.int32(), "bp", "equal bases; N equals nothing"),
    "alignment_length": (pa.int32(), "columns", "length of the alignment with its gaps"),
    "low_complexity": (
        pa.int32(),
        "bp",
        "aligned bases of one base or short repeats",
    ),
    "identity": (pa.float32(), "fraction", "matches / alignment_length"),
    "votes": (pa.uint32(), "k-mers", "sampled k-mers that both reads share"),
    "cigar": (pa.string(), "", "along the second read as sequenced; = X, I in a only, D in b only"),
}
ALIGNMENTS = TableFormat("readkin-alignments", 4, schema_of(COLUMNS), REMEDY)


class Provenance(NamedTuple):
    """Origin of the content of a file.

    Attributes:
        parameters: settings, JSON-serialisable.
        fingerprint: hash of settings, input and code.
        reads_fingerprint: fingerprint of the aligned reads (formats.reads).
    """

    parameters: Mapping[str, Any]
    fingerprint: str
    reads_fingerprint: str


def alignment_table(
    candidates: Candidates, lengths: np.ndarray, found: Alignments, low_complexity: np.ndarray
) -> pa.Table:
    """Return rows of ``ALIGNMENTS.schema``, one for each candidate.

    Args:
        candidates: the pairs.
        lengths: integers (reads,), bases of all reads.
        found: the alignments of the pairs, with coordinates on the aligned strand of b.
        low_complexity: int64 (n,), aligned bases of low complexity.
    """
    is_reverse = candidates.is_reverse.astype(bool)
    columns: dict[str, Any] = found._asdict() | {"low_complexity": low_complexity}
    columns |= {name: getattr(candidates, name) for name in ("read_a", "read_b", "votes")}
    for read in "ab":
        columns[f"length_{read}"] = lengths[columns[f"read_{read}"].astype(np.int64)]
    length_b = columns["length_b"]
    columns["start_b"] = np.where(is_reverse, length_b - found.end_b, found.start_b)
    columns["end_b"] = np.where(is_reverse, length_b - found.start_b, found.end_b)
    columns["identity"] = identities(found)
    columns["strand"] = _strands(candidates.is_reverse)
    columns["cigar"] = cigar_array(found, candidates.is_reverse)
    schema = ALIGNMENTS.schema
    return pa.Table.from_arrays(
        [_column(columns[field.name], field.type) for field in schema], schema=schema
    )


def _column(values: np.ndarray | pa.Array, kind: pa.DataType) -> pa.Array:
    """Return values as an Arrow array; ``pa.array`` of NumPy's would import pandas, for 0.5 s."""
    if isinstance(values, pa.Array):
        return values.cast(kind)
    numbers = np.ascontiguousarray(values, kind.to_pandas_dtype())
    return pa.Array.from_buffers(kind, numbers.size, [None, pa.py_buffer(numbers)])


def _strands(is_reverse: np.ndarray) -> pa.StringArray:
    text = np.frombuffer(b"+-", np.uint8)[is_reverse]
    offsets = np.arange(is_reverse.size + 1, dtype=np.int32)
    return pa.StringArray.from_buffers(text.size, pa.py_buffer(offsets), pa.py_buffer(text))


def identities(found: Alignments) -> np.ndarray:
    """Return matches / alignment length, float32 (n,); 0 for an empty alignment."""
    return (found.matches / np.maximum(found.alignment_length, 1)).astype(np.float32)


def cigar_array(found: Alignments, is_reverse: np.ndarray) -> pa.Array:
    """Return the CIGARs along b as sequenced, as text."""
    text, offsets = cigar_texts(found.cigar, found.cigar_offsets, is_reverse)
    buffers = pa.py_buffer(offsets), pa.py_buffer(text)
    return pa.LargeStringArray.from_buffers(found.score.size, *buffers)


def gzipped_paf(table: pa.Table, names: pa.LargeStringArray) -> bytes:
    """Return rows of ``ALIGNMENTS.schema`` as gzip-compressed PAF.

    Concatenated pieces are one valid file.

    Args:
        table: the rows.
        names: of all reads.
    """
    for read in "ab":
        table = table.append_column(f"id_{read}", names.take(table[f"read_{read}"]))
    return gzip.compress(paf_text(table), compresslevel=4, mtime=0)


def concatenate_gzip_files(path: Path, pieces: Iterable[Path]) -> None:
    """Write the concatenation of gzip files, which is one valid gzip file."""
    with atomic_write(path) as temporary, temporary.open("wb") as joined:
        for piece in pieces:
            with piece.open("rb") as file:
                shutil.copyfileobj(file, joined, 1 << 20)
        joined.write(gzip.compress(b"", mtime=0))  # without pieces the file is valid, too


def paf_text(table: pa.Table) -> bytes:
    """Return rows with the names of the reads, ``id_a`` and ``id_b``, as lines of PAF.

    The tags are NM (differences), AS (score), cg (CIGAR) and, where the score is not proven to be
    the best, ub (score_bound).
    """

    def text(name: str) -> pa.ChunkedArray:
        return table[name].cast(pa.string())

    differences = pc.subtract(table["alignment_length"], table["matches"]).cast(pa.string())
    query = [text(name) for name in ("id_a", "length_a", "start_a", "end_a", "strand")]
    target = [text(name) for name in ("id_b", "length_b", "start_b", "end_b")]
    tags = [
        pc.binary_join_element_wise(prefix, values, "")
        for prefix, values in (
            ("NM:i:", differences),
            ("AS:i:", text("score")),
            ("cg:Z:", text("cigar")),
        )
    ]
    fields = [*query, *target, text("matches"), text("alignment_length"), "255", *tags]
    lines = pc.binary_join_element_wise(*fields, "\t")
    if "score_bound" in table.column_names:
        is_proven = pc.equal(table["score"], table["score_bound"])
        tag = pc.binary_join_element_wise("\tub:i:", text("score_bound"), "")
        lines = pc.binary_join_element_wise(lines, pc.if_else(is_proven, "", tag), "")
    lines = pc.binary_join_element_wise(lines, "", "\n")
    return b"".join(_text_of(chunk) for chunk in lines.chunks)


def _text_of(lines: pa.StringArray) -> bytes:
    """Return the concatenated strings, which are contiguous in memory."""
    _, offsets, data = lines.buffers()
    bounds = np.frombuffer(offsets, np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return data.slice(bounds[0], bounds[-1] - bounds[0]).to_pybytes() if len(lines) else b""
