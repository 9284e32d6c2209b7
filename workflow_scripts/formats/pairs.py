"""Candidate pairs of reads in HDF5: find_pairs writes them, align_pairs reads them, in pieces."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from formats.errors import InputError
from formats.hdf5_schema import PAIRS, add_growing_array, append, create, open_checked
from formats.reads import Reads, reads_fingerprint
from formats.whole_files import written_whole

PairsWriter = Callable[[Sequence[np.ndarray]], None]


@contextmanager
def pairs_writer(
    path: Path, parameters: Mapping[str, Any], fingerprint: str, attributes: Mapping[str, Any]
) -> Iterator[PairsWriter]:
    """Write a file of pairs, whole or not at all.

    Yields a function that takes the next pieces of read_a, read_b, votes, is_reverse, diagonal;
    the pieces must follow each other in order of (read_a, read_b).

    Args:
        path: of the file.
        parameters: settings that decide the content.
        fingerprint: hash of settings and code.
        attributes: the layout's own root attributes.
    """
    names = [declared.name for declared in PAIRS.datasets]
    with (
        written_whole(path) as temporary,
        create(temporary, PAIRS, parameters, fingerprint) as file,
    ):
        file.attrs.update(attributes)
        for name in names:
            add_growing_array(file, PAIRS, name)

        def write(columns: Sequence[np.ndarray]) -> None:
            for name, values in zip(names, columns, strict=True):
                append(file, name, values)

        yield write


class Candidates(NamedTuple):
    """Some candidate pairs; arrays of one length.

    Attributes:
        read_a, read_b: uint64, read_index of both reads.
        votes: uint32, shared sampled k-mers.
        is_reverse: uint8, 1 where b is taken as its reverse complement.
        diagonal: int32, position in a less position in b, on that strand, of most shared k-mers.
    """

    read_a: np.ndarray
    read_b: np.ndarray
    votes: np.ndarray
    is_reverse: np.ndarray
    diagonal: np.ndarray


class CandidatePairs:
    """An open file of candidate pairs; a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = open_checked(path, PAIRS)
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
        self._file.close()

    def __len__(self) -> int:
        return int(self._file["read_a"].shape[0])

    def part(self, first: int, end: int) -> Candidates:
        """Pairs ``first:end``.

        Raises:
            InputError: if they name a read that there is not.
        """
        part = Candidates(*(self._file[name][first:end] for name in Candidates._fields))
        for name in ("read_a", "read_b"):
            highest = int(getattr(part, name).max(initial=0))
            if highest >= self.n_reads and end > first:
                self._refuse(name, f"read {highest}", f"reads below n_reads, {self.n_reads}")
        return part

    def check_reads(self, reads: Reads) -> None:
        """Make sure that the pairs speak of these reads.

        Raises:
            InputError: if they were found among others.
        """
        if self.n_reads != len(reads):
            self._refuse("n_reads", f"{self.n_reads} reads", f"the {len(reads)} of the BAM files")
        fingerprint = reads_fingerprint(reads)
        found = self.fingerprints["reads_fingerprint"]
        if found != fingerprint:
            self._refuse("reads_fingerprint", found, f"that of the BAM files, {fingerprint}")

    def _refuse(self, key: str, found: str, expected: str) -> None:
        remedy = "give the BAM files that the pairs come from, in sheet order, or rerun find_pairs"
        raise InputError(f"{self.path}:{key}", found, expected, remedy)
