"""Tools that run the same workload in turn on one core: rates, and whether the scores agree."""

import gc
import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.align import biopython_tool, opal_tool, parasail_tools, ssw_tools
from benchmarks.align.workloads import AllAgainstAll, Run, Tool, UnavailableError, Workload

# Time to measure each variant of a tool, as a share of the time of a repetition.
SHARE_FOR_VARIANT = 0.1


@dataclass
class Runner:
    """A tool with one workload, and its measurements.

    Attributes:
        tool: the tool.
        work: the workload, with fewer targets for a slow tool.
        variant: name of the tool's fastest method.
        run: that method.
        units: units of work in a repetition.
        cpu: processor seconds of each repetition.
        wall: elapsed seconds of each repetition.
        n_wrong: number of scores that differ from readkin's, of `pairs`.
    """

    tool: Tool
    work: Workload
    variant: str
    run: Run
    units: int
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    n_wrong: int = 0

    @property
    def pairs(self) -> int:
        """Sequence pairs in a repetition."""
        return self.work.pairs(self.units)

    @property
    def cells(self) -> int:
        """DP cells in a repetition."""
        return self.work.cells(self.units)

    def rates(self, seconds: list[float]) -> np.ndarray:
        """Return the cells per second of each repetition."""
        return self.cells / np.array(seconds)

    def repeat(self) -> np.ndarray:
        """Run one repetition and return its scores."""
        scores, cpu, wall = timed(self.run, self.units, self.tool.in_child)
        self.cpu.append(cpu)
        self.wall.append(wall)
        return scores


def find_peers(folder: Path) -> tuple[list[Tool], dict[str, str]]:
    """Return the available peers, and by name why the others are unavailable.

    Only tools that give exact scores for any scoring take part, so that scores can be compared.
    MMseqs2 does not: it rounds BLOSUM62 differently, and most of its scores differ.

    Args:
        folder: folder in which drivers are compiled.
    """
    makers: dict[str, Callable[[], Tool | list[Tool]]] = {
        "parasail (Python)": parasail_tools.python_tool,
        "parasail (C)": lambda: parasail_tools.c_tool(folder),
        "pyopal": opal_tool.tools,
        "ssw-py": ssw_tools.python_tool,
        "SSW (C)": lambda: ssw_tools.c_tool(folder),
        "ssw_test": lambda: ssw_tools.command_tool(folder),
        "Biopython": biopython_tool.tool,
    }
    found: list[Tool] = []
    missing: dict[str, str] = {}
    for name, make in makers.items():
        try:
            made = make()
        except UnavailableError as reason:
            missing[name] = str(reason)
        else:
            found.extend(made if isinstance(made, list) else [made])
    return found, missing


def race(
    work: Workload, ours: Tool, peers: list[Tool], seconds: float, repetitions: int
) -> list[Runner]:
    """Run all tools in turn.

    Args:
        work: the workload.
        ours: readkin, which runs all of it.
        peers: the other tools.
        seconds: time of a repetition of a peer, which runs as many units as fit into it.
        repetitions: number of repetitions.

    Returns:
        The runners with their measurements; the first one is readkin.
    """
    ((variant, run),) = ours.variants(work).items()
    first = Runner(tool=ours, work=work, variant=variant, run=run, units=work.units)
    expected = first.run(work.units)  # also compiles the kernels
    runners = [first]
    for peer in peers:
        reduced = work
        if isinstance(work, AllAgainstAll) and peer.target_step > 1:
            reduced = work.with_fewer_targets(peer.target_step)
        variants = peer.variants(reduced)
        if variants:
            variant, rate = fastest(variants, reduced, seconds * SHARE_FOR_VARIANT, peer.in_child)
            units = min(reduced.units, max(1, int(rate * seconds)))
            run = variants[variant]
            runners.append(Runner(tool=peer, work=reduced, variant=variant, run=run, units=units))
    for _ in range(repetitions):
        for runner in runners:
            scores = runner.repeat()
            runner.n_wrong = max(runner.n_wrong, n_different(runner, scores, expected))
    return runners


def fastest(
    variants: dict[str, Run], work: Workload, seconds: float, in_child: bool
) -> tuple[str, float]:
    """Return the name of the fastest variant, and its rate in units per processor second."""
    rates = {name: rate_of(run, work, seconds, in_child) for name, run in variants.items()}
    return max(rates.items(), key=lambda item: item[1])


def rate_of(run: Run, work: Workload, seconds: float, in_child: bool) -> float:
    """Return the units per second, measured over about `seconds`, or one unit."""
    units = 1
    while True:
        _, cpu, _ = timed(run, units, in_child)
        if cpu >= seconds / 2 or units == work.units:
            return units / max(cpu, 1e-9)
        units = min(work.units, max(2 * units, int(units * seconds / max(cpu, 1e-4))))


def timed(run: Run, units: int, in_child: bool) -> tuple[np.ndarray, float, float]:
    """Run and return the scores, the processor seconds and the elapsed seconds.

    Processor time is that of this thread, or of the child process.
    """
    clock: Callable[[], float] = child_time if in_child else time.thread_time
    gc.collect()
    wall, cpu = time.perf_counter(), clock()
    scores = run(units)
    return scores, clock() - cpu, time.perf_counter() - wall


def child_time() -> float:
    """Return the processor seconds of all finished child processes."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def n_different(runner: Runner, scores: np.ndarray, expected: np.ndarray) -> int:
    """Return the number of scores that differ from readkin's."""
    work = runner.work
    if isinstance(work, AllAgainstAll):
        matrix = expected.reshape(work.units, -1)
        expected = matrix[: runner.units, :: runner.tool.target_step]
    else:
        expected = expected[: runner.units]
    scores = np.asarray(scores)
    if scores.size != expected.size:
        return expected.size
    return int((scores != expected.ravel()).sum())


@contextmanager
def one_core() -> Iterator[int | None]:
    """Pin this process and its children to one core; yield its number, or None if unsupported."""
    if not hasattr(os, "sched_setaffinity"):
        yield None
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield max(allowed)
    finally:
        os.sched_setaffinity(0, allowed)
