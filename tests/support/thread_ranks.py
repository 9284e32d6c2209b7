"""Ranks that are threads of the test process, so that many of them start at no cost."""

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from readkin.parallel.shared_arrays import read_only

TIMEOUT_S = 60  # for the other ranks


class ExchangeBoard:
    """Items that the ranks exchange, and the barrier between writing and reading them."""

    def __init__(self, size: int) -> None:
        self.items: list[Any] = [None] * size
        self.barrier = threading.Barrier(size, timeout=TIMEOUT_S)


class ThreadRanks:
    """One rank: ``parallel.mpi.Ranks`` without the work queue."""

    def __init__(self, rank: int, size: int, board: ExchangeBoard) -> None:
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

    def concatenated(self, part: np.ndarray) -> np.ndarray | None:
        parts = self.gather(part)
        return None if parts is None else np.concatenate(parts)

    def broadcast(self, item: Any) -> Any:
        return self.all_gather(item)[0]

    def sum(self, number: int) -> int:
        return sum(self.all_gather(number))

    def total(self, numbers: np.ndarray) -> np.ndarray:
        return np.sum(self.all_gather(numbers), axis=0, dtype=numbers.dtype)

    def total_before(self, numbers: np.ndarray) -> np.ndarray:
        before = self.all_gather(numbers)[: self.rank]
        return np.sum([np.zeros_like(numbers), *before], axis=0, dtype=numbers.dtype)

    def exchange(self, parts: Sequence[np.ndarray]) -> list[np.ndarray]:
        assert len(parts) == self.size
        return [sent[self.rank].copy() for sent in self.all_gather(list(parts))]

    def filled_on_node(self, shapes: Sequence[Any], fill: Callable[..., None]) -> list[np.ndarray]:
        arrays = self.broadcast([np.zeros(*shape) for shape in shapes] if self.is_root else None)
        fill(arrays, self.rank, self.size)
        self.barrier()
        return [read_only(array) for array in arrays]

    def one_per_node(self, make: Callable[[], Iterable[np.ndarray]]) -> list[np.ndarray]:
        return self.broadcast([read_only(a) for a in make()] if self.is_root else None)


def on_ranks(size: int, work: Callable[[ThreadRanks], Any]) -> list[Any]:
    """Run ``work`` on ``size`` ranks; return its results in order of the ranks."""
    board = ExchangeBoard(size)

    def guarded(rank: int) -> Any:
        try:
            return work(ThreadRanks(rank, size, board))
        except BaseException:
            board.barrier.abort()  # so that no rank waits for the one that failed
            raise

    with ThreadPoolExecutor(size) as pool:
        return [future.result() for future in [pool.submit(guarded, i) for i in range(size)]]
