"""Peak memory of a process and its descendants, as Slurm counts it on a node.

Snakemake's benchmark tables cover only processes on the node where the rule was started; ranks and
Ray workers on other nodes measure themselves with this module.
"""

import resource
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from readkin.parallel.mpi import Ranks

SECONDS_BETWEEN_SAMPLES = 1.0
PROCESSES = Path("/proc")


class Memory(NamedTuple):
    """Memory of a process at one moment, kB.

    Attributes:
        resident: all its pages in memory.
        proportional: each page divided by the number of processes that share it; the sum over all
            processes is the memory that the node has in use.
    """

    resident: int
    proportional: int


class PeakMemory:
    """Monitor of this process and its descendants while the ``with`` block runs.

    The sum of the proportional sizes is sampled once a second. For this process alone the kernel
    also records the largest resident size; minus the shared memory seen in samples, it counts if it
    is larger, because of a short peak between two samples.
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
        """Return the sum of ``peak_mb`` over each node's ranks on the root, None elsewhere.

        All ranks must call this.
        """
        peaks = ranks.gather((socket.gethostname(), self.peak_mb()))
        if peaks is None:
            return None
        nodes: dict[str, float] = {}
        for node, peak in peaks:
            nodes[node] = nodes.get(node, 0.0) + peak
        return list(nodes.values())

    def _watch(self) -> None:
        while not self._ends.wait(SECONDS_BETWEEN_SAMPLES):
            self._sample()

    def _sample(self) -> None:
        memories = [memory_of(process) for process in family()]
        self._largest_sum = max(self._largest_sum, sum(m.proportional for m in memories))
        own = memories[0]
        self._largest_shared = max(self._largest_shared, own.resident - own.proportional)

    def peak_mb(self) -> float:
        """Return the peak memory so far, MiB, the unit of Slurm's ``--mem``."""
        self._sample()
        return max(self._largest_sum, largest_resident_kb() - self._largest_shared) / 1024


def largest_resident_kb() -> int:
    """Return the largest resident size that this process has had, kB."""
    try:
        lines = (PROCESSES / "self" / "status").read_text().splitlines()
    except OSError:  # macOS, which reports bytes
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    # getrusage would include the process that this one was forked from.
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def family(root: str = "self") -> list[str]:
    """Return the ids of the process ``root`` and all its descendants, ``root`` first.

    Only ``root`` if the kernel does not list children (/proc/PID/task/TID/children).
    """
    processes, waiting = [], [root]
    while waiting:
        process = waiting.pop()
        processes.append(process)
        try:
            threads = list((PROCESSES / process / "task").iterdir())
            for thread in threads:
                waiting += (thread / "children").read_text().split()
        except OSError:  # it has ended, or this system has no /proc
            continue
    return processes


def memory_of(process: str) -> Memory:
    """Return the memory of a process now; zeros if it has ended or belongs to another user."""
    try:
        lines = (PROCESSES / process / "smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return Memory(0, 0)
    sizes = {line.split()[0]: int(line.split()[1]) for line in lines}
    return Memory(sizes["Rss:"], sizes["Pss:"])
