"""Whether two folders of results say the same: HDF5, Parquet and gzip compared by content."""

import gzip
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow.parquet as pq

# Its page tells time and memory of the run; everything else is decided by reads and settings.
OF_THE_RUN = ("report.html",)


def differing_files(one: Path, other: Path) -> list[str]:
    """Relative paths of files that only one of the folders has, or that differ."""
    files = {file for folder in (one, other) for file in _files(folder)}
    return sorted(
        str(file)
        for file in files
        if not (one / file).is_file()
        or not (other / file).is_file()
        or _content(one / file) != _content(other / file)
    )


def _files(folder: Path) -> list[Path]:
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return [file for file in files if file.name not in OF_THE_RUN and file.name[0] != "."]


def _content(file: Path) -> Any:
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
    """Arrays among them as lists, which can be compared as a whole."""
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in item.attrs.items()
    }
