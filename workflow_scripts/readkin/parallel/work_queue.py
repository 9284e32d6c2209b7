"""Queue of work items: the rank that is free next takes the next item, so no rank waits for others.

The root hands out the items. It computes as well, and MPI answers nothing while its process
computes: Open MPI has no thread of its own for that, and a counter in a window on the root would
have to wait in the same way over TCP. Therefore a thread on the root checks for requests every few
milliseconds, which works as long as the root's computation releases the GIL; and the other ranks
request items before they need them.
"""

import time
import traceback
from collections.abc import Iterator
from threading import Lock, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mpi4py import MPI

ROOT = 0
SECONDS_BETWEEN_CHECKS = 0.005
# A request takes this part of a rank's fair share of the remaining items: many items at a time at
# first, so that requests are few; one at a time at the end, so that all ranks end together.
REQUESTS_PER_SHARE = 16


class WorkQueue:
    """Work items of a single process, which takes them all, for one ``for`` loop.

    Args:
        n_items: number of items.
    """

    def __init__(self, n_items: int) -> None:
        self.n_items = n_items
        self._finished_here = 0

    @property
    def finished(self) -> int:
        """Number of finished items: on the root those of all ranks as of their last requests,
        elsewhere this rank's own. An item is finished when the loop takes the next one.
        """
        return self._finished_here

    def __iter__(self) -> Iterator[int]:
        return self._count(range(self.n_items))

    def _count(self, items: range) -> Iterator[int]:
        for item in items:
            yield item
            self._finished_here += 1


class SharedWorkQueue(WorkQueue):
    """Work items shared by all ranks; iterating yields those that this rank takes.

    Every rank must iterate to the end (or end the job with an exception). The root's loop ends when
    all ranks have finished all items.

    Args:
        n_items: number of items.
        comm: communicator of all ranks.
        tag: MPI tag, different for queues that follow each other.
    """

    def __init__(self, n_items: int, comm: "MPI.Comm", tag: int) -> None:
        super().__init__(n_items)
        self._comm = comm
        self._tag = tag
        self._next_item = 0
        self._lock = Lock()
        self._finished_elsewhere = dict.fromkeys(range(1, comm.Get_size()), 0)

    @property
    def finished(self) -> int:
        return self._finished_here + sum(self._finished_elsewhere.values())

    def __iter__(self) -> Iterator[int]:
        return self._serve_and_take() if self._comm.Get_rank() == ROOT else self._request_items()

    def _request_items(self) -> Iterator[int]:
        answer = self._ask()
        while items := answer.wait():
            yield from self._count(items[:-1])
            answer = self._ask()  # the answer comes during the last item
            yield from self._count(items[-1:])
        self._ask().wait()  # reports the last finished items

    def _ask(self) -> "MPI.Request":
        """Request items from the root, and report how many are finished."""
        self._comm.send(self._finished_here, ROOT, self._tag)
        return self._comm.irecv(source=ROOT, tag=self._tag)

    def _serve_and_take(self) -> Iterator[int]:
        server = Thread(target=self._serve, name="work queue", daemon=True)
        server.start()
        while items := self._take():
            yield from self._count(items)
        # Not after an exception: it must end the job now, not when the others have finished.
        server.join()

    def _take(self) -> range:
        """Take and return the next items; empty if none remain."""
        with self._lock:
            first = self._next_item
            remaining = self.n_items - first
            share = remaining // (REQUESTS_PER_SHARE * self._comm.Get_size())
            self._next_item += min(max(share, 1), remaining)
            return range(first, self._next_item)

    def _serve(self) -> None:
        try:
            self._answer_requests()
        except BaseException:  # it ends only this thread, and the others would wait forever
            traceback.print_exc()
            self._comm.Abort(1)

    def _answer_requests(self) -> None:
        """Send items to the other ranks until each has received two empty answers."""
        n_empty = 0
        while n_empty < 2 * len(self._finished_elsewhere):
            rank = self._wait_for_request()
            self._finished_elsewhere[rank] = self._comm.recv(source=rank, tag=self._tag)
            items = self._take()
            self._comm.send(items, rank, self._tag)
            n_empty += not items

    def _wait_for_request(self) -> int:
        """Return the rank of the next request; a blocking receive would keep a CPU busy."""
        from mpi4py import MPI

        status = MPI.Status()
        while not self._has_request(status):
            time.sleep(SECONDS_BETWEEN_CHECKS)
        return status.Get_source()

    def _has_request(self, status: "MPI.Status") -> bool:
        # Open MPI first checks and then receives what has arrived: only a second probe sees that.
        return any(self._comm.iprobe(tag=self._tag, status=status) for _ in range(2))
