"""Candidate pairs of reads in HDF5, written and read in pieces."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import numpy as np

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write
from readkin.formats.hdf5_files import add_growing_array, append, create, open_checked
from readkin.formats.hdf5_schema import PAIRS
from readkin.formats.reads import Reads, reads_fingerprint
from readkin.kernels.join.candidates import Candidates

ROWS_PER_PIECE = 1 << 20


class PairsFile:
    """Writer of a file of pairs, which appears at the end of the context.

    Args:
        path: the file.
        parameters: settings that determine the content.
        fingerprint: hash of settings and code.
        attributes: root attributes of the layout, beside those that all files share.
    """

    def __init__(
        self,
        path: Path,
        parameters: Mapping[str, Any],
        fingerprint: str,
        attributes: Mapping[str, Any],
    ) -> None:
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
        """Append pairs, sorted by (read_a, read_b) and after those written before."""
        for name, values in zip(Candidates._fields, pairs, strict=True):
            append(self._file, name, values)

    def write_duplicates(self, duplicate: np.ndarray, original: np.ndarray) -> None:
        """Append exact duplicates and the earlier read that each is equal to; both uint64 (n,)."""
        append(self._file, "duplicates/read", duplicate)
        append(self._file, "duplicates/original", original)

    def pieces(self) -> Iterator[Candidates]:
        """Yield the pairs written so far, piece by piece."""
        for first in range(0, len(self), ROWS_PER_PIECE):
            yield Candidates(
                *(self._file[name][first : first + ROWS_PER_PIECE] for name in Candidates._fields)
            )

    def replace(self, pieces: Iterable[Candidates]) -> None:
        """Replace the pairs written so far, piece by piece, by some or all of each piece."""
        end = 0
        for pairs in pieces:
            for name, values in zip(Candidates._fields, pairs, strict=True):
                self._file[name][end : end + len(values)] = values
            end += len(pairs.votes)
        for name in Candidates._fields:
            self._file[name].resize(end, axis=0)


class CandidatePairs:
    """Open file of candidate pairs, closed at the end of the context."""

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

    def duplicates(self) -> tuple[np.ndarray, np.ndarray]:
        """Return exact duplicates and the earlier read that each is equal to; both uint64 (n,)."""
        return self._file["duplicates/read"][:], self._file["duplicates/original"][:]

    def check_reads(self, reads: Reads) -> None:
        """Check that the pairs belong to these reads.

        Raises:
            InputError: if they belong to other reads.
        """
        if self.n_reads != len(reads):
            self._refuse("n_reads", f"{self.n_reads} reads", f"the {len(reads)} of the BAM files")
        fingerprint = reads_fingerprint(reads)
        found = self.fingerprints["reads_fingerprint"]
        if found != fingerprint:
            self._refuse("reads_fingerprint", found, f"that of the BAM files, {fingerprint}")

    def _refuse(self, key: str, found: str, expected: str) -> None:
        what_to_do = "provide the BAM files of the pairs, in sheet order, or rerun find_pairs"
        raise InputError(f"{self.path}:{key}", found, expected, what_to_do)
