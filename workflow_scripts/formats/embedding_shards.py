"""Shards of the embeddings: HDF5 files of a fixed number of reads, each written by one worker."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from formats.fingerprints import sha256_of_file
from formats.hdf5_schema import EMBEDDING_SHARD, add_array, create, open_checked
from formats.ownership import stop_if_superseded
from formats.whole_files import sync_folder, written_whole


class Run(NamedTuple):
    """What all shards of one run share.

    Attributes:
        parameters: settings, JSON-serialisable.
        fingerprint: hash of settings and code.
        dimensions: length of a vector.
    """

    parameters: Mapping[str, Any]
    fingerprint: str
    dimensions: int


class Shard(NamedTuple):
    """A shard as the manifest lists it.

    Attributes:
        name: file name in the folder of the shards.
        rows: number of reads.
        keys: number of sampled keys.
        reads_without_key: reads that no sampled k-mer stands for.
        zero_vectors: reads whose vector is zero.
        size: bytes of the file.
        sha256: of the file.
    """

    name: str
    rows: int
    keys: int
    reads_without_key: int
    zero_vectors: int
    size: int
    sha256: str


def shard_name(number: int) -> str:
    """File name of shard ``number``, from 0."""
    return f"shard-{number:06d}.h5"


def write_shard(
    path: Path,
    run: Run,
    first_read_index: int,
    reads_fingerprint: str,
    arrays: Mapping[str, np.ndarray],
) -> None:
    """Write a shard, whole or not at all.

    Args:
        path: of the shard.
        run: what all shards share.
        first_read_index: read_index of the first row.
        reads_fingerprint: of the reads of this shard.
        arrays: one for each array of the layout.
    """
    with (
        written_whole(path) as temporary,
        create(temporary, EMBEDDING_SHARD, run.parameters, run.fingerprint) as file,
    ):
        file.attrs["reads_fingerprint"] = reads_fingerprint
        file.attrs["first_read_index"] = first_read_index
        for declared in EMBEDDING_SHARD.datasets:
            add_array(file, EMBEDDING_SHARD, declared.name, arrays[declared.name])


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
        counts, norms = file["keys/count"][:], file["norms"][:]
        n_keys = file["keys/hash"].shape[0]
    return Shard(
        path.name,
        len(counts),
        n_keys,
        int((counts == 0).sum()),
        int((norms == 0).sum()),
        path.stat().st_size,
        sha256_of_file(path),
    )


def publish_shards(shards: Sequence[Shard], unfinished: Path, folder: Path) -> None:
    """Put shards into their final folder, in place of those of an earlier run.

    They stay in ``unfinished`` too (hard links), so that a run killed in between finds them again.
    """
    stop_if_superseded()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("shard-*.h5"):
        old.unlink()
    for shard in shards:
        try:
            os.link(unfinished / shard.name, folder / shard.name)
        except OSError:  # another file system, or one without hard links
            shutil.copyfile(unfinished / shard.name, folder / shard.name)
    sync_folder(folder)
