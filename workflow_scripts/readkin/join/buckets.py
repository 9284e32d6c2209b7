"""Buckets of equal keys: the first half of the join, spread over MPI ranks by hash.

Each rank holds a range of hashes. It receives the keys of its range from all ranks and sorts them
into buckets, in several passes over parts of the range if memory is short.
"""

import tempfile
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from readkin.join.memory_share import MemoryShare
from readkin.kernels.join.hash_buckets import (
    BucketCounts,
    keys_of_pass,
    make_buckets,
    sort_by_hash,
)
from readkin.kernels.join.key_entries import EntryLayout
from readkin.parallel.mpi import Ranks, joined

BYTES_PER_SORTED_KEY = 32  # while it is sorted; exchanging it takes 24
BYTES_PER_ENTRY = 8


class KeyBlock(NamedTuple):
    """Keys of consecutive reads.

    Attributes:
        hashes: uint64 (keys,).
        entries: uint64 (keys,), see kernels/join/key_entries.py; their reads are ascending, also
            from block to block.
    """

    hashes: np.ndarray
    entries: np.ndarray


class KeySource(NamedTuple):
    """This rank's share of the keys.

    Attributes:
        blocks: function that yields the keys block by block.
        n_keys: approximate number of keys on all ranks together.
        largest: upper bound of the hashes.
    """

    blocks: Callable[[], Iterator[KeyBlock]]
    n_keys: int
    largest: int


class BucketStore:
    """Arrays of entries, written once and read several times: in memory, or in a temporary file."""

    def __init__(self, folder: Path | None) -> None:
        """
        Args:
            folder: for the temporary file; None: in memory.
        """
        self._in_memory: list[np.ndarray] = []
        self._sizes: list[int] = []
        self._file = None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            # The file is deleted when it is closed or the process ends.
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, entries: np.ndarray) -> None:
        """Store complete buckets, uint64 (entries,)."""
        self._sizes.append(entries.size)
        if self._file is None:
            self._in_memory.append(entries.copy())  # not the larger array that it is a view of
        else:
            entries.tofile(self._file)

    def arrays(self) -> Iterator[np.ndarray]:
        """Yield the arrays in the order in which they were added."""
        if self._file is None:
            yield from self._in_memory
            return
        self._file.flush()
        self._file.seek(0)
        for size in self._sizes:
            yield np.fromfile(self._file, np.uint64, size)

    @property
    def n_arrays(self) -> int:
        """Number of arrays."""
        return len(self._sizes)


def bucket_keys(
    source: KeySource, max_bucket_size: int, layout: EntryLayout, memory: MemoryShare, ranks: Ranks
) -> tuple[BucketStore, BucketCounts]:
    """Sort all keys into buckets; all ranks must call it.

    Args:
        source: this rank's share of the keys.
        max_bucket_size: reads; see kernels/join/hash_buckets.py.
        layout: of the entries.
        memory: of this rank.
        ranks: all ranks.

    Returns:
        The buckets of this rank's range of hashes, and the counts over all ranks.
    """
    own_keys = source.n_keys // ranks.size
    passes = -(-own_keys * BYTES_PER_SORTED_KEY // max(memory.n_bytes // 2, 1)) or 1
    fits = own_keys * BYTES_PER_ENTRY <= memory.n_bytes // 4
    store = BucketStore(None if fits else memory.folder)
    counts_of_passes = []
    parts = ranks.size * passes
    step = np.uint64(source.largest // parts + 1 if parts > 1 else 1)
    for number in range(passes):
        hashes, entries = _exchange_keys(source, step, number, passes, ranks)
        hashes, entries = sort_by_hash(hashes, entries)
        entries, counts = make_buckets(hashes, entries, max_bucket_size, layout)
        store.add(entries)
        counts_of_passes.append(counts)
        del hashes, entries
    own_counts = BucketCounts.total(counts_of_passes)
    return store, BucketCounts.total(ranks.all_gather(own_counts))


def _exchange_keys(
    source: KeySource, step: np.uint64, number: int, passes: int, ranks: Ranks
) -> tuple[np.ndarray, np.ndarray]:
    """Return hashes and entries of the keys of pass ``number`` in this rank's range."""
    hashes: list[list[np.ndarray]] = [[] for _ in range(ranks.size)]
    entries: list[list[np.ndarray]] = [[] for _ in range(ranks.size)]
    for block in source.blocks():
        columns: tuple[np.ndarray, ...] = block
        bounds = np.array([0, block.hashes.size])
        if ranks.size * passes > 1:
            kept = keys_of_pass(*block, step, number, passes, ranks.size)
            columns, bounds = kept[:2], kept[2]
        for column, of_ranks in zip(columns, (hashes, entries), strict=True):
            for parts, part in zip(of_ranks, np.split(column, bounds[1:-1]), strict=True):
                parts.append(part)
    return _exchange(hashes, ranks), _exchange(entries, ranks)


def _exchange(parts: list[list[np.ndarray]], ranks: Ranks) -> np.ndarray:
    """Send ``parts[d]`` to rank d, all at once, and return what this rank receives.

    It is sorted by sending rank: as the reads of a rank precede those of the next, they are
    ascending. The list is emptied, to free its memory.
    """
    ends = np.cumsum([sum(part.size for part in of_rank) for of_rank in parts])
    sent = np.concatenate([np.empty(0, np.uint64), *chain.from_iterable(parts)])
    parts.clear()
    return joined(ranks.exchange(np.split(sent, ends[:-1])))
