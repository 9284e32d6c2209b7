"""Time, memory and disk of the stages for more reads and nodes than can be measured here.

For a stage whose work has a size x (reads or candidate pairs, in millions) on w processes:

    time   = start + serial x + parallel x / w + sent x / (bandwidth * nodes)
    memory = base * processes of the node + rest x          of the fullest node

All terms come from measured runs of one and of two processes (``fit``): if the busiest of two needs
more than half of the processor time of one, the difference is serial work, which all repeat or wait
for. Memory is an upper bound: nothing is taken to be distributed over the nodes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

MILLION = 1e6


class StageRun(NamedTuple):
    """One measured run of a stage.

    Attributes:
        stage: its name.
        size: reads or candidate pairs, millions.
        processes: MPI ranks, or 1.
        cpu: processor time of the busiest process, without waiting, s.
        memory: peak of all processes together, bytes.
        output: bytes of its results and intermediate files.
        sent: bytes that each process sent to others.
        serial: s of the work that no second process could take over, where the stage states it.
    """

    stage: str
    size: float
    processes: int
    cpu: float
    memory: float
    output: float
    sent: float = 0
    serial: float | None = None


@dataclass(frozen=True, kw_only=True)
class StageTerms:
    """Terms of the model of a stage.

    Attributes:
        start: s.
        serial, parallel: s per million.
        base: bytes per process.
        memory, output, sent: bytes per million; sent by each process.
        is_per_unit: whether the processes are jobs, of which each sequencing unit has one.
        is_parallel: whether more processes than one take part.
    """

    start: float
    serial: float
    parallel: float
    base: float
    memory: float
    output: float
    sent: float = 0
    is_per_unit: bool = False
    is_parallel: bool = True


class Machine(NamedTuple):
    """Nodes of a cluster.

    Attributes:
        nodes: how many.
        cores: processes on each.
        memory: bytes of each.
        bandwidth: bytes per s between nodes, each way and node.
    """

    nodes: int
    cores: int
    memory: float
    bandwidth: float


class Prediction(NamedTuple):
    """Time, s, memory of the fullest node, bytes, and output, bytes, of a stage."""

    time: float
    memory: float
    output: float


def fit(runs: Sequence[StageRun], is_per_unit: bool = False) -> StageTerms:
    """Return the terms of one stage.

    Args:
        runs: of two sizes or more with one process, and for an MPI stage of the same with two.
        is_per_unit: whether the stage has a job for each sequencing unit.
    """
    single = [run for run in runs if run.processes == 1]
    double = [run for run in runs if run.processes == 2]
    start, work = _line((run.size, run.cpu) for run in single)
    base, memory = _line((run.size, run.memory) for run in single)
    serial, sent = 0.0 if is_per_unit else work, 0.0
    stated = [(run.size, run.serial) for run in single if run.serial is not None]
    if stated:
        serial = min(_line(stated)[1], work)
    elif double:
        of_two = _line((run.size, run.cpu) for run in double)[1]
        serial = min(max(2 * of_two - work, 0.0), work)  # of_two = serial + parallel / 2
        _, sent = _line((run.size, run.sent) for run in double)
    return StageTerms(
        start=start,
        serial=serial,
        parallel=work - serial,
        base=base,
        memory=memory,
        output=_line((run.size, run.output) for run in single)[1],
        sent=sent,
        is_per_unit=is_per_unit,
        is_parallel=bool(double or stated) or is_per_unit,
    )


def predict(terms: StageTerms, size: float, units: int, machine: Machine) -> Prediction:
    """Return what a stage takes on a machine.

    Args:
        terms: of the stage.
        size: reads or candidate pairs, millions.
        units: sequencing units, of equal size.
        machine: the nodes.
    """
    if terms.is_per_unit:
        jobs = min(units, machine.nodes * machine.cores)
        rounds = -(-units // jobs)
        on_node = min(-(-jobs // machine.nodes), machine.cores)
        time = rounds * (terms.start + terms.parallel * size / units)
        memory = on_node * (terms.base + terms.memory * size / units)
        return Prediction(time, memory, terms.output * size)
    processes = machine.nodes * machine.cores if terms.is_parallel else 1
    time = terms.start + terms.serial * size + terms.parallel * size / processes
    if machine.nodes > 1:  # two processes send half of what they have, many of them nearly all
        everything = 2 * 2 * terms.sent * size
        time += everything * (1 - 1 / machine.nodes) / (machine.bandwidth * machine.nodes)
    on_node = machine.cores if terms.is_parallel else 1
    return Prediction(time, on_node * terms.base + terms.memory * size, terms.output * size)


def largest_size(terms: StageTerms, machine: Machine) -> float:
    """Return the size, in millions, whose memory just fits a node; infinite if all sizes do."""
    processes = machine.cores if terms.is_parallel else 1
    free = machine.memory - processes * terms.base
    return free / terms.memory if terms.memory > 0 else float("inf")


def _line(points: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Return intercept and slope of the line through points, both >= 0."""
    x, y = np.array(list(points)).T
    slope, intercept = np.polyfit(x, y, 1)
    return max(float(intercept), 0.0), max(float(slope), 0.0)
