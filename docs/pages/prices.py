"""docs/cluster.md: what a cluster costs, from the quoted prices in docs/pricing.csv."""

import textwrap
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from benchmarks.tradeoff.architectures import (
    ADDRESS,
    FSX,
    HEAD,
    HOURS_OF_MONTH,
    LOGIN,
    MPI_NODES,
    NAT,
    STORAGE_GB,
    TYPES,
)
from benchmarks.tradeoff.prices import SPOT, Price, read_prices, spot_savings
from docs.pages.markdown import replace_block, table

TRAFFIC = "NAT gateway, traffic"
BALANCER, DATABASE = "balancer of the login nodes", "accounting database"
BETWEEN_ZONES = "traffic between zones"
WIDTH = 105
QUEUES = (
    ("`cpu`, Ray", "m6a.4xlarge"),
    ("`cpu`", "r6a.4xlarge"),
    ("`spot`, Ray", "m6a.4xlarge" + SPOT),
    ("`spot`", "r6a.4xlarge" + SPOT),
    ("`mpi`", "hpc6a.48xlarge"),
    ("`gpu`", "g6.2xlarge" + SPOT),
    ("`gpu`", "g5.2xlarge" + SPOT),
)


class Standing(NamedTuple):
    """Something that is charged as long as it exists: name, skus, USD per hour, further words."""

    name: str
    skus: tuple[str, ...]
    usd: float
    words: str = ""


def updated(text: str) -> str:
    """Return the page with its prices taken from docs/pricing.csv."""
    prices = read_prices()
    return replace_block(text, "prices", section(prices))


def section(prices: Mapping[str, Price]) -> str:
    """Return the tables of prices, and the sums that follow from them."""
    parts = (
        dates(prices.values()),
        standing_table(prices),
        sums(standing_costs(prices)),
        node_table(prices),
        rates(prices),
    )
    return "\n" + "\n".join(parts) + "\n"


def dates(prices: Iterable[Price]) -> str:
    """Return a paragraph on the age of prices, which does not depend on the day of the reading."""
    all_prices = list(prices)
    known = [price.quoted_on for price in all_prices if price.quoted_on]
    unknown = len(all_prices) - len(known)
    return _paragraph(
        f"The dates are those of the sources; the oldest is {min(known)}. Of {unknown} of the"
        f" {len(all_prices)} prices no date is known: treat them as old."
    )


def standing_costs(prices: Mapping[str, Price]) -> dict[str, Standing]:
    """Return what is charged as long as it exists, by a short name."""
    per_month, traffic = prices[FSX].usd, prices[TRAFFIC].usd
    return {
        "FSx": Standing(
            name=f"FSx for Lustre, {STORAGE_GB} GiB, 125 MB/s/TiB",
            skus=(FSX,),
            usd=per_month * STORAGE_GB / HOURS_OF_MONTH,
            words=f" ({per_month:g} per GB and month)",
        ),
        "NAT": Standing(
            name="NAT gateway and its address",
            skus=(NAT, ADDRESS),
            usd=prices[NAT].usd + prices[ADDRESS].usd,
            words=f", and {traffic:g} per GB through it",
        ),
        "head": Standing(f"head node of either cluster, {HEAD}", (HEAD,), prices[HEAD].usd),
        "login": Standing(f"login node {LOGIN}", (LOGIN,), prices[LOGIN].usd),
        "balancer": Standing(BALANCER, (BALANCER,), prices[BALANCER].usd, ", and by traffic"),
        "database": Standing(f"{DATABASE}, if on", (DATABASE,), prices[DATABASE].usd),
    }


def standing_table(prices: Mapping[str, Price]) -> str:
    """Return the table of what is charged as long as it exists."""
    header = ("as long as it exists", "USD per hour", "date", "source")
    rows = [
        (each.name, f"{each.usd:.2f}{each.words}", *_quoted(prices, each.skus))
        for each in standing_costs(prices).values()
    ]
    return table(header, rows)


def sums(standing: Mapping[str, Standing]) -> str:
    """Return a paragraph with what clusters without jobs cost."""
    neither = standing["FSx"].usd + standing["NAT"].usd
    ray = neither + standing["head"].usd
    cluster = ray + standing["login"].usd + standing["balancer"].usd
    return _paragraph(
        f"With ParallelCluster that is about {cluster:.1f} per hour, or {24 * cluster:.0f} per day,"
        f" without a single job; with a Ray cluster alone about {ray:.1f}; with neither about"
        f" {neither:.1f}. S3 storage and requests, CloudWatch logs and disks of the nodes are"
        " charged in addition."
    )


def rates(prices: Mapping[str, Price]) -> str:
    """Return a paragraph with spot beside on demand, MPI nodes, and traffic."""
    savings = spot_savings(prices)
    low, high = (f"{100 * of(savings.values()):.0f}" for of in (min, max))
    traffic = prices[BETWEEN_ZONES]
    return _paragraph(
        f"Spot is {low} to {high} % below on demand, over the {len(savings)} types in"
        f" [pricing.csv](pricing.csv) with both prices. One hour of the MPI stages on {MPI_NODES}"
        f" nodes costs about {MPI_NODES * prices['hpc6a.48xlarge'].usd:.1f}. Reading `/fsx` from a"
        f" spot node in the second zone is charged as traffic between zones ({traffic.usd:g} per"
        f" GB and direction: {traffic.source})."
    )


def node_table(prices: Mapping[str, Price]) -> str:
    """Return the table of nodes that run jobs."""
    header = (
        "per node, while a job runs and ten minutes after (Ray: five)",
        "USD per hour",
        "date",
        "source",
    )
    return table(header, [(_node(*each), *_usd(prices, each[1])) for each in QUEUES])


def _paragraph(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"


def _node(queue: str, sku: str) -> str:
    machine = sku.removesuffix(SPOT)
    size = f", {TYPES[machine][0]} CPUs, {TYPES[machine][1]} GiB" if machine in TYPES else ""
    return f"{queue}: {machine}{size}{SPOT if sku.endswith(SPOT) else ''}"


def _usd(prices: Mapping[str, Price], sku: str) -> tuple[str, str, str]:
    return (f"{prices[sku].usd:.2f}", *_quoted(prices, (sku,)))


def _quoted(prices: Mapping[str, Price], skus: Iterable[str]) -> tuple[str, str]:
    """Return dates and sources of prices, each once."""
    found = [prices[sku] for sku in skus]
    days = dict.fromkeys(price.quoted for price in found)
    return ", ".join(days), "; ".join(dict.fromkeys(price.source for price in found))
