"""HDF5 files created and checked by their declared layouts (hdf5_schema.py)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from readkin.errors import InputError
from readkin.formats.hdf5_schema import COMMON_ATTRIBUTES, GENERATED_BY, FileLayout


def create(
    path: Path, layout: FileLayout, parameters: Mapping[str, Any], fingerprint: str
) -> h5py.File:
    """Create a file of ``layout`` with the attributes that all layouts share.

    The caller adds the layout's own attributes (``file.attrs``) and its arrays (``add_array``),
    and closes the file.

    Args:
        path: the file; an existing one is replaced.
        layout: layout of the file.
        parameters: settings that determine the content, JSON-serialisable.
        fingerprint: SHA-256 of what determines the content, in hexadecimal.
    """
    file = h5py.File(path, "w")
    file.attrs["format"] = layout.format
    file.attrs["format_version"] = layout.version
    file.attrs["generated_by"] = GENERATED_BY
    file.attrs["parameters"] = json.dumps(parameters, sort_keys=True)
    file.attrs["fingerprint"] = fingerprint
    return file


def add_array(file: h5py.File, layout: FileLayout, name: str, values: np.ndarray) -> None:
    """Write array ``name``, with its own dtype if the layout declares it, else the first declared.

    Raises:
        ValueError: if the number of axes is not the declared one.
    """
    declared = layout.dataset(name)
    if values.ndim != len(declared.dims):
        raise ValueError(f"{name}: {values.ndim} axes given, {declared.dims} declared")
    dtype = values.dtype if values.dtype in map(np.dtype, declared.dtypes) else declared.dtype
    file.create_dataset(name, data=values.astype(dtype, copy=False))


def open_checked(
    path: Path, layout: FileLayout, expected_attributes: Mapping[str, Any] | None = None
) -> h5py.File:
    """Open a file for reading after checking that it is complete and has this layout.

    Args:
        path: the file.
        layout: layout that it should have.
        expected_attributes: values that root attributes must have, such as the
            ``reads_fingerprint`` of the reads that are used with the file.

    Raises:
        InputError: if the file is missing, truncated, not HDF5, or of another format or version;
            or if an attribute or array is missing or has another type, shape or value.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(path, "no such file", f"a {layout.format} file", _what_to_do(layout))
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise InputError(
            path, f"no readable HDF5 file ({error})", f"a {layout.format} file", _what_to_do(layout)
        ) from None
    try:
        _check_attributes(file, path, layout)
        _check_arrays(file, path, layout)
        for name, value in (expected_attributes or {}).items():
            _check_equal(f"{path}:{name}", file.attrs[name], value, layout)
    except BaseException:
        file.close()
        raise
    return file


def _check_attributes(file: h5py.File, path: Path, layout: FileLayout) -> None:
    for attribute in COMMON_ATTRIBUTES + layout.attributes:
        where = f"{path}:{attribute.name}"
        if attribute.name not in file.attrs:
            declared = f"that of a {layout.format} file"
            raise InputError(where, "no such attribute", declared, _what_to_do(layout))
        value = file.attrs[attribute.name]
        accepted = (int, np.integer) if attribute.kind is int else attribute.kind
        if not isinstance(value, accepted):
            kind = attribute.kind.__name__
            raise InputError(where, f"{value!r}", f"a value of type {kind}", _what_to_do(layout))
    for name, expected in (("format", layout.format), ("format_version", layout.version)):
        _check_equal(f"{path}:{name}", file.attrs[name], expected, layout)


def _check_arrays(file: h5py.File, path: Path, layout: FileLayout) -> None:
    lengths: dict[str, tuple[int, str]] = {}
    for declared in layout.datasets:
        where = f"{path}:{declared.name}"
        array = file.get(declared.name)
        if not isinstance(array, h5py.Dataset):
            expected = f"{' or '.join(declared.dtypes)} of ({', '.join(declared.dims)})"
            raise InputError(where, "no such array", expected, _what_to_do(layout))
        if array.dtype not in map(np.dtype, declared.dtypes):
            expected = " or ".join(declared.dtypes)
            _check_equal(where, f"dtype {array.dtype.str}", f"dtype {expected}", layout)
        if array.ndim != len(declared.dims):
            _check_equal(where, f"{array.ndim} axes", f"{len(declared.dims)} axes", layout)
        for axis, length in zip(declared.dims, array.shape, strict=True):
            known, other = lengths.setdefault(axis, (length, declared.name))
            if length != known:
                expected = f"{known} as in {other}"
                raise InputError(where, f"{length} {axis}", expected, _what_to_do(layout))


def _check_equal(where: str, found: Any, expected: Any, layout: FileLayout) -> None:
    if found != expected:
        raise InputError(where, str(found), str(expected), _what_to_do(layout))


def _what_to_do(layout: FileLayout) -> str:
    return f"make it again with {layout.stage}"
