"""Costs add up as stated; every price has a date and a source."""

from datetime import date, timedelta

import pytest

from benchmarks.scale.model import StageTerms
from benchmarks.tradeoff.costs import (
    OLD_DAYS,
    Architecture,
    Nodes,
    cost_of_run,
    read_prices,
)
from support.repository import REPOSITORY

TERMS = StageTerms(start=10, serial=0, parallel=720, base=0, memory=1e9, output=0)
LARGE = Nodes(count=1, cores=2, memory=8e9, bandwidth=1e9, usd=3.6, boot=100, idle=50)
PRICES = REPOSITORY / "docs" / "pricing.csv"


def architecture(name: str = "one", fixed: float = 0.0, **changes: object) -> Architecture:
    """Return an architecture in which all stages run on the same nodes."""
    stages = ("find_pairs", "align_pairs")
    nodes = LARGE._replace(**changes)
    return Architecture(name, {"all": nodes}, dict.fromkeys(stages, "all"), fixed, {})


def test_shipped_prices_have_dates_and_sources():
    prices = read_prices(PRICES)
    assert prices["hpc6a.48xlarge"].usd == 2.88
    for price in prices.values():
        assert price.usd > 0
        assert price.source
        assert price.unit


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x,us-east-2,hour,1,2026-01-01,", "prices.csv:2: found no source"),
        ("x,us-east-2,hour,1,,somewhere", "prices.csv:2: Invalid isoformat"),
        ("x,us-east-2,hour,cheap,2026-01-01,somewhere", "prices.csv:2: could not convert"),
    ],
)
def test_a_price_without_provenance_is_refused(tmp_path, line, message):
    path = tmp_path / "prices.csv"
    path.write_text(f"sku,region,unit,usd,quoted_on,source\n{line}\n")
    with pytest.raises(ValueError, match=message):
        read_prices(path)


def test_old_prices_are_known():
    price = read_prices(PRICES)["NAT gateway"]
    assert not price.is_old(price.quoted_on + timedelta(days=OLD_DAYS))
    assert price.is_old(price.quoted_on + timedelta(days=OLD_DAYS + 1))
    assert not price.is_old(date(2026, 9, 21))


def test_cost_is_the_sum_of_nodes_and_fixed_costs():
    """One stage: 100 s boot, 10 s start, 360 s work, 50 s idle, on a node of 0.001 USD per s."""
    run = cost_of_run(architecture(fixed=7.2), {"find_pairs": TERMS}, {"find_pairs": 1.0}, 1)
    assert run.time == pytest.approx(100 + 370)
    assert run.usd == pytest.approx((100 + 370 + 50) * 0.001 + 470 * 0.002)
    assert run.too_large == ()


def test_nodes_are_kept_between_stages():
    terms = {"find_pairs": TERMS, "align_pairs": TERMS}
    run = cost_of_run(architecture(), terms, dict.fromkeys(terms, 1.0), 1)
    assert run.time == pytest.approx(100 + 2 * 370)
    assert run.usd == pytest.approx((100 + 2 * 370 + 50) * 0.001)


def test_interruptions_repeat_half_a_unit_of_work():
    often = architecture(interruptions=0.5)._replace(unit_of_work={"find_pairs": 36.0})
    run = cost_of_run(often, {"find_pairs": TERMS}, {"find_pairs": 1.0}, 1)
    assert run.time == pytest.approx(100 + 370 * (1 + 0.5 * 18 / 3600))


def test_too_little_memory_is_named():
    run = cost_of_run(architecture(), {"find_pairs": TERMS}, {"find_pairs": 9.0}, 1)
    assert run.too_large == ("find_pairs",)
