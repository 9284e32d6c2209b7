"""Buckets of one rank, kept in memory or, where that is short, in a file."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import numpy as np


class BucketStore:
    """Arrays of entries (kernels/join/hash_buckets.py), written once and read several times."""

    def __init__(self, folder: Path | None) -> None:
        """
        Args:
            folder: where to keep them; None: in memory.
        """
        self._in_memory: list[np.ndarray] = []
        self._sizes: list[int] = []
        self._file = None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            # Gone when it is closed, or when we are.
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, entries: np.ndarray) -> None:
        """Keep whole buckets, uint64 (entries,)."""
        self._sizes.append(entries.size)
        if self._file is None:
            self._in_memory.append(entries.copy())  # not the larger array it is part of
        else:
            entries.tofile(self._file)

    def pieces(self) -> Iterator[np.ndarray]:
        """What was added, piece by piece."""
        if self._file is None:
            yield from self._in_memory
            return
        self._file.flush()
        self._file.seek(0)
        for size in self._sizes:
            yield np.fromfile(self._file, np.uint64, size)

    @property
    def n_pieces(self) -> int:
        """How often ``add`` was called."""
        return len(self._sizes)
