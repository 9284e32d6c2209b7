"""The peak memory of a process and all that it started, as Slurm would count it on the node.

Snakemake's benchmark tables know only processes on the node where the rule was started; ranks and
Ray workers on other nodes look at themselves with this.
"""

import resource
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from readkin.parallel.mpi import Ranks

SECONDS_BETWEEN_LOOKS = 1.0
PROCESSES = Path("/proc")


class Memory(NamedTuple):
    """Memory of a process at one moment, kB.

    Attributes:
        resident: all its pages in memory.
        proportional: each page divided by the number of processes that share it; of all
            processes of a node together, the memory that the node misses.
    """

    resident: int
    proportional: int


class PeakMemory:
    """Watches this process and its descendants while the ``with`` block runs.

    The sum of the proportional sizes is looked at once a second. For this process alone the
    kernel also remembers the largest resident size; that counts, less what was seen to be shared,
    if it is larger: a short peak between two looks.
    """

    def __init__(self) -> None:
        self._largest_sum = 0
        self._largest_shared = 0
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ends.set()
        self._thread.join()

    def by_node(self, ranks: Ranks) -> list[float] | None:
        """``peak_mb`` of all ranks, added up for each node, on the root; all ranks must call it."""
        told = ranks.gather((socket.gethostname(), self.peak_mb()))
        if told is None:
            return None
        nodes: dict[str, float] = {}
        for node, peak in told:
            nodes[node] = nodes.get(node, 0.0) + peak
        return list(nodes.values())

    def _watch(self) -> None:
        while not self._ends.wait(SECONDS_BETWEEN_LOOKS):
            self._look()

    def _look(self) -> None:
        memories = [memory_of(process) for process in family()]
        self._largest_sum = max(self._largest_sum, sum(m.proportional for m in memories))
        own = memories[0]
        self._largest_shared = max(self._largest_shared, own.resident - own.proportional)

    def peak_mb(self) -> float:
        """The largest memory so far, in units of 2^20 bytes, as Slurm's ``--mem`` counts."""
        self._look()
        return max(self._largest_sum, largest_resident_kb() - self._largest_shared) / 1024


def largest_resident_kb() -> int:
    """The largest resident size that this process ever had."""
    try:
        lines = (PROCESSES / "self" / "status").read_text().splitlines()
    except OSError:  # macOS, which gives bytes
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    # getrusage would also count the process that this one was forked from.
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def family(root: str = "self") -> list[str]:
    """Ids of the process ``root`` and all its descendants, ``root`` first.

    Where the kernel does not tell children (/proc/PID/task/TID/children), only ``root``.
    """
    found, waiting = [], [root]
    while waiting:
        process = waiting.pop()
        found.append(process)
        try:
            threads = list((PROCESSES / process / "task").iterdir())
            for thread in threads:
                waiting += (thread / "children").read_text().split()
        except OSError:  # ended meanwhile, or no such /proc
            continue
    return found


def memory_of(process: str) -> Memory:
    """Memory of a process at this moment; zeros for one that ended or is another user's."""
    try:
        lines = (PROCESSES / process / "smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return Memory(0, 0)
    sizes = {line.split()[0]: int(line.split()[1]) for line in lines}
    return Memory(sizes["Rss:"], sizes["Pss:"])
