"""How stages gain from more workers: strong and weak scaling, as modelled.

Everything here is derived from the terms of `benchmarks.scale.model`; nothing is measured at these
numbers of workers.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import curve_fit

from benchmarks.scale.model import Machine, Parts, Prediction, StageTerms, predict
from benchmarks.scale.stages import modelled, sizes_of, units_of

WORKERS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Numbers of workers of the curves."""
MOST_WORKERS = 1000
LEAST_GAIN = 1.2
"""Twice the workers are worth it if they are at least that many times as fast."""
REASONS = {
    "start": "start of the processes",
    "serial": "work that one process does alone, or all repeat",
    "exchange": "arrays that ranks exchange",
    "gather": "what each further rank adds",
    "tail": "waiting for the last unit of work",
}
ONE_PROCESS = "one process"
ONE_JOB_PER_UNIT = "one job for each sequencing unit"


class NodeKind(NamedTuple):
    """Nodes, as many as the workers need: cores, bytes of memory, bytes per s of the network."""

    cores: int
    memory: float
    bandwidth: float

    def machine(self, workers: int) -> Machine:
        """Return the fewest nodes with a core for each worker."""
        return Machine(-(-workers // self.cores), self.cores, self.memory, self.bandwidth)


class Point(NamedTuple):
    """A point of a curve.

    Attributes:
        workers: processes.
        reads: millions.
        time: s.
        parts: of the time, s.
        speedup: times as fast as one worker on the same reads.
        efficiency: speedup / workers; of weak scaling, time of one worker with its share of the
            reads / time.
    """

    workers: int
    reads: float
    time: float
    parts: Parts
    speedup: float
    efficiency: float


class Limit(NamedTuple):
    """Where more workers stop to pay.

    Attributes:
        workers: number from which twice as many gain less than 20 %; None if all up to
            MOST_WORKERS gain more.
        reason: the largest part of the time there besides the parallel work; "" with None.
    """

    workers: int | None
    reason: str


class Usl(NamedTuple):
    """Universal scalability law, speedup = N / (1 + alpha (N - 1) + beta N (N - 1)).

    Attributes:
        alpha: contention.
        beta: coherency.
        error: largest relative difference from the curve.
    """

    alpha: float
    beta: float
    error: float

    def speedup(self, workers: float | np.ndarray) -> float | np.ndarray:
        """Return the speedup of a number of workers."""
        return _usl(workers, self.alpha, self.beta)


def strong_scaling(
    terms: Mapping[str, StageTerms],
    reads: float,
    pairs: float,
    kind: NodeKind,
    workers: Sequence[int] = WORKERS,
) -> list[Point]:
    """Return the curve of the same reads on more workers, all stages one after another.

    Args:
        terms: of the stages; of a single one, for its curve.
        reads: millions.
        pairs: candidate pairs per read.
        kind: nodes of the workers.
        workers: their numbers.
    """
    one = _parts(terms, reads, pairs, kind, 1)
    return [
        _point(n, reads, _parts(terms, reads, pairs, kind, n), sum(one), sum(one) / n)
        for n in workers
    ]


def weak_scaling(
    terms: Mapping[str, StageTerms],
    reads_per_worker: float,
    pairs: float,
    kind: NodeKind,
    workers: Sequence[int] = WORKERS,
) -> list[Point]:
    """Return the curve of more workers with the same number of reads, millions, for each."""
    one = sum(_parts(terms, reads_per_worker, pairs, kind, 1))
    points = []
    for n in workers:
        reads = reads_per_worker * n
        alone = sum(_parts(terms, reads, pairs, kind, 1))
        points.append(_point(n, reads, _parts(terms, reads, pairs, kind, n), alone, one))
    return points


def stops_at(stage: str, terms: StageTerms, reads: float, pairs: float, kind: NodeKind) -> Limit:
    """Return where more workers stop to pay for a stage, and why.

    Args:
        stage: its name.
        terms: of the stage.
        reads: millions.
        pairs: candidate pairs per read.
        kind: nodes of the workers.
    """
    size, units = sizes_of([stage], reads, pairs)[stage], units_of(reads)

    def of(workers: int) -> Prediction:
        return predict(terms, size, units, kind.machine(workers), workers)

    first = None
    for n in range(MOST_WORKERS, 0, -1):
        if of(n).time >= LEAST_GAIN * of(2 * n).time:
            break
        first = n
    if first is None:
        return Limit(None, "")
    if not terms.is_parallel:
        return Limit(first, ONE_PROCESS)
    if terms.is_per_unit:
        return Limit(first, ONE_JOB_PER_UNIT)
    parts = of(first).parts._asdict()
    return Limit(first, REASONS[max(REASONS, key=lambda name: parts[name])])


def fit_usl(points: Sequence[Point]) -> Usl:
    """Return the law that fits a modelled curve of strong scaling best.

    The numbers describe the curve of the model, for comparison with others; they are not measured.
    """
    workers = np.array([point.workers for point in points], float)
    speedup = np.array([point.speedup for point in points])
    (alpha, beta), _ = curve_fit(
        _usl, workers, speedup, p0=(0.01, 1e-6), sigma=speedup, bounds=(0, np.inf)
    )
    law = Usl(float(alpha), float(beta), 0.0)
    return law._replace(error=float(np.max(np.abs(law.speedup(workers) / speedup - 1))))


def not_measured(terms: Mapping[str, StageTerms]) -> dict[str, list[str]]:
    """Return the terms of each parallel stage that are left out, as nothing has measured them."""
    return {
        name: ["gather"]
        for name, t in terms.items()
        if t.is_parallel and not t.is_per_unit and t.gather is None
    }


def _parts(
    terms: Mapping[str, StageTerms], reads: float, pairs: float, kind: NodeKind, workers: int
) -> Parts:
    stages = modelled(terms, reads, pairs, kind.machine(workers), workers).values()
    return Parts(*np.sum([stage.parts for stage in stages], axis=0).tolist())


def _point(workers: int, reads: float, parts: Parts, alone: float, ideal: float) -> Point:
    """Return a point; `alone` and `ideal` are the times of one worker and of perfect scaling."""
    time = sum(parts)
    return Point(
        workers=workers,
        reads=reads,
        time=time,
        parts=parts,
        speedup=alone / time,
        efficiency=ideal / time,
    )


def _usl(workers: float | np.ndarray, alpha: float, beta: float) -> float | np.ndarray:
    return workers / (1 + alpha * (workers - 1) + beta * workers * (workers - 1))
