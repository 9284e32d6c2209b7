"""Embeddings: the virtual file over the shards.

with open_embeddings(path) as file:
    vectors = file["vectors"][first:end]
"""

from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write
from readkin.formats.embedding_shards import EmbeddingRun, Shard
from readkin.formats.hdf5_files import add_array, create
from readkin.formats.hdf5_schema import EMBEDDING_SHARD, EMBEDDINGS, Dataset
from readkin.formats.sharded_hdf5 import (
    ShardedFormat,
    Source,
    add_virtual_array,
    open_sharded,
    relative_folder,
    write_manifest,
)

FORMAT = ShardedFormat(
    whole=EMBEDDINGS,
    shard=EMBEDDING_SHARD,
    entry=Shard,
    what="embeddings",
    axis="reads",
    manifest_version=4,
    checked=("fingerprint", "reads_fingerprint"),
)
OBS_COLUMNS = ["read_length", "mate_index", "unit", "norms"]


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
    fingerprints = {"fingerprint": run.fingerprint, "reads_fingerprint": reads_fingerprint}
    write_manifest(FORMAT, folder, run.parameters, fingerprints, shards)
    with (
        atomic_write(index) as temporary,
        create(temporary, EMBEDDINGS, run.parameters, run.fingerprint) as file,
    ):
        file.attrs["reads_fingerprint"] = reads_fingerprint
        file.attrs["shards"] = relative_folder(index, folder)
        file.attrs["distance"] = "angular"
        for declared in EMBEDDING_SHARD.datasets:
            source = _source(declared.name, run)
            add_virtual_array(file, FORMAT, declared, source, shards)
        train = EMBEDDINGS.dataset("train")
        add_virtual_array(file, FORMAT, train, _source("vectors", run), shards)
        add_array(file, EMBEDDINGS, "keys/indptr", _key_bounds(folder, shards))
        _add_anndata(file)


def _source(name: str, run: EmbeddingRun) -> Source:
    """Return the array ``name`` of the shards."""
    declared: Dataset = EMBEDDING_SHARD.dataset(name)
    dtype = run.dtype if declared.other_dtype else declared.dtype
    return Source(name, dtype, (run.dimensions,) if len(declared.dims) > 1 else ())


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
    file, shards = open_sharded(FORMAT, index, shards_to_hash)
    bounds, expected = file["keys/indptr"].shape[0], sum(shard.rows for shard in shards) + 1
    if bounds != expected:
        file.close()
        where = f"{index}:keys/indptr"
        raise InputError(where, f"{bounds} rows", f"{expected} in shards", FORMAT.remedy)
    return file
