"""Truth tables: origins of simulated reads as a gzip-compressed TSV table.

Columns: read_id (name/1 and name/2 of pairs, name of single reads), genome, start, end, strand,
sequence. Start and end are 0-based, half-open, on the forward strand of the sequence of this name
in the genome's FASTA file; adapter bases are left out. Further columns, where the community or the
library needs them:

    circle_length  length of the sequence if it is circular, else 0. The end on a circular sequence
                   may exceed this length: the read continues at its first base
    chimeric       1 if the fragment is joined from two places, else 0. Of a read that contains the
                   junction, the origin is that of the longer part
    offset         bases of the read before its origin: of the other part, if it comes first
    other_part     the shorter part of a read that contains the junction: genome, sequence, start,
                   end and strand, separated by spaces; else empty
    duplicate_of   read_id of the read of which this one is a PCR copy, with errors of its own; or
                   empty

Tables without the column sequence, of earlier versions, are of genomes of one sequence each.
"""

import gzip
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv

from readkin.errors import InputError
from readkin.formats.truth_columns import CIRCLE_LENGTH, OFFSET, SEQUENCE, TRUTH_COLUMNS

TYPES = (pa.string(), pa.string(), pa.int64(), pa.int64(), pa.string())
ABSENT: Mapping[str, str | int] = {SEQUENCE: "", CIRCLE_LENGTH: 0, OFFSET: 0}
TYPE_OF_COLUMN = (
    dict(zip(TRUTH_COLUMNS, TYPES, strict=True))
    | {SEQUENCE: pa.string()}
    | dict.fromkeys((CIRCLE_LENGTH, OFFSET), pa.int64())
)


class Truth(NamedTuple):
    """Origins of n reads in a given order.

    Attributes:
        genomes: names of the genomes, sorted.
        genome: int32 (n,), index into ``genomes``.
        sequence: int32 (n,), number of the sequence, different for all sequences of all genomes.
        start, end: int64 (n,), as in the table.
        is_reverse: bool (n,), strand "-".
        circle_length, offset: int64 (n,), as in the table; 0 without this column.
    """

    genomes: tuple[str, ...]
    genome: np.ndarray
    sequence: np.ndarray
    start: np.ndarray
    end: np.ndarray
    is_reverse: np.ndarray
    circle_length: np.ndarray
    offset: np.ndarray


def truth_header(columns: Sequence[str]) -> bytes:
    """Return the header line."""
    return ("\t".join(columns) + "\n").encode("ascii")


def truth_rows(columns: Mapping[str, Sequence[str | int]]) -> bytes:
    """Return the lines of n reads.

    Args:
        columns: n values each, by the name of the column, in the order of the header.
    """
    rows = zip(*(map(str, values) for values in columns.values()), strict=True)
    return "".join("\t".join(row) + "\n" for row in rows).encode("utf-8")


def read_truth(path: Path, read_ids: pa.ChunkedArray) -> Truth:
    """Read the origins of the reads ``read_ids``, in that order.

    Args:
        path: truth table; it may contain further reads.
        read_ids: ids of n reads, strings.

    Raises:
        InputError: if the file is not a truth table, contains a read twice, or lacks a read.
    """
    table = _read_table(path)
    rows = pa.compute.index_in(read_ids, value_set=table["read_id"])
    if rows.null_count:
        missing = read_ids[rows.is_null().index(True).as_py()]
        raise InputError(
            path,
            f"no read {missing} ({rows.null_count} of {len(read_ids)} reads are missing)",
            "every read of the clusters",
            "provide the truth table that was simulated together with these reads",
        )
    table = table.take(rows)
    names, genome = _numbered(table["genome"])
    _, sequence = _numbered(table[SEQUENCE])
    n_sequences = int(sequence.max(initial=0)) + 1
    _, number = np.unique(genome.astype(np.int64) * n_sequences + sequence, return_inverse=True)
    return Truth(
        genomes=names,
        genome=genome,
        sequence=number.astype(np.int32),
        start=table["start"].to_numpy(),
        end=table["end"].to_numpy(),
        is_reverse=pa.compute.equal(table["strand"], "-").to_numpy(),
        circle_length=table[CIRCLE_LENGTH].to_numpy(),
        offset=table[OFFSET].to_numpy(),
    )


def _numbered(names: pa.ChunkedArray) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the different names, sorted, and the index of each value into them, int32."""
    coded = names.combine_chunks().dictionary_encode()
    different = coded.dictionary.to_pylist()
    order = sorted(range(len(different)), key=different.__getitem__)
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return tuple(sorted(different)), rank[coded.indices.to_numpy()]


def _read_table(path: Path) -> pa.Table:
    try:
        with gzip.open(path, "rb") as file:
            table = pyarrow.csv.read_csv(
                file,
                parse_options=pyarrow.csv.ParseOptions(delimiter="\t", quote_char=False),
                convert_options=pyarrow.csv.ConvertOptions(column_types=TYPE_OF_COLUMN),
            )
    except (pa.ArrowInvalid, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _not_a_truth_table(path, str(error)) from None
    absent = [name for name in TRUTH_COLUMNS if name not in table.column_names]
    if absent:
        raise _not_a_truth_table(path, f"no column {', '.join(absent)}")
    for name, value in ABSENT.items():
        if name not in table.column_names:
            values = pa.array([value], TYPE_OF_COLUMN[name]).take(np.zeros(len(table), np.int64))
            table = table.append_column(name, values)
    _check_values(path, table)
    return table


def _check_values(path: Path, table: pa.Table) -> None:
    strands = set(pa.compute.unique(table["strand"]).to_pylist())
    if not strands <= {"+", "-"}:
        raise _not_a_truth_table(path, f"strand {min(strands - {'+', '-'})!r}")
    backwards = pa.compute.less(table["end"], table["start"]).index(True).as_py()
    if backwards >= 0:
        raise _not_a_truth_table(
            path, f"an end before the start of read {table['read_id'][backwards]}"
        )
    counts = pa.compute.value_counts(table["read_id"])
    repeated = pa.compute.greater(counts.field("counts"), 1).index(True).as_py()
    if repeated >= 0:
        raise _not_a_truth_table(path, f"read {counts.field('values')[repeated]} more than once")


def _not_a_truth_table(path: Path, found: str) -> InputError:
    expected = f"a gzip-compressed TSV table with columns {', '.join(TRUTH_COLUMNS)}"
    return InputError(path, found, expected, "provide a truth table that simulate_reads wrote")
