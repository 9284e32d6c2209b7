"""Comparison of two folders of results; HDF5, Parquet and gzip are compared by content.

The parts of a folder of alignments are compared as one table, however it is cut.
"""

import gzip
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow.parquet as pq

from readkin.formats.alignment_parts import open_alignments

# It shows time and memory of the run; reads and settings determine all other files.
OF_THE_RUN = ("report.html",)


def differing_files(one: Path, other: Path) -> list[str]:
    """Return the relative paths of files that differ or are missing in one of the folders."""
    files = {file for folder in (one, other) for file in _files(folder)}
    return sorted(
        str(file)
        for file in files
        if not (one / file).exists()
        or not (other / file).exists()
        or _content(one / file) != _content(other / file)
    )


def _files(folder: Path) -> list[Path]:
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    files = [file for file in files if file.name not in OF_THE_RUN and file.name[0] != "."]
    return [file.parent if file.parent.name == "alignments" else file for file in files]


def _content(file: Path) -> Any:
    if file.is_dir():
        found = open_alignments(file)
        return found.fingerprint, found.reads_fingerprint, found.table().to_pydict()
    match file.suffix:
        case ".h5":
            return _hdf5_content(file)
        case ".parquet":
            table = pq.read_table(file)
            return table.schema.to_string(), table.schema.metadata, table.to_pydict()
        case ".gz":
            return gzip.decompress(file.read_bytes())
        case _:
            return file.read_bytes()


def _hdf5_content(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = {}

    def note(name: str, item: h5py.Group | h5py.Dataset) -> None:
        values = (item.dtype.str, item.shape, item[()].tobytes()) if hasattr(item, "dtype") else ()
        content[name] = (_attributes(item), values)

    with h5py.File(file) as opened:
        content["/"] = _attributes(opened)
        opened.visititems(note)
    return content


def _attributes(item: h5py.HLObject) -> dict[str, Any]:
    """Return the attributes, with arrays as lists, so that == compares them."""
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in item.attrs.items()
    }
