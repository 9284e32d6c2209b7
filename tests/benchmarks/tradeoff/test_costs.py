"""Costs add up as stated; lost nodes cost their unit of work and the start of a new node."""

from dataclasses import replace
from math import isnan, nan
from typing import Any

import pytest

from benchmarks.scale.model import StageTerms
from benchmarks.tradeoff.architectures import OF_CPU, OF_MPI, OTHERS, architectures, workstation
from benchmarks.tradeoff.costs import (
    Architecture,
    Nodes,
    cost_of_run,
    loss_of_all_spot_nodes,
    run_cost,
    usd_per_teracell,
)
from benchmarks.tradeoff.prices import read_prices
from benchmarks.tradeoff.sensitivity import (
    BOOT_MINUTES,
    IDLE_MINUTES,
    INTERRUPTIONS,
    sensitivity,
    with_boot,
    with_idle,
    with_interruptions,
)

TERMS = StageTerms(start=10, serial=0, parallel=720, base=0, memory=1e9, output=0)
LARGE = Nodes(count=1, cores=2, memory=8e9, bandwidth=1e9, usd=3.6, boot=100, idle=50)
STAGES = ("find_pairs", "align_pairs")
OFTEN = 0.5  # losses per node and hour


def architecture(fixed: float = 0.0, **changes: Any) -> Architecture:
    """Return an architecture in which all stages run on the same nodes."""
    return Architecture(
        "one", {"all": replace(LARGE, **changes)}, dict.fromkeys(STAGES, "all"), fixed
    )


def delay(terms: StageTerms, **changes: Any) -> float:
    """Return what losses add to the time of a stage on spot nodes, s."""
    spot = architecture(is_spot=True, interruptions=OFTEN, **changes)
    sizes = {"find_pairs": 1.0}
    with_losses = cost_of_run(spot, {"find_pairs": terms}, sizes, 4)
    without = cost_of_run(with_interruptions(spot, 0), {"find_pairs": terms}, sizes, 4)
    added = with_losses.time - without.time
    nodes = spot.groups["all"]
    busy = nodes.count if terms.is_parallel else 1
    assert with_losses.shares.lost == pytest.approx(added * busy * nodes.usd / 3600)
    assert with_losses.shares.compute == without.shares.compute
    return added


def test_cost_is_the_sum_of_nodes_and_fixed_costs():
    """One stage: 100 s boot, 10 s start, 360 s work, 50 s idle, on a node of 0.001 USD per s."""
    run = cost_of_run(architecture(fixed=7.2), {"find_pairs": TERMS}, {"find_pairs": 1.0}, 1)
    assert run.time == pytest.approx(100 + 370)
    assert run.shares == pytest.approx((0.37, 0, 0.1, 0.05, 470 * 0.002))
    assert run.usd == pytest.approx((100 + 370 + 50) * 0.001 + 470 * 0.002)
    assert run.by_stage == {"find_pairs": pytest.approx(0.37)}
    assert run.too_large == ()


def test_nodes_are_kept_between_stages():
    terms = dict.fromkeys(STAGES, TERMS)
    run = cost_of_run(architecture(), terms, dict.fromkeys(terms, 1.0), 1)
    assert run.time == pytest.approx(100 + 2 * 370)
    assert run.usd == pytest.approx((100 + 2 * 370 + 50) * 0.001)


def test_a_lost_job_of_ranks_starts_again_on_a_new_node():
    """Half of the stage, its start and the start of a node, for each loss."""
    time = 10 + 720 / 2
    assert delay(replace(TERMS, is_mpi=True)) == pytest.approx(
        OFTEN * time / 3600 * (100 + 10 + time / 2)
    )


def test_finished_tiles_are_not_lost():
    tiles = replace(TERMS, is_mpi=True, unit=0.05)
    time = 10 + 360 + 0.5 * 720 * 0.05
    assert delay(tiles) == pytest.approx(OFTEN * time / 3600 * (100 + 10 + 720 * 0.05 / 2))
    assert delay(tiles) < delay(replace(TERMS, is_mpi=True))


def test_other_nodes_of_a_queue_continue():
    """With four nodes, each loss takes the time of a quarter of the workers."""
    shards = replace(TERMS, unit=0.05)
    time = 10 + 720 / 8 + (1 - 1 / 8) * 36
    losses = OFTEN * 4 * time / 3600
    assert delay(shards, count=4) == pytest.approx(losses * (100 + 36 / 2) / 4)


def test_a_lost_node_repeats_its_jobs_of_units():
    of_units = replace(TERMS, is_per_unit=True)
    job = 10 + 720 / 4
    losses = OFTEN * 2 * job / 3600
    assert delay(of_units, count=2) == pytest.approx(losses * (100 + job / 2) / 2)


def test_nothing_is_lost_on_demand():
    run = cost_of_run(architecture(), {"find_pairs": TERMS}, {"find_pairs": 1.0}, 1)
    assert run.shares.lost == 0
    lost = loss_of_all_spot_nodes(architecture(), {"find_pairs": TERMS}, {"find_pairs": 1.0}, 1)
    assert lost == (0, 0)


def test_loss_of_all_spot_nodes_delays_the_run_once():
    """Half of the time the run is in the stage on spot; then all nodes start again."""
    spot = architecture(fixed=1.8, is_spot=True, count=2)
    mixed = spot._replace(
        groups={"all": spot.groups["all"], "safe": replace(LARGE, count=2)},
        group_of={"find_pairs": "all", "align_pairs": "safe"},
    )
    loss = loss_of_all_spot_nodes(mixed, dict.fromkeys(STAGES, TERMS), dict.fromkeys(STAGES, 1), 1)
    expected = (100 + 10 + (10 + 720 / 4) / 2) / 2
    assert loss.time == pytest.approx(expected)
    assert loss.usd == pytest.approx(expected * (2 * 3.6 + 1.8) / 3600)


def test_too_little_memory_is_named():
    run = cost_of_run(architecture(), {"find_pairs": TERMS}, {"find_pairs": 9.0}, 1)
    assert run.too_large == ("find_pairs",)


def test_alignments_have_a_price_per_cell():
    """10 + 1440 s on a node of 0.001 USD per s, for 4 million pairs of 0.02 teracells each."""
    terms = replace(TERMS, cells=0.02)
    run = cost_of_run(architecture(), {"align_pairs": terms}, {"align_pairs": 4.0}, 1)
    assert usd_per_teracell(run, terms, 4.0) == pytest.approx(1.45 / 0.08)


def test_a_machine_without_price_has_a_time():
    run = cost_of_run(architecture(usd=nan), {"find_pairs": TERMS}, {"find_pairs": 1.0}, 1)
    assert isnan(run.usd)
    assert run.time == pytest.approx(470)


def test_every_assumption_changes_the_cost():
    spot = architecture(is_spot=True)
    terms = {"find_pairs": TERMS}
    rows = sensitivity(spot, terms, 10, 1)
    assert len(rows) == len(INTERRUPTIONS) + len(IDLE_MINUTES) + len(BOOT_MINUTES)
    for what in {row.what for row in rows}:
        usd = [row.cost.usd for row in rows if row.what == what]
        assert usd == sorted(set(usd)), "each value is larger than the one before"


def test_assumptions_are_changed_where_they_apply():
    ray = architectures(read_prices())[2]
    changed = with_boot(with_idle(with_interruptions(ray, 0.73), 7), 8)
    assert [(n.interruptions, n.idle, n.boot) for n in changed.groups.values()] == [
        (pytest.approx(0.001), 7, 8)
    ] * 2
    assert with_interruptions(architecture(), 0.5) == architecture()


def test_every_architecture_has_all_stages_and_a_price():
    names = (*OF_CPU, *OF_MPI, *OTHERS)
    terms = dict.fromkeys(names, replace(TERMS, memory=1e6, cells=0.02))
    costs = [run_cost(each, terms, 10, 8) for each in architectures(read_prices())]
    assert len(costs) == 4
    assert all(cost.usd > 0 and set(cost.by_stage) == set(names) for cost in costs)
    own = run_cost(workstation(), terms, 10, 8)
    assert isnan(own.usd)
    assert own.time > max(cost.time for cost in costs)
