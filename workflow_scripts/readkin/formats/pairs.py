"""Candidate pairs of reads in HDF5: find_pairs writes them, align_pairs reads them, in pieces."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import numpy as np

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write
from readkin.formats.hdf5_schema import PAIRS, add_growing_array, append, create, open_checked
from readkin.formats.reads import Reads, reads_fingerprint
from readkin.kernels.join.candidates import Candidates

ROWS = 1 << 20  # read at a time


class PairsFile:
    """A file of pairs that is being written, whole or not at all; a context manager."""

    def __init__(
        self,
        path: Path,
        parameters: Mapping[str, Any],
        fingerprint: str,
        attributes: Mapping[str, Any],
    ) -> None:
        """
        Args:
            path: of the file.
            parameters: settings that decide the content.
            fingerprint: hash of settings and code.
            attributes: the layout's own root attributes.
        """
        self._path = path
        self._parameters = parameters
        self._fingerprint = fingerprint
        self._attributes = attributes

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            temporary = stack.enter_context(atomic_write(self._path))
            self._file = stack.enter_context(
                create(temporary, PAIRS, self._parameters, self._fingerprint)
            )
            self._file.attrs.update(self._attributes)
            for declared in PAIRS.datasets:
                add_growing_array(self._file, PAIRS, declared.name)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> bool | None:
        return self._stack.__exit__(*error)

    def __len__(self) -> int:
        return int(self._file["read_a"].shape[0])

    def write(self, pairs: Candidates) -> None:
        """Add pairs, which follow those before in order of (read_a, read_b)."""
        for name, values in zip(Candidates._fields, pairs, strict=True):
            append(self._file, name, values)

    def write_duplicates(self, duplicate: np.ndarray, original: np.ndarray) -> None:
        """Add reads, and which earlier read each is an exact duplicate of; uint64 (n,)."""
        append(self._file, "duplicates/read", duplicate)
        append(self._file, "duplicates/original", original)

    def pieces(self) -> Iterator[Candidates]:
        """The pairs so far, piece by piece."""
        for first in range(0, len(self), ROWS):
            yield Candidates(
                *(self._file[name][first : first + ROWS] for name in Candidates._fields)
            )

    def replace(self, pieces: Iterable[Candidates]) -> None:
        """Put these pairs in the place of those so far: of each of their pieces, some or all."""
        end = 0
        for pairs in pieces:
            for name, values in zip(Candidates._fields, pairs, strict=True):
                self._file[name][end : end + len(values)] = values
            end += len(pairs.votes)
        for name in Candidates._fields:
            self._file[name].resize(end, axis=0)


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
        """Candidates ``first:end``.

        Raises:
            InputError: if they name a read that there is not.
        """
        part = Candidates(*(self._file[name][first:end] for name in Candidates._fields))
        for name in ("read_a", "read_b"):
            highest = int(getattr(part, name).max(initial=0))
            if highest >= self.n_reads and end > first:
                self._refuse(name, f"read {highest}", f"reads below n_reads, {self.n_reads}")
        return part

    def duplicates(self) -> tuple[np.ndarray, np.ndarray]:
        """Reads that are exact duplicates, and the earlier read each is like; uint64 (n,)."""
        return self._file["duplicates/read"][:], self._file["duplicates/original"][:]

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
