"""Break-even points are where the costs are equal."""

from math import nan

import pytest

from benchmarks.scale.model import StageTerms
from benchmarks.tradeoff.break_even import GRID, cheaper_from, faster_from, standing_from
from benchmarks.tradeoff.costs import Architecture, Nodes, run_cost

TERMS = {"cluster_reads": StageTerms(start=0, serial=0, parallel=72, base=0, memory=0, output=0)}


def machine(cores: int, usd: float, boot: float) -> Architecture:
    """Return one node."""
    node = Nodes(count=1, cores=cores, memory=1e9, bandwidth=1e9, usd=usd, boot=boot, idle=0)
    return Architecture(f"{cores} cores", {"all": node}, {"cluster_reads": "all"}, 0.0)


# 36 s and 0.09 USD per million reads; 7.2 s and 0.036 USD, but 100 s and 0.5 USD to start.
SMALL, BIG = machine(2, 9.0, 0), machine(10, 18.0, 100)


def test_the_larger_machine_is_worth_its_start_from_some_reads_on():
    assert faster_from(BIG, SMALL, TERMS, 8) == pytest.approx(100 / (36 - 7.2), rel=1e-2)
    assert cheaper_from(BIG, SMALL, TERMS, 8) == pytest.approx(0.5 / (0.09 - 0.036), rel=1e-2)


def test_one_that_is_never_better_has_no_point():
    assert faster_from(SMALL, BIG, TERMS, 8) is None
    assert cheaper_from(BIG, machine(10, 1.0, 0), TERMS, 8) is None
    assert cheaper_from(SMALL, SMALL, TERMS, 8) is None


def test_one_that_is_always_better_is_so_from_the_start():
    assert cheaper_from(machine(2, 1.0, 0), BIG, TERMS, 8) == 0


def test_without_a_price_there_is_no_point():
    assert cheaper_from(BIG, machine(2, nan, 0), TERMS, 8) is None
    assert cheaper_from(machine(2, nan, 0), BIG, TERMS, 8) is None
    assert faster_from(BIG, machine(2, nan, 0), TERMS, 8) is not None


def test_points_are_interpolated_between_runs():
    found = cheaper_from(BIG, SMALL, TERMS, 8)
    assert found not in set(GRID)
    costs = [run_cost(each, TERMS, found, 8).usd for each in (BIG, SMALL)]
    assert costs[0] == pytest.approx(costs[1], rel=1e-2)


def test_a_standing_machine_needs_runs():
    """Runs of 100 million reads: 3600 s, 9 USD on the small one; the big one costs 432 a day."""
    standing = standing_from(BIG, SMALL, TERMS, 100, 8)
    assert standing.runs_per_day == pytest.approx(432 / 9)
    assert standing.utilisation == pytest.approx(48 * 720 / 86400)
