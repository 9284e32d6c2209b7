"""Every HDF5 layout, declared once: from here files are made, checked on opening and documented.

The page docs/file-formats.md is rendered from these declarations (docs/pages/file_formats.py).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from readkin.errors import InputError
from readkin.formats.embedding_layouts import EMBEDDING_SHARD, EMBEDDINGS, READS_FINGERPRINT
from readkin.formats.hdf5_layouts import Attribute, Dataset, Layout

GENERATED_BY = "readkin 0.1.0"

COMMON_ATTRIBUTES = (
    Attribute("format", str, "Which of the layouts on this page the file has."),
    Attribute("format_version", int, "Version of the layout; readers refuse any other."),
    Attribute("generated_by", str, "Program and version that wrote the file."),
    Attribute("parameters", str, "Settings that the content follows from, as JSON."),
    Attribute(
        "fingerprint",
        str,
        "SHA-256 of what decides the content: settings and the code of the method.",
    ),
)

PAIRS = Layout(
    "readkin-pairs",
    2,
    "Candidate pairs of reads, each once with read_a < read_b, sorted by (read_a, read_b). Of reads"
    " with the same bases, on either strand, the first stands for all: the others have one pair,"
    " that with the first, and no votes but its keys.",
    (
        READS_FINGERPRINT,
        Attribute("embeddings_fingerprint", str, "fingerprint of the embeddings joined."),
        Attribute("n_reads", int, "Number of reads that were joined."),
    ),
    (
        Dataset("read_a", ("pairs",), "<u8", "", "read_index of the first read."),
        Dataset("read_b", ("pairs",), "<u8", "", "read_index of the second read."),
        Dataset(
            "votes", ("pairs",), "<u4", "keys", "Sampled k-mers that both share on that strand."
        ),
        Dataset(
            "is_reverse",
            ("pairs",),
            "u1",
            "",
            "1 where the second read is taken as its reverse complement, else 0.",
        ),
        Dataset(
            "diagonal",
            ("pairs",),
            "<i4",
            "bp",
            "Position in the first read minus position in the second (reverse-complemented where"
            " is_reverse): the most frequent of all votes, of equally frequent ones that of the"
            " longest overlap, then the smallest.",
        ),
        Dataset(
            "duplicates/read",
            ("duplicates",),
            "<u8",
            "",
            "read_index of a read with the same bases as an earlier one, on either strand.",
        ),
        Dataset(
            "duplicates/original", ("duplicates",), "<u8", "", "read_index of the earlier read."
        ),
    ),
)

LAYOUTS = (EMBEDDINGS, EMBEDDING_SHARD, PAIRS)


def create(
    path: Path, layout: Layout, parameters: Mapping[str, Any], fingerprint: str
) -> h5py.File:
    """Make a new file of ``layout`` with the attributes that all layouts share.

    The caller adds the layout's own attributes (``file.attrs``) and its arrays (``add_array``,
    ``add_growing_array``), and closes the file.

    Args:
        path: where; an existing file is replaced.
        layout: what the file is.
        parameters: settings that decide the content, JSON-serialisable.
        fingerprint: SHA-256 of what decides the content, in hexadecimal.
    """
    file = h5py.File(path, "w")
    file.attrs["format"] = layout.format
    file.attrs["format_version"] = layout.version
    file.attrs["generated_by"] = GENERATED_BY
    file.attrs["parameters"] = json.dumps(parameters, sort_keys=True)
    file.attrs["fingerprint"] = fingerprint
    return file


def add_array(file: h5py.File, layout: Layout, name: str, values: np.ndarray) -> None:
    """Write array ``name`` with its dtype if that is a declared one, else with the first declared.

    Raises:
        ValueError: if the number of axes is not the declared one.
    """
    declared = layout.dataset(name)
    if values.ndim != len(declared.dims):
        raise ValueError(f"{name}: {values.ndim} axes given, {declared.dims} declared")
    dtype = values.dtype if values.dtype in map(np.dtype, declared.dtypes) else declared.dtype
    file.create_dataset(name, data=values.astype(dtype, copy=False))


def add_growing_array(file: h5py.File, layout: Layout, name: str, chunk: int = 65536) -> None:
    """Make the empty one-axis array ``name``, to be filled by ``append``."""
    declared = layout.dataset(name)
    file.create_dataset(name, (0,), declared.dtype, maxshape=(None,), chunks=(chunk,))


def append(file: h5py.File, name: str, values: np.ndarray) -> None:
    """Write ``values`` behind those that growing array ``name`` holds already."""
    array = file[name]
    end = array.shape[0]
    array.resize(end + len(values), axis=0)
    array[end:] = values


def open_checked(
    path: Path, layout: Layout, expected_attributes: Mapping[str, Any] | None = None
) -> h5py.File:
    """Open a file for reading after checking that it is one of ``layout``, whole.

    Args:
        path: the file.
        layout: what it should be.
        expected_attributes: values that root attributes must have, such as the
            ``reads_fingerprint`` of the reads to be used with it.

    Raises:
        InputError: if it is missing, no HDF5 file or truncated, of another format or version, or
            if an attribute or array is missing, of another dtype or shape, or has another value.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(path, "no such file", f"a {layout.format} file", _make_again(layout))
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise InputError(
            path, f"no readable HDF5 file ({error})", f"a {layout.format} file", _make_again(layout)
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


def _check_attributes(file: h5py.File, path: Path, layout: Layout) -> None:
    for attribute in COMMON_ATTRIBUTES + layout.attributes:
        where = f"{path}:{attribute.name}"
        if attribute.name not in file.attrs:
            raise InputError(
                where, "no such attribute", f"that of a {layout.format} file", _make_again(layout)
            )
        value = file.attrs[attribute.name]
        accepted = (int, np.integer) if attribute.kind is int else attribute.kind
        if not isinstance(value, accepted):
            kind = attribute.kind.__name__
            raise InputError(where, f"{value!r}", f"a value of type {kind}", _make_again(layout))
    for name, expected in (("format", layout.format), ("format_version", layout.version)):
        _check_equal(f"{path}:{name}", file.attrs[name], expected, layout)


def _check_arrays(file: h5py.File, path: Path, layout: Layout) -> None:
    lengths: dict[str, tuple[int, str]] = {}
    for declared in layout.datasets:
        where = f"{path}:{declared.name}"
        array = file.get(declared.name)
        if not isinstance(array, h5py.Dataset):
            raise InputError(
                where,
                "no such array",
                f"{' or '.join(declared.dtypes)} of ({', '.join(declared.dims)})",
                _make_again(layout),
            )
        if array.dtype not in map(np.dtype, declared.dtypes):
            expected = " or ".join(declared.dtypes)
            _check_equal(where, f"dtype {array.dtype.str}", f"dtype {expected}", layout)
        if array.ndim != len(declared.dims):
            _check_equal(where, f"{array.ndim} axes", f"{len(declared.dims)} axes", layout)
        for axis, length in zip(declared.dims, array.shape, strict=True):
            known, other = lengths.setdefault(axis, (length, declared.name))
            if length != known:
                raise InputError(
                    where,
                    f"{length} {axis}",
                    f"{known} as in {other}",
                    _make_again(layout),
                )


def _check_equal(where: str, found: Any, expected: Any, layout: Layout) -> None:
    if found != expected:
        raise InputError(where, str(found), str(expected), _make_again(layout))


def _make_again(layout: Layout) -> str:
    stage = "find_pairs" if layout is PAIRS else "embed_reads"
    return f"make it again with {stage}"
