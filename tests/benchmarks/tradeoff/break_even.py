"""When is a cluster worth it? Numbers of reads and of runs from which an architecture is better."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from benchmarks.scale.model import StageTerms
from benchmarks.tradeoff.costs import Architecture, RunCost, run_cost

SECONDS_OF_DAY, HOURS_OF_DAY = 86400.0, 24.0
GRID = np.geomspace(0.1, 1000, 121)
"""Millions of reads at which runs are compared; between them, results are interpolated."""


class Standing(NamedTuple):
    """When a machine that runs day and night is cheaper than one that is started for each run.

    Attributes:
        runs_per_day: from which it is cheaper.
        utilisation: share of the day for which it then works; above 1 it never is.
    """

    runs_per_day: float
    utilisation: float


def cheaper_from(
    one: Architecture, other: Architecture, terms: Mapping[str, StageTerms], pairs: float
) -> float | None:
    """Return the million reads of a run from which the first architecture costs less.

    Returns:
        0 if it costs less for all numbers of reads in the grid; None if more for the largest, or if
        one has no price.
    """
    return _better_from(one, other, terms, pairs, lambda cost: cost.usd)


def faster_from(
    one: Architecture, other: Architecture, terms: Mapping[str, StageTerms], pairs: float
) -> float | None:
    """Return the million reads of a run from which the first architecture is faster, as above."""
    return _better_from(one, other, terms, pairs, lambda cost: cost.time)


def standing_from(
    standing: Architecture,
    other: Architecture,
    terms: Mapping[str, StageTerms],
    reads: float,
    pairs: float,
) -> Standing:
    """Return the runs per day from which a machine that is never stopped costs less.

    Args:
        standing: architecture of which all nodes run day and night.
        other: one whose nodes are started for each run; its storage and head node only run then.
        terms: of each stage.
        reads: of a run, millions.
        pairs: candidate pairs per read.
    """
    per_hour = standing.usd + sum(n.count * n.usd for n in standing.groups.values())
    runs = per_hour * HOURS_OF_DAY / run_cost(other, terms, reads, pairs).usd
    alone = run_cost(standing, terms, reads, pairs)
    boots = sum(nodes.boot for nodes in standing.groups.values())
    return Standing(runs, runs * (alone.time - boots) / SECONDS_OF_DAY)


def _better_from(
    one: Architecture,
    other: Architecture,
    terms: Mapping[str, StageTerms],
    pairs: float,
    value_of: Callable[[RunCost], float],
) -> float | None:
    gains = np.array(
        [
            np.log(
                value_of(run_cost(other, terms, reads, pairs))
                / value_of(run_cost(one, terms, reads, pairs))
            )
            for reads in GRID
        ]
    )
    if not gains[-1] > 0:  # nan without a price
        return None
    worse = np.flatnonzero(gains <= 0)
    if not len(worse):
        return 0.0
    last = int(worse[-1])
    return float(np.exp(np.interp(0, gains[last : last + 2], np.log(GRID[last : last + 2]))))
