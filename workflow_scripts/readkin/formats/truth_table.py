"""Truth tables: origins of simulated reads as a gzip-compressed TSV table.

Columns: read_id (name/1 and name/2 of pairs, name of single reads), genome, start, end, strand.
Start and end are 0-based, half-open, on the forward strand of the genome; adapter bases are left
out. A table of a community with circular genomes has the sixth column circle_length, the length of
the genome (0 for a linear one). The end on a circular genome may exceed this length: the read
continues at the first base of the genome.
"""

import gzip
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv

from readkin.errors import InputError
from readkin.formats.truth_columns import CIRCLE_LENGTH, TRUTH_COLUMNS

TYPES = (pa.string(), pa.string(), pa.int64(), pa.int64(), pa.string())
TYPE_OF_COLUMN = dict(zip(TRUTH_COLUMNS, TYPES, strict=True)) | {CIRCLE_LENGTH: pa.int64()}


class Truth(NamedTuple):
    """Origins of n reads in a given order.

    Attributes:
        genomes: names of the genomes, sorted.
        genome: int32 (n,), index into ``genomes``.
        start, end: int64 (n,), as in the table.
        is_reverse: bool (n,), strand "-".
        circle_length: int64 (n,), as in the table; 0 without this column.
    """

    genomes: tuple[str, ...]
    genome: np.ndarray
    start: np.ndarray
    end: np.ndarray
    is_reverse: np.ndarray
    circle_length: np.ndarray


class TruthWriter:
    """Writer of a truth table; it writes the header first.

    Args:
        file: open for writing.
        circle_length: length of each circular genome of the community, by name.
    """

    def __init__(self, file: gzip.GzipFile, circle_length: Mapping[str, int]) -> None:
        self.file = file
        self.circle_length = circle_length
        columns = [*TRUTH_COLUMNS, *([CIRCLE_LENGTH] if circle_length else [])]
        file.write(("\t".join(columns) + "\n").encode("ascii"))

    def write(self, origins: Iterable[tuple[str, str, int, int, bool]]) -> None:
        """Append origins: read_id, genome, start, end, whether the strand is the reverse one."""
        circles = self.circle_length
        lines = []
        for read_id, genome, start, end, is_reverse in origins:
            circle = f"\t{circles.get(genome, 0)}" if circles else ""
            lines.append(f"{read_id}\t{genome}\t{start}\t{end}\t{'+-'[is_reverse]}{circle}\n")
        self.file.write("".join(lines).encode("utf-8"))


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
    genome = table["genome"].combine_chunks().dictionary_encode()
    names = genome.dictionary.to_pylist()
    order = np.argsort(np.array(names, object)) if names else np.empty(0, np.int64)
    rank = np.empty(len(names), np.int32)
    rank[order] = np.arange(len(names), dtype=np.int32)
    return Truth(
        genomes=tuple(sorted(names)),
        genome=rank[genome.indices.to_numpy()],
        start=table["start"].to_numpy(),
        end=table["end"].to_numpy(),
        is_reverse=pa.compute.equal(table["strand"], "-").to_numpy(),
        circle_length=table[CIRCLE_LENGTH].to_numpy(),
    )


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
    if CIRCLE_LENGTH not in table.column_names:
        table = table.append_column(CIRCLE_LENGTH, pa.array(np.zeros(len(table), np.int64)))
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
