"""MPI ranks as the commands see them; one process needs no MPI at all.

mpi4py is imported only when more than one rank is asked for. Start several ranks with
``python -m mpi4py``: with plain ``python`` an exception on one rank leaves the others waiting
for ever (mpi4py manual, "mpi4py.run").
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import numpy as np

from readkin.parallel.shared_arrays import read_only, share
from readkin.parallel.work_queue import SharedTurns, Turns

N_TAGS = 1 << 15  # that MPI promises
PATIENCE_S = 0.005  # between looks whether the others are there


class Ranks(Protocol):
    """The few collective operations that the stages use."""

    rank: int
    size: int

    @property
    def is_root(self) -> bool:
        """Whether this is rank 0, which writes files and talks to the user."""

    def barrier(self) -> None:
        """Wait until all ranks are here."""

    def broadcast(self, item: Any) -> Any:
        """The root's ``item`` on every rank."""

    def gather(self, item: Any) -> list[Any] | None:
        """All ranks' items in rank order on the root, None elsewhere."""

    def all_gather(self, item: Any) -> list[Any]:
        """All ranks' items in rank order, on every rank."""

    def sum(self, number: int) -> int:
        """The sum of all ranks' numbers, on every rank."""

    def exchange(self, parts: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Send ``parts[d]`` (1-d, one dtype) to rank d; return what each rank sent here."""

    def take_turns(self, n_items: int) -> Turns:
        """The items that this rank takes: whichever rank is free takes the next.

        ``for item in turns``; all ranks must call it and go through to the end. On the root
        ``turns.finished`` says how many items all ranks have finished.
        """

    def one_per_node(self, make: Callable[[], Iterable[np.ndarray]]) -> list[np.ndarray]:
        """Arrays in C order, read-only, of which each node has one copy for all its ranks.

        ``make`` runs on one rank of each node. If it is a generator, each of its arrays is
        dropped before the next is made; a list needs room for all of them twice.

        Raises:
            NoSharedMemoryError: if the ranks of a node cannot share that much memory.
        """


class OneProcess:
    """Ranks of a run without MPI."""

    rank = 0
    size = 1
    is_root = True

    def barrier(self) -> None:
        """Nobody to wait for."""

    def broadcast(self, item: Any) -> Any:
        return item

    def gather(self, item: Any) -> list[Any] | None:
        return [item]

    def all_gather(self, item: Any) -> list[Any]:
        return [item]

    def sum(self, number: int) -> int:
        return number

    def exchange(self, parts: Sequence[np.ndarray]) -> list[np.ndarray]:
        return [np.ascontiguousarray(parts[0])]

    def take_turns(self, n_items: int) -> Turns:
        return Turns(n_items)

    def one_per_node(self, make: Callable[[], Iterable[np.ndarray]]) -> list[np.ndarray]:
        return [read_only(array) for array in make()]


class MpiRanks:
    """Ranks of MPI's COMM_WORLD."""

    def __init__(self) -> None:
        from mpi4py import MPI

        self._comm = MPI.COMM_WORLD
        self.rank: int = self._comm.Get_rank()
        self.size: int = self._comm.Get_size()
        self._has_threads: bool = MPI.Query_thread() == MPI.THREAD_MULTIPLE
        self._same_node: int = MPI.COMM_TYPE_SHARED
        self._n_turns = 0

    @property
    def is_root(self) -> bool:
        return self.rank == 0

    def barrier(self) -> None:
        # A rank that waits in MPI keeps its core busy, which the others may need.
        request = self._comm.Ibarrier()
        while not request.Test():
            time.sleep(PATIENCE_S)

    def broadcast(self, item: Any) -> Any:
        return self._comm.bcast(item)

    def gather(self, item: Any) -> list[Any] | None:
        return self._comm.gather(item)

    def all_gather(self, item: Any) -> list[Any]:
        return self._comm.allgather(item)

    def sum(self, number: int) -> int:
        return self._comm.allreduce(number)

    def exchange(self, parts: Sequence[np.ndarray]) -> list[np.ndarray]:
        sent = np.array([part.size for part in parts], np.int64)
        received = np.empty_like(sent)
        self._comm.Alltoall(sent, received)
        send_buffer = np.concatenate(parts)
        receive_buffer = np.empty(int(received.sum()), send_buffer.dtype)
        self._comm.Alltoallv((send_buffer, sent), (receive_buffer, received))
        return np.split(receive_buffer, np.cumsum(received)[:-1])

    def take_turns(self, n_items: int) -> Turns:
        if not self._has_threads:
            raise NoThreadsError(
                "found an MPI that one thread alone may use, expected MPI_THREAD_MULTIPLE; "
                "install another MPI, or unset MPI4PY_RC_THREAD_LEVEL if it is set"
            )
        self._n_turns += 1
        return SharedTurns(n_items, self._comm, self._n_turns % N_TAGS)

    def one_per_node(self, make: Callable[[], Iterable[np.ndarray]]) -> list[np.ndarray]:
        node = self._comm.Split_type(self._same_node)
        arrays = share(node, make)
        node.Free()
        return arrays


class NoThreadsError(RuntimeError):
    """MPI allows no second thread, which answers the ranks that ask for work."""


class WrongRankCountError(RuntimeError):
    """MPI started another number of ranks than was asked for."""


def world(expected: int) -> Ranks:
    """The ranks of this run.

    Args:
        expected: number of ranks asked for on the command line; 1 uses no MPI.

    Raises:
        WrongRankCountError: if the launcher and MPI do not work together: each process then sees
            a world of its own, and all would write the same files.
    """
    if expected == 1:
        return OneProcess()
    ranks = MpiRanks()
    if ranks.size != expected:
        raise WrongRankCountError(
            f"found {ranks.size} MPI ranks, expected {expected}; start with "
            f"`mpiexec -n {expected} python -m mpi4py ...`, under Slurm with `srun --mpi=pmix`"
        )
    return ranks


def root_first(ranks: Ranks, action: Callable[[], object]) -> None:
    """Run ``action`` on the root, then on the others: what it caches on disk is made once."""
    if ranks.is_root:
        action()
    ranks.barrier()
    if not ranks.is_root:
        action()


def weighted_split(weights: np.ndarray, parts: int) -> np.ndarray:
    """Bounds of contiguous parts with nearly equal weight.

    Args:
        weights: int64 (n,), each >= 0.
        parts: number of parts, >= 1.

    Returns:
        int64 (parts + 1,): part p is ``bounds[p]:bounds[p + 1]``.
    """
    ends = np.cumsum(weights, dtype=np.int64)
    total = int(ends[-1]) if ends.size else 0
    targets = np.array([total * part // parts for part in range(1, parts)], np.int64)
    inner = np.searchsorted(ends, targets, side="left") + 1 if total else np.zeros(parts - 1)
    bounds = np.concatenate([[0], np.minimum(inner, len(weights)), [len(weights)]])
    return np.maximum.accumulate(bounds.astype(np.int64))
