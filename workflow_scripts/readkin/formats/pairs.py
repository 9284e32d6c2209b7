"""Candidate pairs of reads: shards in HDF5, and the virtual file over them."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import h5py
import numpy as np

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write
from readkin.formats.hdf5_files import add_array, create, open_checked
from readkin.formats.hdf5_schema import PAIRS, PAIRS_SHARD
from readkin.formats.sharded_hdf5 import (
    ShardedFormat,
    Source,
    add_virtual_array,
    open_sharded,
    relative_folder,
    write_manifest,
)
from readkin.kernels.join.candidates import Candidates, PairVotes
from readkin.provenance import sha256_of_file

DUPLICATES = ("duplicates/read", "duplicates/original")


class PairsRun(NamedTuple):
    """Common properties of all shards of one run.

    Attributes:
        parameters: settings that determine the content.
        fingerprint: hash of settings, embeddings and code.
        reads_fingerprint: of the reads.
        embeddings_fingerprint: of the embeddings.
        n_reads: number of reads.
    """

    parameters: Mapping[str, Any]
    fingerprint: str
    reads_fingerprint: str
    embeddings_fingerprint: str
    n_reads: int


class PairsShard(NamedTuple):
    """Entry of a shard in the manifest.

    Attributes:
        name: file name in the folder of the shards.
        first_read, end_read: range of the first reads of its pairs.
        pairs: number of pairs.
        duplicates: number of exact duplicates.
        size: size of the file, bytes.
        sha256: SHA-256 of the file.
    """

    name: str
    first_read: int
    end_read: int
    pairs: int
    duplicates: int
    size: int
    sha256: str

    def length(self, axis: str) -> int:
        """Return the length of an axis of the arrays in the layout."""
        return {"pairs": self.pairs, "duplicates": self.duplicates}[axis]


FORMAT = ShardedFormat(
    whole=PAIRS,
    shard=PAIRS_SHARD,
    entry=PairsShard,
    what="pairs",
    axis="pairs",
    manifest_version=1,
    checked=("fingerprint", "reads_fingerprint", "embeddings_fingerprint"),
)


class ShardOfPairs(NamedTuple):
    """Content of a shard.

    Attributes:
        first_read, end_read: range of the first reads.
        pairs: all pairs with these first reads, in order.
        duplicate: uint64 (duplicates,), reads with the same bases as an earlier one.
        original: uint64 (duplicates,), that earlier read, one of these first reads; ascending.
    """

    first_read: int
    end_read: int
    pairs: Candidates
    duplicate: np.ndarray
    original: np.ndarray


def shard_name(number: int) -> str:
    """Return the file name of shard ``number``, from 0."""
    return f"shard-{number:06d}.h5"


def write_shard(path: Path, run: PairsRun, shard: ShardOfPairs) -> None:
    """Write a shard, replacing an earlier one; ``finished_shard`` makes it last.

    Args:
        path: path of the shard.
        run: common properties of all shards.
        shard: content.
    """
    arrays = dict(zip(Candidates._fields, shard.pairs, strict=True))
    arrays |= dict(zip(DUPLICATES, (shard.duplicate, shard.original), strict=True))
    with create(path, PAIRS_SHARD, run.parameters, run.fingerprint) as file:
        file.attrs["embeddings_fingerprint"] = run.embeddings_fingerprint
        file.attrs["first_read"] = shard.first_read
        file.attrs["end_read"] = shard.end_read
        for name, values in arrays.items():
            add_array(file, PAIRS_SHARD, name, values)


def read_shard(path: Path) -> ShardOfPairs:
    """Read a shard.

    Raises:
        InputError: if it is missing or damaged.
    """
    with open_checked(path, PAIRS_SHARD) as file:
        return ShardOfPairs(
            int(file.attrs["first_read"]),
            int(file.attrs["end_read"]),
            Candidates(*(file[name][:] for name in Candidates._fields)),
            *(file[name][:] for name in DUPLICATES),
        )


def read_votes(path: Path) -> PairVotes:
    """Read the votes of the pairs of a shard.

    Raises:
        InputError: if it is missing or damaged.
    """
    with open_checked(path, PAIRS_SHARD) as file:
        return PairVotes(*(file[name][:] for name in PairVotes._fields))


def finished_shard(path: Path) -> PairsShard:
    """Write a shard through to the disk; return its entry for the manifest."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    with open_checked(path, PAIRS_SHARD) as shard:
        return PairsShard(
            name=path.name,
            first_read=int(shard.attrs["first_read"]),
            end_read=int(shard.attrs["end_read"]),
            pairs=len(shard["read_a"]),
            duplicates=len(shard[DUPLICATES[0]]),
            size=path.stat().st_size,
            sha256=sha256_of_file(path),
        )


def write_pairs_manifest(folder: Path, run: PairsRun, shards: Sequence[PairsShard]) -> None:
    """Write the manifest into the folder of the shards.

    Args:
        folder: folder of the shards.
        run: common properties of all shards.
        shards: entries of all shards, in order of their first reads.
    """
    write_manifest(FORMAT, folder, run.parameters, run._asdict(), shards)


def write_pairs_index(
    index: Path, folder: Path, run: PairsRun, shards: Sequence[PairsShard]
) -> None:
    """Write the virtual file over the shards, which must be in ``folder`` with their manifest.

    Args:
        index: path of the virtual file.
        folder, run, shards: as for ``write_pairs_manifest``.
    """
    with (
        atomic_write(index) as temporary,
        create(temporary, PAIRS, run.parameters, run.fingerprint) as file,
    ):
        for name in ("reads_fingerprint", "embeddings_fingerprint", "n_reads"):
            file.attrs[name] = getattr(run, name)
        file.attrs["shards"] = relative_folder(index, folder)
        for declared in PAIRS.datasets:
            add_virtual_array(file, FORMAT, declared, Source(declared.name, declared.dtype), shards)


class CandidatePairs:
    """Open candidate pairs, closed at the end of the context."""

    def __init__(self, path: Path, shards_to_hash: slice = slice(None)) -> None:
        """
        Args:
            path: the virtual file.
            shards_to_hash: shards whose SHA-256 is checked; ranks share this work.

        Raises:
            InputError: if a file is missing or damaged.
        """
        self.path = path
        self._file = open_sharded(FORMAT, path, shards_to_hash)[0]
        self.n_reads = int(self._file.attrs["n_reads"])
        self.fingerprints: dict[str, str] = {
            f"{what}_fingerprint": self._file.attrs[name]
            for what, name in (
                ("pairs", "fingerprint"),
                ("embeddings", "embeddings_fingerprint"),
                ("reads", "reads_fingerprint"),
            )
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __len__(self) -> int:
        return int(self._file["read_a"].shape[0])

    def part(self, first: int, end: int) -> Candidates:
        """Read the candidates ``first:end``.

        Raises:
            InputError: if an index is not below the number of reads.
        """
        candidates = Candidates(*(self._file[name][first:end] for name in Candidates._fields))
        for name in ("read_a", "read_b"):
            highest = int(getattr(candidates, name).max(initial=0))
            if highest >= self.n_reads and end > first:
                self._refuse(name, f"read {highest}", f"reads below n_reads, {self.n_reads}")
        return candidates

    def columns(self, names: Sequence[str], rows: int) -> Iterator[dict[str, np.ndarray]]:
        """Yield some columns of all candidates, at most ``rows`` rows at a time."""
        for first in range(0, len(self), rows):
            yield {name: self._file[name][first : first + rows] for name in names}

    def duplicates(self) -> tuple[np.ndarray, np.ndarray]:
        """Return exact duplicates and the earlier read that each is equal to; both uint64 (n,)."""
        return self._file["duplicates/read"][:], self._file["duplicates/original"][:]

    def check_reads(self, n_reads: int, fingerprint: str) -> None:
        """Check that the pairs belong to these reads.

        Args:
            n_reads: number of the reads.
            fingerprint: their hash (``formats.reads.reads_fingerprint``).

        Raises:
            InputError: if the pairs belong to other reads.
        """
        if self.n_reads != n_reads:
            self._refuse("n_reads", f"{self.n_reads} reads", f"the {n_reads} of the BAM files")
        found = self.fingerprints["reads_fingerprint"]
        if found != fingerprint:
            self._refuse("reads_fingerprint", found, f"that of the BAM files, {fingerprint}")

    def check_embeddings(self, embeddings: h5py.File) -> None:
        """Check that the pairs were found in these embeddings.

        Raises:
            InputError: if they belong to others.
        """
        attributes = embeddings.attrs
        expected = {
            "n_reads": embeddings["read_length"].shape[0],
            "reads_fingerprint": attributes["reads_fingerprint"],
            "embeddings_fingerprint": attributes["fingerprint"],
        }
        found = self.fingerprints | {"n_reads": self.n_reads}
        for key, value in expected.items():
            if found[key] != value:
                raise InputError(
                    f"{self.path}:{key}",
                    str(found[key]),
                    f"that of {embeddings.filename}, {value}",
                    "provide the embeddings of the pairs, or rerun find_pairs",
                )

    def _refuse(self, key: str, found: str, expected: str) -> None:
        what_to_do = "provide the BAM files of the pairs, in sheet order, or rerun find_pairs"
        raise InputError(f"{self.path}:{key}", found, expected, what_to_do)
