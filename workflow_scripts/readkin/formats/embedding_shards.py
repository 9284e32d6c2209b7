"""Shards of the embeddings: HDF5 files of a fixed number of reads, each written by one worker."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from readkin.formats.atomic_write import atomic_write, sync_folder
from readkin.formats.embedding_layouts import VECTOR_DTYPES
from readkin.formats.hdf5_schema import EMBEDDING_SHARD, add_array, create, open_checked
from readkin.provenance import sha256_of_file


class Run(NamedTuple):
    """What all shards of one run share.

    Attributes:
        parameters: settings, JSON-serialisable.
        fingerprint: hash of settings and code.
        dimensions: length of a vector.
        dtype: of the vectors, one of those declared.
    """

    parameters: Mapping[str, Any]
    fingerprint: str
    dimensions: int
    dtype: str = VECTOR_DTYPES[0]


class Shard(NamedTuple):
    """A shard as the manifest lists it.

    Attributes:
        name: file name in the folder of the shards.
        rows: number of reads.
        keys: number of sampled keys.
        packed_bytes: that the packed bases take.
        reads_without_key: reads that no sampled k-mer stands for.
        zero_vectors: reads whose vector is zero.
        size: bytes of the file.
        sha256: of the file.
    """

    name: str
    rows: int
    keys: int
    packed_bytes: int
    reads_without_key: int
    zero_vectors: int
    size: int
    sha256: str

    def length(self, axis: str) -> int:
        """Length of an axis of the layout's arrays."""
        return {"reads": self.rows, "keys": self.keys, "bytes": self.packed_bytes}[axis]


def shard_name(number: int) -> str:
    """File name of shard ``number``, from 0."""
    return f"shard-{number:06d}.h5"


def write_shard(
    path: Path,
    run: Run,
    first_read_index: int,
    reads_fingerprint: str,
    arrays: Mapping[str, np.ndarray],
) -> Shard:
    """Write a shard, whole or not at all, and describe it for the manifest.

    Args:
        path: of the shard.
        run: what all shards share.
        first_read_index: read_index of the first row.
        reads_fingerprint: of the reads of this shard.
        arrays: one for each array of the layout.
    """
    with atomic_write(path) as temporary:
        with create(temporary, EMBEDDING_SHARD, run.parameters, run.fingerprint) as file:
            file.attrs["reads_fingerprint"] = reads_fingerprint
            file.attrs["first_read_index"] = first_read_index
            for declared in EMBEDDING_SHARD.datasets:
                add_array(file, EMBEDDING_SHARD, declared.name, arrays[declared.name])
        return _description(path.name, temporary, arrays)


def read_shard(path: Path, run: Run, first_read_index: int, reads_fingerprint: str) -> Shard:
    """Describe a shard for the manifest.

    Raises:
        InputError: if it is missing, damaged, or of another run or other reads.
    """
    expected = {
        "fingerprint": run.fingerprint,
        "first_read_index": first_read_index,
        "reads_fingerprint": reads_fingerprint,
    }
    with open_checked(path, EMBEDDING_SHARD, expected) as file:
        return _description(path.name, path, file)


def _description(name: str, path: Path, arrays: Mapping[str, Any]) -> Shard:
    """The shard in the file at ``path``, which holds ``arrays``."""
    counts, norms = arrays["keys/count"][:], arrays["norms"][:]
    return Shard(
        name,
        len(counts),
        len(arrays["keys/hash"]),
        len(arrays["sequence/packed"]),
        int((counts == 0).sum()),
        int((norms == 0).sum()),
        path.stat().st_size,
        sha256_of_file(path),
    )


def publish_shards(
    shards: Sequence[Shard], further: Sequence[Path], unfinished: Path, folder: Path
) -> None:
    """Put shards, and further files, into their final folder, in place of those of earlier runs.

    They stay in ``unfinished`` too (hard links), so that a run killed in between finds them again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob("shard-*.h5"), *folder.glob("*-model.npz")]:
        old.unlink()
    for path in [*(unfinished / shard.name for shard in shards), *further]:
        try:
            os.link(path, folder / path.name)
        except OSError:  # another file system, or one without hard links
            shutil.copyfile(path, folder / path.name)
    sync_folder(folder)
