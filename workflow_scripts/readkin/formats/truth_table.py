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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv

from readkin.errors import InputError
from readkin.formats.truth_columns import CIRCLE_LENGTH, OFFSET, SEQUENCE, TRUTH_COLUMNS
from readkin.kernels.sequences.text_index import TextIndex, first_repeated, index_texts

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
    """Read the origins of the reads ``read_ids``, in that order, block by block.

    Args:
        path: truth table; it may contain further reads.
        read_ids: ids of n reads, strings.

    Raises:
        InputError: if the file is not a truth table, contains one of the reads twice, or lacks one.
    """
    index = index_texts(*_characters(read_ids))
    n = len(read_ids)
    del read_ids
    numbers = {
        "start": np.zeros(n, np.int64),
        "end": np.zeros(n, np.int64),
        CIRCLE_LENGTH: np.zeros(n, np.int64),
        OFFSET: np.zeros(n, np.int64),
    }
    is_reverse, is_known = np.zeros(n, bool), np.zeros(n, bool)
    place = np.zeros(n, np.int32)  # number of genome and sequence, as they appear
    places: dict[tuple[str, str], int] = {}
    for block in _blocks(path):
        row = index.find(*_characters(block["read_id"]))
        kept = np.flatnonzero(row >= 0)
        row = row[kept]
        repeated = first_repeated(row, is_known)
        if repeated >= 0:
            read_id = index.text(row[repeated]).decode()
            raise _not_a_truth_table(path, f"read {read_id} more than once")
        for name, column in numbers.items():
            column[row] = block[name].to_numpy()[kept]
        is_reverse[row] = pa.compute.equal(block["strand"], "-").to_numpy()[kept]
        place[row] = _numbered_places(block.take(pa.array(kept)), places)
    _complete(path, index, is_known, (*numbers.values(), is_reverse, place))
    genomes, genome, number = _sorted_places(places)
    return Truth(
        genomes=genomes,
        genome=genome[place],
        sequence=number[place],
        start=numbers["start"],
        end=numbers["end"],
        is_reverse=is_reverse,
        circle_length=numbers[CIRCLE_LENGTH],
        offset=numbers[OFFSET],
    )


def _characters(texts: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """Return the concatenated texts, uint8, and their bounds, int64 (n + 1,)."""
    bounds = np.zeros(len(texts) + 1, np.int64)
    parts, first, filled = [np.empty(0, np.uint8)], 0, 0
    for chunk in texts.chunks:
        if len(chunk):
            _, offsets, data = chunk.buffers()
            own = np.frombuffer(offsets, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
            if data is not None:
                parts.append(np.frombuffer(data, np.uint8)[own[0] : own[-1]])
            bounds[first + 1 : first + len(chunk) + 1] = filled + own[1:].astype(np.int64) - own[0]
            first += len(chunk)
            filled = int(bounds[first])
    return np.concatenate(parts), bounds


def _blocks(path: Path) -> Iterator[pa.Table]:
    """Yield the rows of a truth table in blocks, with all columns of ``TYPE_OF_COLUMN``."""
    try:
        with gzip.open(path, "rb") as file:
            names = file.readline().decode(errors="replace").rstrip("\r\n").split("\t")
            absent = [name for name in TRUTH_COLUMNS if name not in names]
            if absent:
                raise _not_a_truth_table(path, f"no column {', '.join(absent)}")
            file.seek(0)
            blocks = pyarrow.csv.open_csv(
                file,
                parse_options=pyarrow.csv.ParseOptions(delimiter="\t", quote_char=False),
                convert_options=pyarrow.csv.ConvertOptions(
                    column_types=TYPE_OF_COLUMN,
                    include_columns=[name for name in TYPE_OF_COLUMN if name in names],
                ),
            )
            for block in blocks:
                table = pa.Table.from_batches([block])
                for name, value in ABSENT.items():
                    if name not in names:
                        values = np.full(len(table), value, TYPE_OF_COLUMN[name].to_pandas_dtype())
                        table = table.append_column(name, pa.array(values, TYPE_OF_COLUMN[name]))
                _check_values(path, table)
                yield table
    except (pa.ArrowInvalid, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _not_a_truth_table(path, str(error)) from None


def _check_values(path: Path, table: pa.Table) -> None:
    strands = set(pa.compute.unique(table["strand"]).to_pylist())
    if not strands <= {"+", "-"}:
        raise _not_a_truth_table(path, f"strand {min(strands - {'+', '-'})!r}")
    backwards = pa.compute.less(table["end"], table["start"]).index(True).as_py()
    if backwards >= 0:
        raise _not_a_truth_table(
            path, f"an end before the start of read {table['read_id'][backwards]}"
        )


def _numbered_places(block: pa.Table, places: dict[tuple[str, str], int]) -> np.ndarray:
    """Return the number of genome and sequence of each row, int32; new ones are added."""
    names, codes = [], []
    for column in ("genome", SEQUENCE):
        coded = block[column].combine_chunks().dictionary_encode()
        names.append(coded.dictionary.to_pylist())
        codes.append(coded.indices.to_numpy().astype(np.int64))
    pairs, index = np.unique(codes[0] * len(names[1]) + codes[1], return_inverse=True)
    numbers = []
    for genome, sequence in (divmod(pair, len(names[1])) for pair in pairs.tolist()):
        place = names[0][genome], names[1][sequence]
        numbers.append(places.setdefault(place, len(places)))
    return np.array(numbers, np.int32)[index]


def _sorted_places(
    places: Mapping[tuple[str, str], int],
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Return the names of the genomes, sorted; genome and sorted number of each place, int32."""
    genomes = sorted({genome for genome, _ in places})
    number_of_genome = {genome: number for number, genome in enumerate(genomes)}
    genome, number = np.zeros(len(places), np.int32), np.zeros(len(places), np.int32)
    for rank, place in enumerate(sorted(places)):
        genome[places[place]], number[places[place]] = number_of_genome[place[0]], rank
    return tuple(genomes), genome, number


def _complete(
    path: Path, index: TextIndex, is_known: np.ndarray, columns: Iterable[np.ndarray]
) -> None:
    """Copy to reads with the id of an earlier read what is known of that one.

    Raises:
        InputError: if nothing is known of a read.
    """
    missing = np.flatnonzero(~is_known)
    if not missing.size:
        return
    ids = [index.text(row) for row in missing.tolist()]
    bounds = np.cumsum([0, *map(len, ids)], dtype=np.int64)
    earlier = index.find(np.frombuffer(b"".join(ids), np.uint8), bounds)
    unknown = np.flatnonzero(~is_known[earlier])
    if unknown.size:
        first = ids[unknown[0]].decode()
        raise InputError(
            path,
            f"no read {first} ({unknown.size} of {len(is_known)} reads are missing)",
            "every read of the clusters",
            "provide the truth table that was simulated together with these reads",
        )
    for column in columns:
        column[missing] = column[earlier]


def _not_a_truth_table(path: Path, found: str) -> InputError:
    expected = f"a gzip-compressed TSV table with columns {', '.join(TRUTH_COLUMNS)}"
    return InputError(path, found, expected, "provide a truth table that simulate_reads wrote")
