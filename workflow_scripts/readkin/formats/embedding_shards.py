"""Shards of the embeddings: HDF5 files of a fixed number of reads, each written by one worker."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from readkin.formats.atomic_write import atomic_write, linked_or_copied, sync_folder
from readkin.formats.hdf5_files import add_array, create, open_checked
from readkin.formats.hdf5_schema import EMBEDDING_SHARD, VECTOR_DTYPES
from readkin.provenance import sha256_of_file


class EmbeddingRun(NamedTuple):
    """Common properties of all shards of one run.

    Attributes:
        parameters: settings, JSON-serialisable.
        fingerprint: hash of settings and code.
        dimensions: length of a vector.
        dtype: dtype of the vectors, one of those declared.
    """

    parameters: Mapping[str, Any]
    fingerprint: str
    dimensions: int
    dtype: str = VECTOR_DTYPES[0]


class Shard(NamedTuple):
    """Entry of a shard in the manifest.

    Attributes:
        name: file name in the folder of the shards.
        rows: number of reads.
        keys: number of sampled keys.
        packed_bytes: size of the packed bases, bytes.
        unknown_runs: number of runs of unknown bases.
        reads_without_key: number of reads without a sampled key.
        masked_without_key: number of those that have bases of low complexity.
        masked_bases: number of bases of low complexity.
        zero_vectors: number of reads whose vector is zero.
        size: size of the file, bytes.
        sha256: SHA-256 of the file.
    """

    name: str
    rows: int
    keys: int
    packed_bytes: int
    unknown_runs: int
    reads_without_key: int
    masked_without_key: int
    masked_bases: int
    zero_vectors: int
    size: int
    sha256: str

    def length(self, axis: str) -> int:
        """Return the length of an axis of the arrays in the layout."""
        lengths = {"reads": self.rows, "keys": self.keys}
        lengths |= {"bytes": self.packed_bytes, "runs": self.unknown_runs}
        return lengths[axis]


def shard_name(number: int) -> str:
    """Return the file name of shard ``number``, from 0."""
    return f"shard-{number:06d}.h5"


def write_shard(
    path: Path,
    run: EmbeddingRun,
    first_read_index: int,
    reads_fingerprint: str,
    arrays: Mapping[str, np.ndarray],
) -> Shard:
    """Write a shard; return its entry for the manifest.

    Args:
        path: path of the shard.
        run: common properties of all shards.
        first_read_index: read_index of the first row.
        reads_fingerprint: fingerprint of the reads of this shard.
        arrays: values of each array of the layout.
    """
    with atomic_write(path) as temporary:
        with create(temporary, EMBEDDING_SHARD, run.parameters, run.fingerprint) as file:
            file.attrs["reads_fingerprint"] = reads_fingerprint
            file.attrs["first_read_index"] = first_read_index
            for declared in EMBEDDING_SHARD.datasets:
                add_array(file, EMBEDDING_SHARD, declared.name, arrays[declared.name])
        return _manifest_entry(path.name, temporary, arrays)


def read_shard(
    path: Path, run: EmbeddingRun, first_read_index: int, reads_fingerprint: str
) -> Shard:
    """Check a shard; return its entry for the manifest.

    Raises:
        InputError: if the shard is missing, damaged, or belongs to another run or other reads.
    """
    expected = {
        "fingerprint": run.fingerprint,
        "first_read_index": first_read_index,
        "reads_fingerprint": reads_fingerprint,
    }
    with open_checked(path, EMBEDDING_SHARD, expected) as file:
        return _manifest_entry(path.name, path, file)


def _manifest_entry(name: str, path: Path, arrays: Mapping[str, Any]) -> Shard:
    """Return the entry of the shard in the file at ``path``, which contains ``arrays``."""
    counts, norms = arrays["keys/count"][:], arrays["norms"][:]
    masked = arrays["low_complexity"][:]
    return Shard(
        name=name,
        rows=len(counts),
        keys=len(arrays["keys/hash"]),
        packed_bytes=len(arrays["sequence/packed"]),
        unknown_runs=len(arrays["unknown/read"]),
        reads_without_key=int((counts == 0).sum()),
        masked_without_key=int(((counts == 0) & (masked > 0)).sum()),
        masked_bases=int(masked.sum(dtype=np.int64)),
        zero_vectors=int((norms == 0).sum()),
        size=path.stat().st_size,
        sha256=sha256_of_file(path),
    )


def publish_shards(
    shards: Sequence[Shard], further: Sequence[Path], unfinished: Path, folder: Path
) -> None:
    """Link shards and further files into their final folder; remove those of earlier runs.

    The files remain in ``unfinished`` (hard links), so that a run that is killed in between can
    resume.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob("shard-*.h5"), *folder.glob("*-model.npz")]:
        old.unlink()
    for path in [*(unfinished / shard.name for shard in shards), *further]:
        linked_or_copied(path, folder)
    sync_folder(folder)
