"""Embeddings: the manifest of the shards and the virtual file over them.

    with open_embeddings(path) as file:
        vectors = file["vectors"][first:end]

HDF5 returns the fill value, without an error, if a shard of a virtual array is missing. Therefore
``open_embeddings`` compares each shard with the manifest before anything is read.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write
from readkin.formats.counts import write_json
from readkin.formats.embedding_shards import EmbeddingRun, Shard
from readkin.formats.hdf5_files import add_array, create, open_checked
from readkin.formats.hdf5_schema import EMBEDDING_SHARD, EMBEDDINGS, Dataset
from readkin.provenance import sha256_of_file

MANIFEST = "manifest.json"
MANIFEST_FORMAT = "readkin-embeddings-manifest"
MANIFEST_VERSION = 3
OBS_COLUMNS = ["read_length", "mate_index", "unit", "norms"]
REMEDY = "make the embeddings again with embed_reads"


def write_index(
    index: Path, folder: Path, shards: Sequence[Shard], run: EmbeddingRun, reads_fingerprint: str
) -> None:
    """Write the manifest, then the virtual file over the shards, which must be in ``folder``.

    Args:
        index: path of the virtual file.
        folder: folder of the shards, and of the manifest.
        shards: entries of the shards, in the order of their reads.
        run: common properties of all shards.
        reads_fingerprint: fingerprint of all reads.
    """
    manifest = {
        "format": MANIFEST_FORMAT,
        "format_version": MANIFEST_VERSION,
        "parameters": dict(run.parameters),
        "fingerprint": run.fingerprint,
        "reads_fingerprint": reads_fingerprint,
        "shards": [shard._asdict() for shard in shards],
    }
    write_json(folder / MANIFEST, manifest)
    relative = Path(os.path.relpath(folder, index.parent)).as_posix()
    with (
        atomic_write(index) as temporary,
        create(temporary, EMBEDDINGS, run.parameters, run.fingerprint) as file,
    ):
        file.attrs["reads_fingerprint"] = reads_fingerprint
        file.attrs["shards"] = relative
        file.attrs["distance"] = "angular"
        for declared in EMBEDDING_SHARD.datasets:
            _add_virtual_array(file, declared, declared.name, relative, shards, run)
        _add_virtual_array(file, EMBEDDINGS.dataset("train"), "vectors", relative, shards, run)
        add_array(file, EMBEDDINGS, "keys/indptr", _key_bounds(folder, shards))
        _add_anndata(file)


def _add_virtual_array(
    file: h5py.File,
    declared: Dataset,
    name_in_shards: str,
    folder: str,
    shards: Sequence[Shard],
    run: EmbeddingRun,
) -> None:
    """Add a virtual array; HDF5 converts on reading if its dtype is not that of the shards."""
    of_shards = EMBEDDING_SHARD.dataset(name_in_shards)
    from_dtype = run.dtype if of_shards.other_dtype else of_shards.dtype
    dtype = from_dtype if from_dtype in declared.dtypes else declared.dtype
    lengths = [shard.length(declared.dims[0]) for shard in shards]
    width = (run.dimensions,) if len(declared.dims) > 1 else ()
    total = sum(lengths)
    if total == 0:  # HDF5 has no virtual arrays without rows
        add_array(file, EMBEDDINGS, declared.name, np.zeros((0, *width), dtype))
        return
    layout = h5py.VirtualLayout((total, *width), dtype)
    start = 0
    for shard, length in zip(shards, lengths, strict=True):
        if length:
            path = f"{folder}/{shard.name}".replace("%", "%%")  # "%b" would be a block number
            source = h5py.VirtualSource(path, name_in_shards, (length, *width), from_dtype)
            layout[start : start + length] = source
        start += length
    fill = np.nan if np.dtype(dtype).kind == "f" else 0
    file.create_virtual_dataset(declared.name, layout, fillvalue=fill)


def _key_bounds(folder: Path, shards: Sequence[Shard]) -> np.ndarray:
    """Return the bounds of the keys of each read, uint64 (reads + 1,).

    They are read from the shards themselves: through a virtual array of a file that is being
    written, HDF5 would open the shards for writing, too.
    """
    bounds = np.zeros(sum(shard.rows for shard in shards) + 1, np.uint64)
    first = 1
    for shard in shards:
        with h5py.File(folder / shard.name) as file:
            bounds[first : first + shard.rows] = file["keys/count"][:]
        first += shard.rows
    return np.cumsum(bounds, out=bounds)


def _add_anndata(file: h5py.File) -> None:
    """Add the vectors as ``X`` with tables of rows and columns, in anndata's format 0.1.0."""
    reads, dimensions = file["vectors"].shape
    for name, length in (("obs/read_index", reads), ("var/dimension", dimensions)):
        add_array(file, EMBEDDINGS, name, _numbers_as_text(length))
        _encode(file[name], "string-array", "0.2.0")
    file["X"] = file["vectors"]  # a second name of the same array
    _encode(file["X"], "array", "0.2.0")
    for name in OBS_COLUMNS:
        file[f"obs/{name}"] = file[name]
        _encode(file[name], "array", "0.2.0")
    for name, index, columns in (("obs", "read_index", OBS_COLUMNS), ("var", "dimension", [])):
        _encode(file[name], "dataframe", "0.2.0")
        file[name].attrs["_index"] = index
        file[name].attrs["column-order"] = np.array(columns, h5py.string_dtype())
    _encode(file, "anndata", "0.1.0")


def _numbers_as_text(n: int) -> np.ndarray:
    """Return 0, 1, ... n - 1 as text, "S10" (n,); NumPy takes 20 times as long for each number."""
    text = np.zeros(n, "S10")
    text[:10_000] = np.arange(min(n, 10_000))
    characters = text.view(np.uint8).reshape(n, 10)
    last_four = np.array([b"%04d" % number for number in range(10_000)]).view(np.uint8)
    for start in range(10_000, n, 10_000):
        first = np.frombuffer(b"%d" % (start // 10_000), np.uint8)
        block = characters[start : start + 10_000]
        block[:, : first.size] = first
        block[:, first.size : first.size + 4] = last_four.reshape(-1, 4)[: len(block)]
    return text


def _encode(element: h5py.HLObject, kind: str, version: str) -> None:
    element.attrs["encoding-type"], element.attrs["encoding-version"] = kind, version


def open_embeddings(index: Path, shards_to_hash: slice = slice(None)) -> h5py.File:
    """Open embeddings for reading after checking file, manifest and shards.

    Args:
        index: path of the virtual file.
        shards_to_hash: shards whose SHA-256 is checked, too; ranks share this work. All shards are
            checked for presence and size.

    Raises:
        InputError: if a file is missing, damaged, or belongs to another run.
    """
    index = Path(index)
    file = open_checked(index, EMBEDDINGS)
    try:
        folder = index.parent / file.attrs["shards"]
        shards = _read_manifest(folder / MANIFEST, file)
        for shard in shards:
            _check_size(folder / shard.name, shard)
        for shard in shards[shards_to_hash]:
            _check_hash(folder / shard.name, shard)
        _check_rows(index, file, shards)
    except BaseException:
        file.close()
        raise
    return file


def _read_manifest(path: Path, file: h5py.File) -> list[Shard]:
    expected = f"the manifest of {Path(file.filename).name}"
    if not path.is_file():
        raise InputError(path, "no such file", expected, REMEDY)
    try:
        content = json.loads(path.read_text())
        found = {key: content[key] for key in ("format", "format_version")}
        shards = [Shard(**entry) for entry in content["shards"]]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(path, f"damaged content ({error!r})", expected, REMEDY) from None
    wanted = {"format": MANIFEST_FORMAT, "format_version": MANIFEST_VERSION}
    for name in ("fingerprint", "reads_fingerprint"):
        found[name], wanted[name] = content.get(name), file.attrs[name]
    for name, value in wanted.items():
        if found[name] != value:
            raise InputError(f"{path}:{name}", str(found[name]), str(value), REMEDY)
    return shards


def _check_size(path: Path, shard: Shard) -> None:
    if not path.is_file():
        raise InputError(path, "no such file", f"a shard of {shard.rows} reads", REMEDY)
    size = path.stat().st_size
    if size != shard.size:
        raise InputError(path, f"{size} bytes", f"{shard.size} as in the manifest", REMEDY)


def _check_hash(path: Path, shard: Shard) -> None:
    found = sha256_of_file(path)
    if found != shard.sha256:
        raise InputError(path, f"SHA-256 {found}", f"{shard.sha256} as in the manifest", REMEDY)


def _check_rows(index: Path, file: h5py.File, shards: Sequence[Shard]) -> None:
    for name, expected in (
        ("read_length", sum(shard.rows for shard in shards)),
        ("keys/hash", sum(shard.keys for shard in shards)),
        ("keys/indptr", sum(shard.rows for shard in shards) + 1),
        ("sequence/packed", sum(shard.packed_bytes for shard in shards)),
    ):
        found = file[name].shape[0]
        if found != expected:
            raise InputError(f"{index}:{name}", f"{found} rows", f"{expected} in shards", REMEDY)
