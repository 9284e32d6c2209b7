"""Virtual HDF5 files over shards: manifest, virtual arrays, and checks before reading.

HDF5 returns the fill value, without an error, where it cannot open a shard of a virtual array,
also because too many files are open. Therefore ``open_sharded`` compares each shard with the
manifest and raises the limit of open files, if necessary, before anything is read.
"""

import json
import os
import resource
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import h5py
import numpy as np

from readkin.errors import InputError
from readkin.formats.counts import write_json
from readkin.formats.hdf5_files import add_array, open_checked
from readkin.formats.hdf5_schema import Dataset, FileLayout
from readkin.provenance import sha256_of_file

MANIFEST = "manifest.json"
OTHER_FILES = 256  # that the process may have open beside the shards


class ShardEntry(Protocol):
    """Entry of a shard in the manifest: a NamedTuple with these fields and counts of its own."""

    @property
    def name(self) -> str:
        """File name in the folder of the shards."""

    @property
    def size(self) -> int:
        """Size of the file, bytes."""

    @property
    def sha256(self) -> str:
        """SHA-256 of the file."""

    def length(self, axis: str) -> int:
        """Return the length of an axis of the arrays in the layout."""

    def _asdict(self) -> dict[str, Any]:
        """Return the fields by name."""


class ShardedFormat(NamedTuple):
    """One kind of virtual file with its shards.

    Attributes:
        whole: layout of the virtual file; its attribute ``shards`` is the folder of the shards.
        shard: layout of a shard.
        entry: class of the entries of the manifest.
        what: name of the content, such as "embeddings".
        axis: axis whose length describes a shard in messages.
        manifest_version: of the manifest.
        checked: attributes of the virtual file that the manifest repeats.
    """

    whole: FileLayout
    shard: FileLayout
    entry: type
    what: str
    axis: str
    manifest_version: int
    checked: tuple[str, ...]

    @property
    def manifest_format(self) -> str:
        """Value of ``format`` in the manifest."""
        return f"{self.whole.format}-manifest"

    @property
    def remedy(self) -> str:
        """What to do if a file is damaged."""
        return f"make the {self.what} again with {self.whole.stage}"


class Source(NamedTuple):
    """Array of the shards that a virtual array shows.

    Attributes:
        name: of the array.
        dtype: of the array.
        width: lengths of its further axes.
    """

    name: str
    dtype: str
    width: tuple[int, ...] = ()


def write_manifest(
    kind: ShardedFormat,
    folder: Path,
    parameters: Mapping[str, Any],
    checked: Mapping[str, str],
    shards: Sequence[ShardEntry],
) -> None:
    """Write the manifest into the folder of the shards.

    Args:
        kind: format.
        folder: folder of the shards.
        parameters: settings that determine the content.
        checked: values of the attributes ``kind.checked``.
        shards: entries, in order.
    """
    manifest = {
        "format": kind.manifest_format,
        "format_version": kind.manifest_version,
        "parameters": dict(parameters),
        **{name: checked[name] for name in kind.checked},
        "shards": [shard._asdict() for shard in shards],
    }
    write_json(folder / MANIFEST, manifest)


def relative_folder(index: Path, folder: Path) -> str:
    """Return the folder of the shards as the virtual file refers to it."""
    return Path(os.path.relpath(folder, index.parent)).as_posix()


def add_virtual_array(
    file: h5py.File,
    kind: ShardedFormat,
    declared: Dataset,
    source: Source,
    shards: Sequence[ShardEntry],
) -> None:
    """Add a virtual array; HDF5 converts on reading if its dtype is not that of the shards.

    Args:
        file: virtual file, whose attribute ``shards`` is set.
        kind: format.
        declared: array to add.
        source: array of the shards.
        shards: entries of all shards, in order.
    """
    folder = file.attrs["shards"]
    dtype = source.dtype if source.dtype in declared.dtypes else declared.dtype
    lengths = [shard.length(declared.dims[0]) for shard in shards]
    total = sum(lengths)
    if total == 0:  # HDF5 has no virtual arrays without rows
        add_array(file, kind.whole, declared.name, np.zeros((0, *source.width), dtype))
        return
    # h5py's VirtualLayout would store the time at which the array was made.
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_obj_track_times(False)
    fill = np.nan if np.dtype(dtype).kind == "f" else 0
    properties.set_fill_value(np.array([fill], dtype))
    space = h5py.h5s.create_simple((total, *source.width))
    start = 0
    for shard, length in zip(shards, lengths, strict=True):
        if length:
            path = f"{folder}/{shard.name}".replace("%", "%%")  # "%b" would be a block number
            shape = (length, *source.width)
            space.select_hyperslab((start, *(0 for _ in source.width)), shape)
            of_shard = h5py.h5s.create_simple(shape)
            properties.set_virtual(space, path.encode(), source.name.encode(), of_shard)
        start += length
    space.select_all()
    folder_of_array, _, name = declared.name.rpartition("/")
    group = file.require_group(folder_of_array) if folder_of_array else file
    kind_of_number = h5py.h5t.py_create(np.dtype(dtype), logical=True)
    h5py.h5d.create(group.id, name.encode(), kind_of_number, space, properties)


def open_sharded(
    kind: ShardedFormat, index: Path, shards_to_hash: slice = slice(None)
) -> tuple[h5py.File, list[Any]]:
    """Open a virtual file for reading after checking file, manifest and shards.

    Args:
        kind: format.
        index: path of the virtual file.
        shards_to_hash: shards whose SHA-256 is checked, too; ranks share this work. All shards are
            checked for presence and size.

    Returns:
        The file and the entries of its shards.

    Raises:
        InputError: if a file is missing, damaged, or belongs to another run, or if the process may
            not open as many files.
    """
    index = Path(index)
    file = open_checked(index, kind.whole)
    try:
        folder = index.parent / file.attrs["shards"]
        shards = _read_manifest(kind, folder / MANIFEST, file)
        for shard in shards:
            _check_size(kind, folder / shard.name, shard)
        for shard in shards[shards_to_hash]:
            _check_hash(kind, folder / shard.name, shard)
        _check_lengths(kind, index, file, shards)
        _allow_open_files(index, len(shards))
    except BaseException:
        file.close()
        raise
    return file, shards


def _read_manifest(kind: ShardedFormat, path: Path, file: h5py.File) -> list[Any]:
    expected = f"the manifest of {Path(file.filename).name}"
    if not path.is_file():
        raise InputError(path, "no such file", expected, kind.remedy)
    try:
        content = json.loads(path.read_text())
        found = {key: content[key] for key in ("format", "format_version")}
        shards = [kind.entry(**entry) for entry in content["shards"]]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(path, f"damaged content ({error!r})", expected, kind.remedy) from None
    wanted = {"format": kind.manifest_format, "format_version": kind.manifest_version}
    for name in kind.checked:
        found[name], wanted[name] = content.get(name), file.attrs[name]
    for name, value in wanted.items():
        if found[name] != value:
            raise InputError(f"{path}:{name}", str(found[name]), str(value), kind.remedy)
    return shards


def _check_size(kind: ShardedFormat, path: Path, shard: ShardEntry) -> None:
    if not path.is_file():
        expected = f"a shard of {shard.length(kind.axis)} {kind.axis}"
        raise InputError(path, "no such file", expected, kind.remedy)
    size = path.stat().st_size
    if size != shard.size:
        raise InputError(path, f"{size} bytes", f"{shard.size} as in the manifest", kind.remedy)


def _check_hash(kind: ShardedFormat, path: Path, shard: ShardEntry) -> None:
    found = sha256_of_file(path)
    if found != shard.sha256:
        expected = f"{shard.sha256} as in the manifest"
        raise InputError(path, f"SHA-256 {found}", expected, kind.remedy)


def _check_lengths(
    kind: ShardedFormat, index: Path, file: h5py.File, shards: Sequence[ShardEntry]
) -> None:
    for declared in kind.shard.datasets:
        expected = sum(shard.length(declared.dims[0]) for shard in shards)
        found = file[declared.name].shape[0]
        if found != expected:
            where = f"{index}:{declared.name}"
            raise InputError(where, f"{found} rows", f"{expected} in shards", kind.remedy)


def _allow_open_files(index: Path, n_shards: int) -> None:
    """Raise the limit of open files, as one access may need all shards.

    Raises:
        InputError: if the system does not allow that many.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = n_shards + OTHER_FILES
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise InputError(
            index,
            f"{n_shards} shards and a limit of {hard} open files",
            f"a limit of at least {needed}",
            "raise the limit (ulimit -Hn)",
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
