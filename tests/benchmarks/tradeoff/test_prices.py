"""Every price has a source, and the date of that source, or is shown to have none."""

from datetime import date, timedelta

import pytest

from benchmarks.tradeoff.prices import OLD_DAYS, Price, read_prices, spot_savings

HEADER = "sku,region,unit,usd,quoted_on,source\n"


def price(sku: str, usd: float, quoted_on: date | None = None) -> Price:
    """Return a price of a node."""
    return Price(sku, "us-east-2", "hour", usd, quoted_on, "somewhere")


def test_shipped_prices_have_sources():
    prices = read_prices()
    assert prices["hpc6a.48xlarge"].usd == 2.88
    for each in prices.values():
        assert each.usd > 0
        assert each.source
        assert each.unit


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
    path.write_text(f"{HEADER}{line}\n")
    with pytest.raises(ValueError, match=message):
        read_prices(path)


def test_old_prices_are_known():
    today = date(2026, 11, 30)
    assert not price("a", 1, today - timedelta(days=OLD_DAYS)).is_old(today)
    assert price("a", 1, today - timedelta(days=OLD_DAYS + 1)).is_old(today)


def test_a_price_without_date_is_old_and_says_so(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text(f"{HEADER}x,us-east-2,hour,1,unknown,somewhere\n")
    found = read_prices(path)["x"]
    assert found.quoted_on is None
    assert found.quoted == "unknown"
    assert found.is_old(date(1999, 1, 1))
    assert price("a", 1, date(2026, 9, 20)).quoted == "2026-09-20"


def test_spot_is_compared_with_the_same_type():
    rows = [price("a", 2), price("a, spot", 0.5), price("b", 1), price("c, spot", 1)]
    assert spot_savings({row.sku: row for row in rows}) == {"a": 0.75}


def test_shipped_spot_prices_save_what_is_usual_for_spot():
    """A saving of 90 % is advertised; a row beyond that would be an error of reading."""
    savings = spot_savings(read_prices())
    assert len(savings) >= 9
    assert all(0.3 < saving < 0.9 for saving in savings.values())
