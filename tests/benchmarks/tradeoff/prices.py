"""Quoted prices: docs/pricing.csv."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from support.repository import REPOSITORY

PRICES = REPOSITORY / "docs" / "pricing.csv"
OLD_DAYS = 180
UNKNOWN = "unknown"
SPOT = ", spot"
"""End of the sku of a spot price; before it is the sku of the price on demand."""


class Price(NamedTuple):
    """A row of docs/pricing.csv.

    Attributes:
        sku: what is paid for.
        region: of AWS.
        unit: for which the price holds.
        usd: list price without tax.
        quoted_on: date of the source, not of its reading; None if it states none.
        source: where the price is stated.
    """

    sku: str
    region: str
    unit: str
    usd: float
    quoted_on: date | None
    source: str

    def is_old(self, today: date) -> bool:
        """Return whether the price should be looked up again; always without a date."""
        return self.quoted_on is None or (today - self.quoted_on).days > OLD_DAYS

    @property
    def quoted(self) -> str:
        """Return the date as text."""
        return UNKNOWN if self.quoted_on is None else self.quoted_on.isoformat()


def read_prices(path: Path = PRICES) -> dict[str, Price]:
    """Read a table of prices.

    Raises:
        ValueError: if a price has no number, no source, or neither a date nor `unknown`.
    """
    prices = {}
    with path.open(newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            if not row["source"]:
                raise ValueError(f"{path}:{number}: found no source, expected where the price is")
            day = row["quoted_on"]
            try:
                quoted_on = None if day == UNKNOWN else date.fromisoformat(day)
                usd = float(row["usd"])
            except ValueError as error:
                raise ValueError(f"{path}:{number}: {error}") from None
            prices[row["sku"]] = Price(
                sku=row["sku"],
                region=row["region"],
                unit=row["unit"],
                usd=usd,
                quoted_on=quoted_on,
                source=row["source"],
            )
    return prices


def spot_savings(prices: Mapping[str, Price]) -> dict[str, float]:
    """Return by how much spot is below on demand, as a fraction, of each type with both prices."""
    return {
        of_spot.sku.removesuffix(SPOT): 1 - of_spot.usd / prices[sku].usd
        for of_spot in prices.values()
        if of_spot.sku.endswith(SPOT) and (sku := of_spot.sku.removesuffix(SPOT)) in prices
    }
