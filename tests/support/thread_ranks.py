"""Ranks that are threads of the test's process: many of them cost nothing to start."""

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from readkin.parallel.shared_arrays import read_only

WAIT = 60  # seconds for the others


class Board:
    """Where the ranks lay down what they send."""

    def __init__(self, size: int) -> None:
        self.items: list[Any] = [None] * size
        self.barrier = threading.Barrier(size, timeout=WAIT)


class ThreadRanks:
    """One of some ranks; what ``parallel.mpi.Ranks`` requires, except for the work queue."""

    def __init__(self, rank: int, size: int, board: Board) -> None:
        self.rank, self.size = rank, size
        self._board = board

    @property
    def is_root(self) -> bool:
        return self.rank == 0

    def barrier(self) -> None:
        self._board.barrier.wait()

    def all_gather(self, item: Any) -> list[Any]:
        self._board.items[self.rank] = item
        self.barrier()
        items = list(self._board.items)
        self.barrier()
        return items

    def gather(self, item: Any) -> list[Any] | None:
        items = self.all_gather(item)
        return items if self.is_root else None

    def broadcast(self, item: Any) -> Any:
        return self.all_gather(item)[0]

    def sum(self, number: int) -> int:
        return sum(self.all_gather(number))

    def exchange(self, parts: Sequence[np.ndarray]) -> list[np.ndarray]:
        assert len(parts) == self.size
        return [sent[self.rank].copy() for sent in self.all_gather(list(parts))]

    def one_per_node(self, make: Callable[[], Iterable[np.ndarray]]) -> list[np.ndarray]:
        return self.broadcast([read_only(a) for a in make()] if self.is_root else None)


def on_ranks(size: int, work: Callable[[ThreadRanks], Any]) -> list[Any]:
    """What ``work`` returns on each of so many ranks."""
    board = Board(size)

    def guarded(rank: int) -> Any:
        try:
            return work(ThreadRanks(rank, size, board))
        except BaseException:
            board.barrier.abort()  # nobody waits for a rank that failed
            raise

    with ThreadPoolExecutor(size) as pool:
        return [future.result() for future in [pool.submit(guarded, i) for i in range(size)]]
