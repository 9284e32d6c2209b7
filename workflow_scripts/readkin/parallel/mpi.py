"""MPI ranks as the commands see them; one process needs no MPI.

mpi4py is imported only if more than one rank is requested. Start several ranks with
``python -m mpi4py``: with plain ``python`` an exception on one rank leaves the others waiting
forever (mpi4py manual, "mpi4py.run").
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import numpy as np

from readkin.errors import InputError, UsageError
from readkin.parallel.launch import launch_rank
from readkin.parallel.shared_arrays import Fill, ShapeAndType, read_only, share, share_filled
from readkin.parallel.work_queue import SharedWorkQueue, WorkQueue

N_TAGS = 1 << 15  # guaranteed by the MPI standard
SECONDS_BETWEEN_CHECKS = 0.005  # in a barrier
SECONDS_TO_BE_ENDED = 30.0


class Ranks(Protocol):
    """The few collective operations that the stages use."""

    rank: int
    size: int

    @property
    def is_root(self) -> bool:
        """Whether this is rank 0, which writes files and messages."""

    def barrier(self) -> None:
        """Wait until all ranks have called this."""

    def broadcast(self, item: Any) -> Any:
        """Return the root's ``item`` on every rank."""

    def gather(self, item: Any) -> list[Any] | None:
        """Return all ranks' items in rank order on the root, None elsewhere."""

    def all_gather(self, item: Any) -> list[Any]:
        """Return all ranks' items in rank order, on every rank."""

    def concatenated(self, part: np.ndarray) -> np.ndarray | None:
        """Return the concatenation of all ranks' 1-d arrays of one dtype on the root, else None.

        Unlike ``gather`` it needs no memory beyond that of the result.
        """

    def sum(self, number: int) -> int:
        """Return the sum of all ranks' numbers, on every rank."""

    def total(self, numbers: np.ndarray) -> np.ndarray:
        """Return the sum of all ranks' arrays, which have one shape and dtype, on every rank."""

    def total_before(self, numbers: np.ndarray) -> np.ndarray:
        """Return the sum of the arrays of the ranks before this one; zeros on the root."""

    def exchange(self, parts: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Send ``parts[d]`` (1-d, one dtype) to rank d; return the array that each rank sent."""

    def work_queue(self, n_items: int) -> WorkQueue:
        """Return a queue of the items 0 to ``n_items`` - 1, of which a free rank takes the next.

        Use it as ``for item in queue``; all ranks must call this and iterate to the end. On the
        root ``queue.finished`` is the number of items that all ranks have finished.

        Raises:
            NoThreadsError: if MPI allows one thread only.
        """

    def one_per_node(self, make: Callable[[], Iterable[np.ndarray]]) -> list[np.ndarray]:
        """Return read-only arrays in C order; each node has one copy for all its ranks.

        ``make`` runs on one rank of each node. If it is a generator, each of its arrays is
        released before the next is made; a list needs memory for all of them twice.

        Raises:
            NoSharedMemoryError: if the ranks of a node cannot share that much memory.
        """

    def filled_on_node(self, shapes: Sequence[ShapeAndType], fill: Fill) -> list[np.ndarray]:
        """Return read-only arrays, of which each node has one copy, that its ranks fill together.

        Args:
            shapes: shape and dtype of each array.
            fill: is called as ``fill(arrays, part, parts)`` on each rank of the node; it fills its
                part of the arrays, which contain zeros.

        Raises:
            NoSharedMemoryError: if the ranks of a node cannot share that much memory.
        """


class OneProcess:
    """The only rank of a run without MPI."""

    rank = 0
    size = 1
    is_root = True

    def barrier(self) -> None:
        """Return at once."""

    def broadcast(self, item: Any) -> Any:
        return item

    def gather(self, item: Any) -> list[Any] | None:
        return [item]

    def all_gather(self, item: Any) -> list[Any]:
        return [item]

    def concatenated(self, part: np.ndarray) -> np.ndarray | None:
        return part

    def sum(self, number: int) -> int:
        return number

    def total(self, numbers: np.ndarray) -> np.ndarray:
        return numbers

    def total_before(self, numbers: np.ndarray) -> np.ndarray:
        return np.zeros_like(numbers)

    def exchange(self, parts: Sequence[np.ndarray]) -> list[np.ndarray]:
        return [np.ascontiguousarray(parts[0])]

    def work_queue(self, n_items: int) -> WorkQueue:
        return WorkQueue(n_items)

    def one_per_node(self, make: Callable[[], Iterable[np.ndarray]]) -> list[np.ndarray]:
        return [read_only(array) for array in make()]

    def filled_on_node(self, shapes: Sequence[ShapeAndType], fill: Fill) -> list[np.ndarray]:
        arrays: list[np.ndarray] = [np.zeros(shape, dtype) for shape, dtype in shapes]
        fill(arrays, 0, 1)
        return [read_only(array) for array in arrays]


class MpiRanks:
    """Ranks of MPI's COMM_WORLD."""

    def __init__(self) -> None:
        from mpi4py import MPI

        self._comm = MPI.COMM_WORLD
        self.rank: int = self._comm.Get_rank()
        self.size: int = self._comm.Get_size()
        self._has_threads: bool = MPI.Query_thread() == MPI.THREAD_MULTIPLE
        self._same_node: int = MPI.COMM_TYPE_SHARED
        self._n_queues = 0

    @property
    def is_root(self) -> bool:
        return self.rank == 0

    def barrier(self) -> None:
        # A rank that waits inside MPI keeps its core busy, which the others may need.
        request = self._comm.Ibarrier()
        while not request.Test():
            time.sleep(SECONDS_BETWEEN_CHECKS)

    def broadcast(self, item: Any) -> Any:
        return self._comm.bcast(item)

    def gather(self, item: Any) -> list[Any] | None:
        return self._comm.gather(item)

    def all_gather(self, item: Any) -> list[Any]:
        return self._comm.allgather(item)

    def concatenated(self, part: np.ndarray) -> np.ndarray | None:
        sizes = self._comm.gather(part.size)
        whole = None if sizes is None else np.empty(sum(sizes), part.dtype)
        self._comm.Gatherv(np.ascontiguousarray(part), None if whole is None else (whole, sizes))
        return whole

    def sum(self, number: int) -> int:
        return self._comm.allreduce(number)

    def total(self, numbers: np.ndarray) -> np.ndarray:
        totals = np.empty_like(numbers, order="C")
        self._comm.Allreduce(np.ascontiguousarray(numbers), totals)
        return totals

    def total_before(self, numbers: np.ndarray) -> np.ndarray:
        totals = np.zeros_like(numbers, order="C")
        self._comm.Exscan(np.ascontiguousarray(numbers), totals)
        return totals if self.rank else np.zeros_like(totals)  # undefined on the first rank

    def exchange(self, parts: Sequence[np.ndarray]) -> list[np.ndarray]:
        sent = np.array([part.size for part in parts], np.int64)
        received = np.empty_like(sent)
        self._comm.Alltoall(sent, received)
        send_buffer = joined(parts)
        receive_buffer = np.empty(int(received.sum()), send_buffer.dtype)
        self._comm.Alltoallv((send_buffer, sent), (receive_buffer, received))
        return np.split(receive_buffer, np.cumsum(received)[:-1])

    def work_queue(self, n_items: int) -> WorkQueue:
        if not self._has_threads:
            wait_for_abort(self)
            raise NoThreadsError(
                "MPI",
                "support for one thread only",
                "MPI_THREAD_MULTIPLE",
                "install another MPI, or unset MPI4PY_RC_THREAD_LEVEL if it is set",
            )
        self._n_queues += 1
        return SharedWorkQueue(n_items, self._comm, self._n_queues % N_TAGS)

    def one_per_node(self, make: Callable[[], Iterable[np.ndarray]]) -> list[np.ndarray]:
        node = self._comm.Split_type(self._same_node)
        arrays = share(node, make)
        node.Free()
        return arrays

    def filled_on_node(self, shapes: Sequence[ShapeAndType], fill: Fill) -> list[np.ndarray]:
        node = self._comm.Split_type(self._same_node)
        arrays = share_filled(node, shapes, fill)
        node.Free()
        return arrays


def joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Concatenate arrays; those that are the consecutive parts of one array need no copy."""
    if len(parts) == 1:
        return parts[0]
    whole = parts[0].base
    if whole is None or whole.ndim != 1 or whole.size != sum(part.size for part in parts):
        return np.concatenate(parts)
    offsets = np.cumsum([0, *(part.nbytes for part in parts[:-1])])
    addresses = [part.ctypes.data if part.size else 0 for part in parts]
    in_place = [
        address in (0, whole.ctypes.data + offset)
        for address, offset in zip(addresses, offsets.tolist(), strict=True)
    ]
    is_whole = (
        whole.dtype == parts[0].dtype
        and whole.flags.c_contiguous
        and all(part.flags.c_contiguous for part in parts)
    )
    return whole if is_whole and all(in_place) else np.concatenate(parts)


class NoThreadsError(InputError):
    """MPI allows no second thread, which the work queue needs on the root."""


class WrongRankCountError(UsageError):
    """MPI started another number of ranks than requested."""


def world(expected: int) -> Ranks:
    """Return the ranks of this run.

    Args:
        expected: number of ranks requested on the command line; 1 uses no MPI.

    Raises:
        WrongRankCountError: if MPI connects another number of processes, for example because the
            launcher does not fit to MPI: each process would then be a world of its own, and all
            would write the same files.
    """
    if expected == 1:
        return OneProcess()
    ranks = MpiRanks()
    if ranks.size != expected:
        wait_for_abort(ranks)
        raise WrongRankCountError(
            "--ranks",
            f"{ranks.size} MPI rank{'s' if ranks.size > 1 else ''}",
            str(expected),
            f"start with `mpiexec -n {expected} python -m mpi4py ...`, under Slurm with "
            "`srun --mpi=pmix`",
        )
    return ranks


def wait_for_abort(ranks: Ranks) -> None:
    """Return at once on the first process; elsewhere wait until the launcher ends this process.

    For an error that all ranks meet: the first process alone reports it, and its end ends the job.
    If MPI has not connected the processes, each is rank 0; then the launcher's number counts.
    """
    if not ranks.is_root or launch_rank() != 0:
        time.sleep(SECONDS_TO_BE_ENDED)


def root_first(ranks: Ranks, action: Callable[[], object]) -> None:
    """Run ``action`` on the root, then on the others: its cache on disk is written only once."""
    if ranks.is_root:
        action()
    ranks.barrier()
    if not ranks.is_root:
        action()


def weighted_split(weights: np.ndarray, parts: int) -> np.ndarray:
    """Return the bounds of contiguous parts with nearly equal weight.

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
