"""Time, memory and disk of the stages for more reads and workers than can be measured here.

For a stage whose work has a size x (reads or candidate pairs, in millions) on N workers:

    time = start + serial x + parallel x / N          processor time of the busiest worker,
                                                      the parallel one times `contention` if N > 1
         + sent x / bandwidth of all nodes            arrays that ranks exchange between nodes
         + gather (N - 1)                             what each further worker adds
         + (1 - 1 / N) unit                           others wait for the last unit of a work queue
    memory = base * workers of the node + rest x      of the fullest node

The last term is Graham's bound for a queue whose largest unit of work takes `unit` s. A stage
without a queue gives each rank a fixed share; its imbalance is in the terms, which are those of the
busiest of two ranks. A stage with a job for each sequencing unit takes rounds of jobs.

All terms come from measured runs (`fit`). Those of stages on MPI are the non-negative ones with the
least relative errors over the runs on one, two and more ranks; `embed_reads` states its serial
steps. `contention` and `gather` need runs on more than two ranks, without which more processor time
of two ranks counts as serial work. Latency of messages and contention of a shared
file system are not measured and not included. Memory is an upper bound: nothing is taken to be
distributed over the nodes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import nnls

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
        cells: DP-matrix cells of the alignments, teracells.
    """

    stage: str
    size: float
    processes: int
    cpu: float
    memory: float
    output: float
    sent: float = 0
    serial: float | None = None
    cells: float = 0


class Measured(NamedTuple):
    """Sizes, millions, and numbers of processes of the runs from which terms come."""

    smallest: float
    largest: float
    most_processes: int


@dataclass(frozen=True, kw_only=True)
class StageTerms:
    """Terms of the model of a stage.

    Attributes:
        start: s.
        serial, parallel: s per million.
        base: bytes per process.
        memory, output, sent: bytes per million; sent by each process.
        contention: times as much processor time as on one core the parallel work needs on cores
            that are all at work, as they share caches, memory, and units of processing.
        gather: s for each worker beyond the first; None if not measured.
        unit: largest unit of work in its queue, millions; 0 if it has none.
        cells: teracells per million.
        is_per_unit: whether the processes are jobs, of which each sequencing unit has one.
        is_parallel: whether more processes than one take part.
        is_mpi: whether they are ranks, which a lost one ends all.
        measured: where.
    """

    start: float
    serial: float
    parallel: float
    base: float
    memory: float
    output: float
    sent: float = 0
    contention: float = 1.0
    gather: float | None = None
    unit: float = 0
    cells: float = 0
    is_per_unit: bool = False
    is_parallel: bool = True
    is_mpi: bool = False
    measured: Measured | None = None

    def parallel_on(self, processes: int) -> float:
        """Return the parallel work of that many processes together, s per million."""
        return self.parallel * (self.contention if processes > 1 else 1.0)


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


class Parts(NamedTuple):
    """Parts of the time, s; `parallel` shrinks with more workers, `exchange` with more nodes."""

    start: float = 0
    serial: float = 0
    parallel: float = 0
    exchange: float = 0
    gather: float = 0
    tail: float = 0


class Prediction(NamedTuple):
    """Parts of the time, memory of the fullest node, bytes, and output, bytes, of a stage."""

    parts: Parts
    memory: float
    output: float

    @property
    def time(self) -> float:
        """Return the time, s."""
        return sum(self.parts)


def fit(
    runs: Sequence[StageRun],
    *,
    is_per_unit: bool = False,
    is_mpi: bool = False,
    unit: float = 0,
    unit_cells: float = 0,
) -> StageTerms:
    """Return the terms of one stage.

    Args:
        runs: of two sizes or more with one process, and for an MPI stage of the same with two,
            and some on more ranks.
        is_per_unit: whether the stage has a job for each sequencing unit.
        is_mpi: whether it runs on MPI ranks.
        unit: largest unit of work in its queue, millions.
        unit_cells: the same in teracells, for a stage that cuts its work by cells.
    """
    single = [run for run in runs if run.processes == 1]
    start, work = _line((run.size, run.cpu) for run in single)
    base, memory = _line((run.size, run.memory) for run in single)
    serial, parallel, sent = work, 0.0, 0.0
    contention, gather = 1.0, None
    stated = [(run.size, run.serial) for run in single if run.serial is not None]
    double = [run for run in runs if run.processes == 2]
    cells = sum(run.cells for run in runs) / sum(run.size for run in runs)
    unit = unit_cells / cells if unit_cells and cells else unit
    if is_per_unit:
        serial, parallel = 0.0, work
    elif stated:
        serial = min(_line(stated)[1], work)
        parallel = work - serial
    elif double:
        start, serial, parallel, contention, gather = _of_ranks(runs, unit)
        _, sent = _line((run.size, run.sent) for run in double)
    return StageTerms(
        start=start,
        serial=serial,
        parallel=parallel,
        base=base,
        memory=memory,
        output=_line((run.size, run.output) for run in single)[1],
        sent=sent,
        contention=contention,
        gather=gather,
        unit=unit,
        cells=cells,
        is_per_unit=is_per_unit,
        is_parallel=bool(is_per_unit or stated or double),
        is_mpi=is_mpi,
        measured=Measured(
            smallest=min(run.size for run in runs),
            largest=max(run.size for run in runs),
            most_processes=max(run.processes for run in runs),
        ),
    )


def processor_time(terms: StageTerms, size: float, processes: int) -> float:
    """Return the processor time of the busiest process, s, without waiting for others.

    Args:
        terms: of the stage.
        size: reads or candidate pairs, millions; of one job, for a stage with a job for each unit.
        processes: ranks.
    """
    share = _share(size, processes, terms.unit)
    work = terms.serial * size + terms.parallel_on(processes) * size * share
    return terms.start + work + (terms.gather or 0.0) * (processes - 1)


def predict(
    terms: StageTerms, size: float, units: int, machine: Machine, workers: int | None = None
) -> Prediction:
    """Return what a stage takes on a machine.

    Args:
        terms: of the stage.
        size: reads or candidate pairs, millions.
        units: sequencing units, of equal size.
        machine: the nodes.
        workers: processes on all nodes together; by default one for each core.
    """
    available = machine.nodes * machine.cores if workers is None else workers
    if terms.is_per_unit:
        jobs = min(units, available)
        rounds = -(-units // jobs)
        on_node = min(-(-jobs // machine.nodes), machine.cores)
        of_job = terms.parallel * size / units
        parts = Parts(
            start=rounds * terms.start,
            parallel=units / jobs * of_job,
            tail=(rounds - units / jobs) * of_job,
        )
        memory = on_node * (terms.base + terms.memory * size / units)
        return Prediction(parts, memory, terms.output * size)
    processes = available if terms.is_parallel else 1
    exchange = 0.0
    if machine.nodes > 1:  # two processes send half of what they have, many of them nearly all
        everything = 2 * 2 * terms.sent * size
        exchange = everything * (1 - 1 / machine.nodes) / (machine.bandwidth * machine.nodes)
    parts = Parts(
        start=terms.start,
        serial=terms.serial * size,
        parallel=terms.parallel_on(processes) * size / processes,
        exchange=exchange,
        gather=(terms.gather or 0.0) * (processes - 1),
        tail=(1 - 1 / processes) * terms.parallel_on(processes) * min(terms.unit, size),
    )
    on_node = -(-processes // machine.nodes)
    return Prediction(parts, on_node * terms.base + terms.memory * size, terms.output * size)


def largest_size(terms: StageTerms, machine: Machine) -> float:
    """Return the size, in millions, whose memory just fits a node; infinite if all sizes do."""
    processes = machine.cores if terms.is_parallel else 1
    free = machine.memory - processes * terms.base
    return free / terms.memory if terms.memory > 0 else float("inf")


def _share(size: float, processes: int, unit: float) -> float:
    """Return the share of the busiest process, of a queue of units of equal size if it has one."""
    if not unit:
        return 1 / processes
    n_units = -(-size // unit)
    return -(-n_units // processes) / n_units


def _of_ranks(
    runs: Sequence[StageRun], unit: float
) -> tuple[float, float, float, float, float | None]:
    """Return start, serial, parallel, contention and gather, with the least relative errors.

    All are >= 0. Contention is 1 and gather None without runs on more than two ranks.
    """
    size, processes, cpu = np.array([(run.size, run.processes, run.cpu) for run in runs], float).T
    share = np.array([_share(run.size, run.processes, unit) for run in runs])
    columns = [np.ones_like(size), size, size * share]
    is_wide = bool((processes > 2).any())
    if is_wide:
        columns += [size * share * (processes > 1), processes - 1]
    found, _ = nnls(np.array(columns).T / cpu[:, None], np.ones_like(cpu))
    start, serial, parallel, *of_many = map(float, found)
    if not is_wide:
        return start, serial, parallel, 1.0, None
    more, gather = of_many
    return start, serial, parallel, 1.0 + (more / parallel if parallel else 0.0), gather


def _line(points: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Return intercept and slope of the line through points, both >= 0."""
    x, y = np.array(list(points)).T
    slope, intercept = np.polyfit(x, y, 1)
    return max(float(intercept), 0.0), max(float(slope), 0.0)
