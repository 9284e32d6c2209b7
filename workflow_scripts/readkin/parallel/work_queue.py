"""Items of work that go to whichever rank is free next, so that no rank waits for a slow one.

The root gives the items out. It computes as well, and MPI answers nothing while its process
computes: Open MPI has no thread of its own for that, and a counter in a window on the root has to
wait just so over TCP. Hence a thread on the root looks for claims every few milliseconds, which
works as long as what the root computes releases the GIL; and the others claim ahead.
"""

import time
import traceback
from collections.abc import Iterator
from threading import Lock, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mpi4py import MPI

ROOT = 0
SECONDS_BETWEEN_LOOKS = 0.005
# A claim takes this part of a rank's fair share of what is left: many items at a time at first,
# so that claims are few; one at a time at the end, so that all ranks end together.
CLAIMS_PER_SHARE = 16


class Turns:
    """The items that this rank takes, here for one process: all. For one ``for`` loop."""

    def __init__(self, n_items: int) -> None:
        self.n_items = n_items
        self._finished_here = 0

    @property
    def finished(self) -> int:
        """Items finished as far as this rank knows: on the root those of all ranks, as of their
        last claims, elsewhere its own. An item is finished when the loop asks for the next.
        """
        return self._finished_here

    def __iter__(self) -> Iterator[int]:
        return self._count(range(self.n_items))

    def _count(self, items: range) -> Iterator[int]:
        for item in items:
            yield item
            self._finished_here += 1


class SharedTurns(Turns):
    """The items that this rank takes of those that all ranks share.

    Every rank must go through its loop to the end (or end the job with an exception). The root's
    loop ends when all ranks have finished all items.
    """

    def __init__(self, n_items: int, comm: "MPI.Comm", tag: int) -> None:
        """``tag`` keeps apart the claims of loops that follow each other."""
        super().__init__(n_items)
        self._comm = comm
        self._tag = tag
        self._first_left = 0
        self._lock = Lock()
        self._finished_elsewhere = dict.fromkeys(range(1, comm.Get_size()), 0)

    @property
    def finished(self) -> int:
        return self._finished_here + sum(self._finished_elsewhere.values())

    def __iter__(self) -> Iterator[int]:
        return self._give_and_take() if self._comm.Get_rank() == ROOT else self._claim()

    def _claim(self) -> Iterator[int]:
        answer = self._ask()
        while items := answer.wait():
            yield from self._count(items[:-1])
            answer = self._ask()  # the answer comes during the last item
            yield from self._count(items[-1:])
        self._ask().wait()  # tells the root that all is finished

    def _ask(self) -> "MPI.Request":
        """Ask the root for items, and tell it what is finished."""
        self._comm.send(self._finished_here, ROOT, self._tag)
        return self._comm.irecv(source=ROOT, tag=self._tag)

    def _give_and_take(self) -> Iterator[int]:
        giver = Thread(target=self._give, name="turns", daemon=True)
        giver.start()
        while items := self._take():
            yield from self._count(items)
        # Not where an exception passes: it must end the job now, not when the others are done.
        giver.join()

    def _take(self) -> range:
        """The next items; empty if nothing is left."""
        with self._lock:
            first = self._first_left
            left = self.n_items - first
            share = left // (CLAIMS_PER_SHARE * self._comm.Get_size())
            self._first_left += min(max(share, 1), left)
            return range(first, self._first_left)

    def _give(self) -> None:
        try:
            self._answer_claims()
        except BaseException:  # it ends only this thread, and the others would wait for ever
            traceback.print_exc()
            self._comm.Abort(1)

    def _answer_claims(self) -> None:
        """Give items to the other ranks until each has heard twice that nothing is left."""
        n_empty = 0
        while n_empty < 2 * len(self._finished_elsewhere):
            rank = self._wait_for_claim()
            self._finished_elsewhere[rank] = self._comm.recv(source=rank, tag=self._tag)
            items = self._take()
            self._comm.send(items, rank, self._tag)
            n_empty += not items

    def _wait_for_claim(self) -> int:
        """The rank that claims; a blocking receive would keep a CPU busy."""
        from mpi4py import MPI

        status = MPI.Status()
        while not self._look(status):
            time.sleep(SECONDS_BETWEEN_LOOKS)
        return status.Get_source()

    def _look(self, status: "MPI.Status") -> bool:
        # Open MPI first looks and then fetches what has come: only a second look sees that.
        return any(self._comm.iprobe(tag=self._tag, status=status) for _ in range(2))
