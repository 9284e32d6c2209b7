"""Hits of a search: Parquet for programs, PAF and BLAST's table for other bioinformatics tools.

In Parquet and PAF both sequences have their coordinates on their own forward strand, and the CIGAR
runs along the target as sequenced, as in formats.alignments. BLAST's table (-outfmt 6; Camacho et
al. 2009, BMC Bioinformatics 10:421) counts from 1, and the start of the target is greater than its
end for a hit on the minus strand.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from readkin.formats.alignments import cigar_array, paf_text
from readkin.formats.atomic_write import atomic_gzip, atomic_write
from readkin.formats.parquet_tables import TableFormat, read_table, schema_of, schema_to_write
from readkin.kernels.smith_waterman.alignment import Alignments

INSERTION, DELETION = 1, 2  # BAM's codes of runs that are gaps

# name: type, unit, meaning
COLUMNS = {
    "query": (pa.string(), "", "name of the query"),
    "target": (pa.string(), "", "name of the target"),
    "query_index": (pa.uint64(), "", "index of the query in its file, from 0"),
    "target_index": (pa.uint64(), "", "index of the target in its file, or read_index"),
    "rank": (pa.int32(), "", "1 for the best hit of the query"),
    "strand": (pa.string(), "", "+ or -: strand of the target that the query aligns with"),
    "score": (pa.int32(), "score", "score of the best local alignment"),
    "bit_score": (pa.float64(), "bits", "score independent of the scoring system; nan if unknown"),
    "evalue": (pa.float64(), "hits", "hits expected by chance with this score; nan if unknown"),
    "query_start": (pa.int32(), "residues", "first aligned residue, from 0, as sequenced"),
    "query_end": (pa.int32(), "residues", "end of the aligned residues, exclusive"),
    "target_start": (pa.int32(), "residues", "first aligned residue, from 0, as sequenced"),
    "target_end": (pa.int32(), "residues", "end of the aligned residues, exclusive"),
    "query_length": (pa.int32(), "residues", "length of the query"),
    "target_length": (pa.int32(), "residues", "length of the target"),
    "matches": (pa.int32(), "columns", "columns with equal residues"),
    "positives": (pa.int32(), "columns", "columns whose residues score above 0"),
    "mismatches": (pa.int32(), "columns", "columns with unequal residues"),
    "gap_opens": (pa.int32(), "gaps", "runs of columns with a residue of one sequence only"),
    "gaps": (pa.int32(), "columns", "columns with a residue of one sequence only"),
    "alignment_length": (pa.int32(), "columns", "length of the alignment with its gaps"),
    "identity": (pa.float32(), "fraction", "matches / alignment_length"),
    "cigar": (pa.string(), "", "along the target as sequenced; = X, I in query only, D in target"),
}
HITS = TableFormat("readkin-hits", 2, schema_of(COLUMNS), "make it again with search_reads")
PAF_NAMES = {  # column of formats.alignments: column here
    "id_a": "query",
    "length_a": "query_length",
    "start_a": "query_start",
    "end_a": "query_end",
    "id_b": "target",
    "length_b": "target_length",
    "start_b": "target_start",
    "end_b": "target_end",
    "strand": "strand",
    "matches": "matches",
    "alignment_length": "alignment_length",
    "score": "score",
    "cigar": "cigar",
}


class Hits(NamedTuple):
    """Hits of a search without their alignments.

    Attributes:
        query_index: int64 (n,), index of the query, a in the alignment.
        target_index: int64 (n,), index of the target, b in the alignment.
        is_reverse: uint8 (n,), 1 if the target was aligned as its reverse complement.
        rank: int32 (n,), 1 for the best hit of the query.
        bit_score: float64 (n,), nan if unknown.
        evalue: float64 (n,), nan if unknown.
        positives: int32 (n,), columns whose residues score above 0.
    """

    query_index: np.ndarray
    target_index: np.ndarray
    is_reverse: np.ndarray
    rank: np.ndarray
    bit_score: np.ndarray
    evalue: np.ndarray
    positives: np.ndarray


class NamesAndLengths(NamedTuple):
    """Names (string array) and lengths (integers) of all queries or of all targets."""

    names: pa.Array
    lengths: np.ndarray


class HitFiles(NamedTuple):
    """Output paths of the hits: Parquet, gzip-compressed PAF, BLAST's table as plain text."""

    parquet: Path
    paf: Path
    blast_table: Path


def hit_table(
    hits: Hits, found: Alignments, queries: NamesAndLengths, targets: NamesAndLengths
) -> pa.Table:
    """Return rows of ``HITS.schema``, one for each hit.

    Args:
        hits: the hits.
        found: their alignments, with coordinates on the aligned strand of the target.
        queries, targets: all sequences of either side.
    """
    is_reverse = hits.is_reverse.astype(bool)
    columns: dict[str, Any] = found._asdict() | hits._asdict()
    columns["query_start"], columns["query_end"] = found.start_a, found.end_a
    for side, sequences in (("query", queries), ("target", targets)):
        index = columns[f"{side}_index"]
        columns[side] = sequences.names.take(pa.array(index))
        columns[f"{side}_length"] = sequences.lengths[index]
    length = columns["target_length"]
    columns["target_start"] = np.where(is_reverse, length - found.end_b, found.start_b)
    columns["target_end"] = np.where(is_reverse, length - found.start_b, found.end_b)
    columns["strand"] = pa.array(["+", "-"]).take(pa.array(hits.is_reverse))
    columns["gap_opens"], columns["gaps"] = _gaps(found)
    columns["mismatches"] = found.alignment_length - found.matches - columns["gaps"]
    columns["identity"] = found.matches / np.maximum(found.alignment_length, 1)
    columns["cigar"] = cigar_array(found, hits.is_reverse)
    fields = HITS.schema
    arrays = [pa.array(columns[field.name]).cast(field.type, safe=False) for field in fields]
    return pa.Table.from_arrays(arrays, schema=fields)


def _gaps(found: Alignments) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of gaps, and of residues in gaps, of each alignment; int64 (n,)."""
    kind = found.cigar & 15
    is_gap = (kind == INSERTION) | (kind == DELETION)
    totals = (np.cumsum(np.append(0, values)) for values in (is_gap, is_gap * (found.cigar >> 4)))
    opens, residues = (np.diff(total[found.cigar_offsets]) for total in totals)
    return opens, residues


def write_hits(
    files: HitFiles, tables: Iterable[pa.Table], parameters: Mapping[str, Any], fingerprint: str
) -> int:
    """Write tables with the columns of ``HITS`` to all three files; return the rows written.

    Args:
        files: output paths.
        tables: the hits, in order.
        parameters: settings, JSON-serialisable.
        fingerprint: hash of settings, input and code.
    """
    schema = schema_to_write(HITS, parameters, fingerprint)
    rows = 0
    with (
        atomic_write(files.parquet) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd") as writer,
        atomic_gzip(files.paf) as paf,
        atomic_write(files.blast_table) as temporary_table,
        temporary_table.open("wb") as blast_table,
    ):
        for table in tables:
            if len(table):
                writer.write_table(table.select(schema.names).cast(schema))
                paf.write(hit_paf_text(table))
                blast_table.write(blast_table_text(table))
                rows += len(table)
    return rows


def read_hits(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read some or all columns of a Parquet file that ``write_hits`` wrote.

    Raises:
        InputError: if the file has another format or version.
    """
    return read_table(path, HITS, columns)


def hit_paf_text(table: pa.Table) -> bytes:
    """Return the rows as lines of PAF, as ``formats.alignments.paf_text`` does."""
    return paf_text(table.select(list(PAF_NAMES.values())).rename_columns(list(PAF_NAMES)))


def blast_table_text(table: pa.Table) -> bytes:
    """Return the rows as lines of BLAST's table, with numbers formatted as by BLAST+ 2.12.

    Columns: qseqid sseqid pident length mismatch gapopen qstart qend sstart send evalue bitscore.
    """
    is_reverse = pc.equal(table["strand"], "-")
    first, end = pc.add(table["target_start"], 1), table["target_end"]
    identity = pc.divide(pc.multiply(100.0, table["matches"]), table["alignment_length"])
    columns = [
        table["query"],
        table["target"],
        [f"{percent:.3f}" for percent in identity.to_pylist()],
        *(table[name] for name in ("alignment_length", "mismatches", "gap_opens")),
        pc.add(table["query_start"], 1),
        table["query_end"],
        pc.if_else(is_reverse, end, first),
        pc.if_else(is_reverse, first, end),
        [evalue_text(value) for value in table["evalue"].to_pylist()],
        [bit_score_text(value) for value in table["bit_score"].to_pylist()],
    ]
    texts = [pa.array(column) if isinstance(column, list) else column for column in columns]
    lines = pc.binary_join_element_wise(*(text.cast(pa.string()) for text in texts), "\t")
    return "".join(f"{line}\n" for line in lines.to_pylist()).encode()


def evalue_text(evalue: float) -> str:
    """Format an E-value as BLAST does."""
    if evalue < 1e-180:
        return "0.0"
    if evalue < 0.0009:
        return f"{evalue:.2e}"
    if evalue < 10:
        digits = 3 if evalue < 0.1 else 2 if evalue < 1 else 1
        return f"{evalue:.{digits}f}"
    return f"{evalue:.0f}"


def bit_score_text(bits: float) -> str:
    """Format a bit score as BLAST does: truncated, not rounded, above 99.9."""
    if bits > 99_999:
        return f"{bits:.3e}"
    return str(int(bits)) if bits > 99.9 else f"{bits:.1f}"
