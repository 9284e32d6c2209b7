"""Tools in turn on the same work, on one core: rates, their ratios, and whether scores agree."""

import gc
import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from benchmarks.align.tools import Run, Tool
from benchmarks.align.works import AllAgainstAll, Work

# Largest share of a repetition that finding the fastest way may take, for each way.
SHARE_FOR_TRIAL = 0.1


@dataclass
class Runner:
    """A tool on one work set.

    Attributes:
        work: the set, thinned for a slow tool; units: how many of it are done in a repetition.
        cpu, wall: seconds of each repetition.
        n_wrong: scores that differ from readkin's, of `pairs`.
    """

    tool: Tool
    work: Work
    way: str
    run: Run
    units: int
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    n_wrong: int = 0

    @property
    def pairs(self) -> int:
        return self.work.pairs(self.units)

    @property
    def cells(self) -> int:
        return self.work.cells(self.units)

    def rates(self, seconds: list[float]) -> np.ndarray:
        """Cells per second of each repetition."""
        return self.cells / np.array(seconds)

    def repeat(self) -> np.ndarray:
        scores, cpu, wall = timed(self.run, self.units, self.tool.in_child)
        self.cpu.append(cpu)
        self.wall.append(wall)
        return scores


def race(
    work: Work, ours: Tool, peers: list[Tool], seconds: float, repetitions: int
) -> list[Runner]:
    """Run all tools on the work in turn, `repetitions` times; peers do what fits into `seconds`."""
    first = Runner(ours, work, *only_way(ours, work), work.units)
    expected = first.run(work.units)  # compiles, too
    runners = [first]
    for peer in peers:
        thinned = work
        if isinstance(work, AllAgainstAll) and peer.target_step > 1:
            thinned = work.thinned(peer.target_step)
        ways = peer.ways(thinned)
        if ways:
            way, rate = fastest(ways, thinned, seconds * SHARE_FOR_TRIAL, peer.in_child)
            units = min(thinned.units, max(1, int(rate * seconds)))
            runners.append(Runner(peer, thinned, way, ways[way], units))
    for _ in range(repetitions):
        for runner in runners:
            scores = runner.repeat()
            runner.n_wrong = max(runner.n_wrong, n_different(runner, scores, expected))
    return runners


def only_way(tool: Tool, work: Work) -> tuple[str, Run]:
    ((way, run),) = tool.ways(work).items()
    return way, run


def fastest(ways: dict[str, Run], work: Work, seconds: float, in_child: bool) -> tuple[str, float]:
    """The way with the highest rate, and the rate in units per second of processor time."""
    rates = {way: rate_of(run, work, seconds, in_child) for way, run in ways.items()}
    return max(rates.items(), key=lambda item: item[1])


def rate_of(run: Run, work: Work, seconds: float, in_child: bool) -> float:
    """Units per second, from as many units as take about `seconds`, at least one."""
    units = 1
    while True:
        _, cpu, _ = timed(run, units, in_child)
        if cpu >= seconds / 2 or units == work.units:
            return units / max(cpu, 1e-9)
        units = min(work.units, max(2 * units, int(units * seconds / max(cpu, 1e-4))))


def timed(run: Run, units: int, in_child: bool) -> tuple[np.ndarray, float, float]:
    """Scores, seconds of processor time of this thread or of the child, seconds on the clock."""
    clock: Callable[[], float] = child_time if in_child else time.thread_time
    gc.collect()
    wall, cpu = time.perf_counter(), clock()
    scores = run(units)
    return scores, clock() - cpu, time.perf_counter() - wall


def child_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def n_different(runner: Runner, scores: np.ndarray, expected: np.ndarray) -> int:
    """How many scores are not readkin's."""
    work = runner.work
    if isinstance(work, AllAgainstAll):
        table = expected.reshape(work.units, -1)
        expected = table[: runner.units, :: runner.tool.target_step]
    else:
        expected = expected[: runner.units]
    scores = np.asarray(scores)
    if scores.size != expected.size:
        return expected.size
    return int((scores != expected.ravel()).sum())


@contextmanager
def one_core() -> Iterator[int | None]:
    """Hold this process, and the children it starts, on one core; its number, where that works."""
    if not hasattr(os, "sched_setaffinity"):
        yield None
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield max(allowed)
    finally:
        os.sched_setaffinity(0, allowed)
