"""Where each simulated read came from: a gzip-compressed TSV table, written and read here.

Columns: read_id (name/1 and name/2 of pairs, name of single reads), genome, start, end, strand.
Start and end are 0-based, half-open, on the forward strand of the genome; adapter read through is
left out. A table of a community with circular genomes has the sixth column circle_length, the
genome's length (0 for a linear one); there, end may exceed it: the read goes on at the genome's
first base.
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

COLUMNS = {
    "read_id": pa.string(),
    "genome": pa.string(),
    "start": pa.int64(),
    "end": pa.int64(),
    "strand": pa.string(),
}
CIRCLE = "circle_length"


class Truth(NamedTuple):
    """Origins of n reads in a given order.

    Attributes:
        genomes: names of the genomes, sorted.
        genome: int32 (n,), index into ``genomes``.
        start, end: int64 (n,), as in the table.
        is_reverse: bool (n,), strand "-".
        circle_length: int64 (n,), as in the table; 0 where it has no such column.
    """

    genomes: tuple[str, ...]
    genome: np.ndarray
    start: np.ndarray
    end: np.ndarray
    is_reverse: np.ndarray
    circle_length: np.ndarray


class TruthWriter:
    """Writes the rows of an open table, its header first.

    Args:
        file: open for writing.
        circle_length: length of each circular genome of the community, by name.
    """

    def __init__(self, file: gzip.GzipFile, circle_length: Mapping[str, int]) -> None:
        self.file = file
        self.circle_length = circle_length
        columns = [*COLUMNS, CIRCLE] if circle_length else [*COLUMNS]
        file.write(("\t".join(columns) + "\n").encode("ascii"))

    def write(self, origins: Iterable[tuple[str, str, int, int, bool]]) -> None:
        """Append origins: read_id, genome, start, end, whether it is of the reverse strand."""
        circles = self.circle_length
        lines = []
        for read_id, genome, start, end, is_reverse in origins:
            circle = f"\t{circles.get(genome, 0)}" if circles else ""
            lines.append(f"{read_id}\t{genome}\t{start}\t{end}\t{'+-'[is_reverse]}{circle}\n")
        self.file.write("".join(lines).encode("utf-8"))


def read_truth(path: Path, read_ids: pa.ChunkedArray) -> Truth:
    """Origins of the reads ``read_ids`` (text), in that order; the table may hold more reads.

    Raises:
        InputError: if the file is no such table, names a read twice, or lacks one of the reads.
    """
    table = _read_table(path)
    rows = pa.compute.index_in(read_ids, value_set=table["read_id"])
    if rows.null_count:
        missing = read_ids[rows.is_null().index(True).as_py()]
        raise InputError(
            path,
            f"no read {missing} ({rows.null_count} of {len(read_ids)} reads are missing)",
            "every read of the clusters",
            "give the truth table that was simulated together with these reads",
        )
    table = table.take(rows)
    genome = table["genome"].combine_chunks().dictionary_encode()
    names = genome.dictionary.to_pylist()
    order = np.argsort(np.array(names, object)) if names else np.empty(0, np.int64)
    rank = np.empty(len(names), np.int32)
    rank[order] = np.arange(len(names), dtype=np.int32)
    return Truth(
        tuple(sorted(names)),
        rank[genome.indices.to_numpy()],
        table["start"].to_numpy(),
        table["end"].to_numpy(),
        pa.compute.equal(table["strand"], "-").to_numpy(),
        table[CIRCLE].to_numpy(),
    )


def _read_table(path: Path) -> pa.Table:
    kinds = COLUMNS | {CIRCLE: pa.int64()}
    try:
        with gzip.open(path, "rb") as file:
            table = pyarrow.csv.read_csv(
                file,
                parse_options=pyarrow.csv.ParseOptions(delimiter="\t", quote_char=False),
                convert_options=pyarrow.csv.ConvertOptions(column_types=kinds),
            )
    except (pa.ArrowInvalid, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _no_table(path, str(error)) from None
    absent = [name for name in COLUMNS if name not in table.column_names]
    if absent:
        raise _no_table(path, f"no column {', '.join(absent)}")
    if CIRCLE not in table.column_names:
        table = table.append_column(CIRCLE, pa.array(np.zeros(len(table), np.int64)))
    _check_values(path, table)
    return table


def _check_values(path: Path, table: pa.Table) -> None:
    strands = set(pa.compute.unique(table["strand"]).to_pylist())
    if not strands <= {"+", "-"}:
        raise _no_table(path, f"strand {min(strands - {'+', '-'})!r}")
    backwards = pa.compute.less(table["end"], table["start"]).index(True).as_py()
    if backwards >= 0:
        raise _no_table(path, f"an end before the start of read {table['read_id'][backwards]}")
    counts = pa.compute.value_counts(table["read_id"])
    repeated = pa.compute.greater(counts.field("counts"), 1).index(True).as_py()
    if repeated >= 0:
        raise _no_table(path, f"read {counts.field('values')[repeated]} more than once")


def _no_table(path: Path, found: str) -> InputError:
    expected = f"a gzip-compressed TSV table with columns {', '.join(COLUMNS)}"
    return InputError(path, found, expected, "give a truth table as simulate_reads writes it")
