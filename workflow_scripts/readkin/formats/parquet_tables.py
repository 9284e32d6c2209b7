"""Parquet tables with format, version, settings and fingerprint in their metadata."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from readkin.errors import InputError
from readkin.formats.hdf5_schema import GENERATED_BY


class TableFormat(NamedTuple):
    """One kind of table.

    Attributes:
        name: value of ``format`` in the metadata.
        version: version of the columns; raised with every change.
        schema: the columns, without metadata of the table.
        remedy: what the user should do with any other file.
        may_have_more: whether further columns may follow.
    """

    name: str
    version: int
    schema: pa.Schema
    remedy: str
    may_have_more: bool = False


def schema_of(columns: Mapping[str, tuple[pa.DataType, str, str]]) -> pa.Schema:
    """Return a schema of columns without nulls from ``{name: (type, unit, meaning)}``."""
    return pa.schema(
        [
            pa.field(name, kind, nullable=False, metadata={"unit": unit, "description": meaning})
            for name, (kind, unit, meaning) in columns.items()
        ]
    )


def schema_to_write(
    kind: TableFormat, parameters: Mapping[str, Any], fingerprint: str
) -> pa.Schema:
    """Return the schema of one file, with its metadata.

    Args:
        kind: kind of the table.
        parameters: settings, JSON-serialisable.
        fingerprint: hash of settings, input and code.
    """
    return kind.schema.with_metadata(
        {
            "format": kind.name,
            "format_version": str(kind.version),
            "generated_by": GENERATED_BY,
            "parameters": json.dumps(parameters, sort_keys=True),
            "fingerprint": fingerprint,
        }
    )


@contextmanager
def open_table(path: Path, kind: TableFormat) -> Iterator[pq.ParquetFile]:
    """Open a table of this kind for reading.

    Raises:
        InputError: if the file has another format or version, or if it is damaged.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            _check_schema(path, kind, file.schema_arrow)
            yield file
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(path, f"no readable Parquet ({error})", kind.name, kind.remedy) from None


def read_table(path: Path, kind: TableFormat, columns: Sequence[str] | None = None) -> pa.Table:
    """Read some or all columns of a table of this kind.

    Raises:
        InputError: as ``open_table``.
    """
    with open_table(path, kind) as file:
        return file.read(columns=None if columns is None else list(columns))


def _check_schema(path: Path, kind: TableFormat, schema: pa.Schema) -> None:
    metadata = schema.metadata or {}
    for key, expected in (("format", kind.name), ("format_version", str(kind.version))):
        found = metadata.get(key.encode(), b"nothing").decode()
        if found != expected:
            raise InputError(f"{path}:{key}", found, expected, kind.remedy)
    first = pa.schema(list(schema)[: len(kind.schema)]) if kind.may_have_more else schema
    if not first.equals(kind.schema):
        names = ", ".join(f"{field.name} {field.type}" for field in schema)
        raise InputError(path, f"the columns {names}", "those of this version", kind.remedy)
