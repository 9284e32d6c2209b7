"""MPI ranks that measure themselves: how long each waits for others, and what it sends."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from readkin.parallel.mpi import Ranks
from readkin.parallel.shared_arrays import Fill, ShapeAndType
from readkin.parallel.work_queue import WorkQueue


class RankCosts(NamedTuple):
    """Costs of one rank.

    Attributes:
        cpu: user and system time outside of collective operations, s.
        cpu_inside: that in collective operations, s. A rank that waits there is busy, too.
        inside: elapsed time of collective operations, waiting for other ranks included, s.
        sent: bytes of the arrays sent to other ranks.
    """

    cpu: float
    cpu_inside: float
    inside: float
    sent: int


class MeasuredRanks:
    """The operations of other ranks (``parallel.mpi.Ranks``), measured."""

    def __init__(self, ranks: Ranks) -> None:
        self._ranks = ranks
        self.rank, self.size, self.is_root = ranks.rank, ranks.size, ranks.is_root
        self._inside, self._cpu_inside, self._sent = 0.0, 0.0, 0

    def costs(self) -> list[RankCosts]:
        """Return the costs of all ranks until now, on every rank."""
        cpu = time.process_time() - self._cpu_inside
        own = RankCosts(cpu, self._cpu_inside, self._inside, self._sent)
        return self._ranks.all_gather(own)

    def barrier(self) -> None:
        self._measured(self._ranks.barrier)

    def broadcast(self, item: Any) -> Any:
        return self._measured(self._ranks.broadcast, item)

    def gather(self, item: Any) -> list[Any] | None:
        self._sent += 0 if self.is_root else _bytes_of(item)
        return self._measured(self._ranks.gather, item)

    def all_gather(self, item: Any) -> list[Any]:
        self._sent += _bytes_of(item) * (self.size - 1)
        return self._measured(self._ranks.all_gather, item)

    def concatenated(self, part: np.ndarray) -> np.ndarray | None:
        self._sent += 0 if self.is_root else part.nbytes
        return self._measured(self._ranks.concatenated, part)

    def sum(self, number: int) -> int:
        return self._measured(self._ranks.sum, number)

    def total(self, numbers: np.ndarray) -> np.ndarray:
        self._sent += _bytes_of(numbers) if self.size > 1 else 0
        return self._measured(self._ranks.total, numbers)

    def total_before(self, numbers: np.ndarray) -> np.ndarray:
        self._sent += _bytes_of(numbers) if self.size > 1 else 0
        return self._measured(self._ranks.total_before, numbers)

    def exchange(self, parts: Sequence[np.ndarray]) -> list[np.ndarray]:
        self._sent += sum(map(_bytes_of, parts)) - _bytes_of(parts[self.rank])
        return self._measured(self._ranks.exchange, parts)

    def work_queue(self, n_items: int) -> WorkQueue:
        return self._measured(self._ranks.work_queue, n_items)

    def one_per_node(self, make: Callable[[], Iterable[np.ndarray]]) -> list[np.ndarray]:
        return self._measured(self._ranks.one_per_node, lambda: self._own_work(make))

    def filled_on_node(self, shapes: Sequence[ShapeAndType], fill: Fill) -> list[np.ndarray]:
        return self._ranks.filled_on_node(shapes, fill)  # mostly work of its own

    def _own_work(self, make: Callable[[], Iterable[np.ndarray]]) -> Iterator[np.ndarray]:
        """Yield the arrays; making them is no waiting, and none is kept."""
        items = iter(self._outside(make))
        with suppress(StopIteration):
            while True:
                yield self._outside(next, items)

    def _outside(self, operation: Callable[..., Any], *arguments: Any) -> Any:
        started, cpu_before = time.perf_counter(), time.process_time()
        try:
            return operation(*arguments)
        finally:
            self._inside -= time.perf_counter() - started
            self._cpu_inside -= time.process_time() - cpu_before

    def _measured(self, operation: Callable[..., Any], *arguments: Any) -> Any:
        started, cpu_before = time.perf_counter(), time.process_time()
        try:
            return operation(*arguments)
        finally:
            self._inside += time.perf_counter() - started
            self._cpu_inside += time.process_time() - cpu_before


def _bytes_of(item: Any) -> int:
    """Return the bytes of an array, or of all arrays in a tuple."""
    if isinstance(item, tuple):
        return sum(map(_bytes_of, item))
    return int(getattr(item, "nbytes", 0))


def summary(costs: Sequence[RankCosts]) -> str:
    """Return one line: ranges of the costs over the ranks."""

    def between(values: list[float]) -> str:
        return " to ".join(dict.fromkeys(f"{value:.2f}" for value in (min(values), max(values))))

    return (
        f"{len(costs)} rank{'s' * (len(costs) > 1)}, each: CPU"
        f" {between([of_rank.cpu for of_rank in costs])} s, exchanges and waiting"
        f" {between([of_rank.inside for of_rank in costs])} s"
        f" (CPU {between([of_rank.cpu_inside for of_rank in costs])} s), sent"
        f" {between([of_rank.sent / 1e6 for of_rank in costs])} MB"
    )
