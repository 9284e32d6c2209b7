"""Tables as tab-separated text with a line of column names, for people, spreadsheets and awk."""

from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write

ROWS_PER_BATCH = 100_000
DIGITS = 4
"""Digits behind the point."""


def write_tsv(path: Path, table: pa.Table) -> None:
    """Write a table; lists are separated by commas, and missing values and nan are empty."""
    with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        write_names(file, table.column_names)
        write_rows(file, table)


def write_names(file: TextIO, names: Sequence[str]) -> None:
    """Write the line of column names."""
    file.write("\t".join(names) + "\n")


def write_rows(file: TextIO, table: pa.Table) -> None:
    """Write the rows of a table as ``write_tsv`` does."""
    for batch in table.to_batches(max_chunksize=ROWS_PER_BATCH):
        texts = [pc.fill_null(_as_text(column), "") for column in batch.columns]
        lines = pc.binary_join_element_wise(*texts, "\t")
        file.writelines(f"{line}\n" for line in lines.to_pylist())


def read_tsv(path: Path, types: dict[str, pa.DataType], remedy: str) -> pa.Table:
    """Read a table that ``write_tsv`` wrote.

    Args:
        path: the file.
        types: types of some columns; those of the others follow from their values.
        remedy: what the user should do with any other file.

    Raises:
        InputError: if the file is another one.
    """
    expected = "a table with the columns " + ", ".join(types)
    try:
        table = pyarrow.csv.read_csv(
            path,
            parse_options=pyarrow.csv.ParseOptions(delimiter="\t", quote_char=False),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=types, null_values=[""], strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise InputError(path, f"another table ({error})", expected, remedy) from None
    if missing := [name for name in types if name not in table.column_names]:
        raise InputError(path, f"no column {', '.join(missing)}", expected, remedy)
    return table


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_list(column.type):
        values = _as_text(column.flatten())
        offsets = pc.subtract(column.offsets, column.offsets[0])
        return pc.binary_join(pa.ListArray.from_arrays(offsets, values), ",")
    if pa.types.is_floating(column.type):
        column = pc.round(pc.if_else(pc.is_nan(column), None, column), DIGITS)
    return column.cast(pa.string())
