"""docs/cluster.md states the prices of docs/pricing.csv, with dates, and sums that follow."""

import re

from benchmarks.tradeoff.prices import read_prices
from docs.pages.prices import section, standing_costs


def test_prices_are_those_of_the_table() -> None:
    prices = read_prices()
    page = section(prices)
    hpc = prices["hpc6a.48xlarge"]
    dear = {**prices, hpc.sku: hpc._replace(usd=33.333)}
    assert "| 2.88 | 2026-02-17 | SkyPilot catalogue" in page
    assert "MPI stages on 2 nodes costs about 5.8" in " ".join(page.split())
    assert "| 33.33 |" in section(dear)
    assert "costs about 66.7" in " ".join(section(dear).split())


def test_sums_follow_from_the_rows() -> None:
    page = " ".join(section(read_prices()).split())
    usd = {name: each.usd for name, each in standing_costs(read_prices()).items()}
    whole = sum(usd.values()) - usd["database"]
    assert f"that is about {whole:.1f} per hour, or {24 * whole:.0f} per day" in page
    assert f"with neither about {usd['FSx'] + usd['NAT']:.1f}." in page


def test_dates_are_stated_and_prices_without_one_counted() -> None:
    prices = read_prices()
    unknown = sum(price.quoted_on is None for price in prices.values())
    oldest = min(price.quoted_on for price in prices.values() if price.quoted_on)
    page = " ".join(section(prices).split())
    assert f"the oldest is {oldest}." in page
    assert f"Of {unknown} of the {len(prices)} prices no date is known" in page


def test_every_row_has_date_and_source() -> None:
    rows = [line for line in section(read_prices()).splitlines() if line.startswith("| ")]
    data = [row for row in rows if "---" not in row and "USD per hour" not in row]
    assert len(data) >= 13
    for row in data:
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        assert len(cells) == 4, row
        assert re.fullmatch(r"(unknown|\d{4}-\d\d-\d\d)(, \d{4}-\d\d-\d\d)*", cells[2]), row
        assert cells[3], row
