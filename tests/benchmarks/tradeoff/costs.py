"""What a run costs on different architectures: a model from measured terms and quoted prices.

    cost(stage) = nodes x (boot + time + idle) x price x (1 + repeated share)
    cost(run)   = sum over its stages + what costs as long as it exists x elapsed time

Idle is the time for which a node is kept after its last job. On spot nodes, a lost node repeats
half a unit of work on average: the repeated share is the interruptions per hour x half of the hours
of a unit of work, which is a shard, a tile or a job.
"""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from benchmarks.scale.model import Machine, StageTerms, predict

HOUR = 3600.0
OLD_DAYS = 180


class Price(NamedTuple):
    """A row of docs/pricing.csv.

    Attributes:
        sku: what is paid for.
        region: of AWS.
        unit: for which the price holds.
        usd: list price without tax.
        quoted_on: date of the source.
        source: where the price is stated.
    """

    sku: str
    region: str
    unit: str
    usd: float
    quoted_on: date
    source: str

    def is_old(self, today: date) -> bool:
        """Return whether the price should be looked up again."""
        return (today - self.quoted_on).days > OLD_DAYS


class Nodes(NamedTuple):
    """Nodes on which stages run.

    Attributes:
        count: of nodes.
        cores: of each.
        memory: bytes of each.
        bandwidth: bytes per s between nodes.
        usd: per hour and node.
        boot: s until a node takes its first job.
        idle: s for which it is kept after its last one.
        interruptions: per node and hour; 0 on demand.
    """

    count: int
    cores: int
    memory: float
    bandwidth: float
    usd: float
    boot: float
    idle: float
    interruptions: float = 0.0

    @property
    def machine(self) -> Machine:
        """Return the nodes as the model of time knows them."""
        return Machine(self.count, self.cores, self.memory, self.bandwidth)


class Architecture(NamedTuple):
    """Where each stage of a run is computed.

    Attributes:
        name: for tables.
        groups: groups of nodes by name.
        group_of: name of the group by stage.
        usd: per hour as long as the run lasts: head node, storage, network.
        unit_of_work: s of work that an interruption repeats, by stage; of others the whole job.
    """

    name: str
    groups: Mapping[str, Nodes]
    group_of: Mapping[str, str]
    usd: float
    unit_of_work: Mapping[str, float]


class RunCost(NamedTuple):
    """Elapsed time, s, cost, USD, and stages whose memory exceeds that of a node."""

    time: float
    usd: float
    too_large: tuple[str, ...]


def read_prices(path: Path) -> dict[str, Price]:
    """Read a table of prices.

    Raises:
        ValueError: if a price has no number, no date or no source.
    """
    prices = {}
    with path.open(newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            if not row["source"]:
                raise ValueError(f"{path}:{number}: found no source, expected where the price is")
            try:
                quoted_on, usd = date.fromisoformat(row["quoted_on"]), float(row["usd"])
            except ValueError as error:
                raise ValueError(f"{path}:{number}: {error}") from None
            prices[row["sku"]] = Price(
                row["sku"], row["region"], row["unit"], usd, quoted_on, row["source"]
            )
    return prices


def cost_of_run(
    architecture: Architecture,
    terms: Mapping[str, StageTerms],
    sizes: Mapping[str, float],
    units: int,
) -> RunCost:
    """Return time and cost of a run whose stages run one after another.

    Args:
        architecture: where.
        terms: of each stage.
        sizes: millions of reads or of pairs of each stage.
        units: sequencing units.
    """
    elapsed, usd, too_large, before = 0.0, 0.0, [], ""
    for stage, own in terms.items():
        group = architecture.group_of[stage]
        nodes = architecture.groups[group]
        prediction = predict(own, sizes[stage], units, nodes.machine)
        if prediction.memory > nodes.memory:
            too_large.append(stage)
        unit = min(architecture.unit_of_work.get(stage, prediction.time), prediction.time)
        time = prediction.time * (1 + nodes.interruptions * unit / 2 / HOUR)
        waiting = nodes.boot if group != before else 0.0
        kept = nodes.idle if group != before else 0.0
        busy = nodes.count if own.is_parallel else 1
        usd += busy * (waiting + time + kept) * nodes.usd / HOUR
        elapsed += waiting + time
        before = group
    return RunCost(elapsed, usd + architecture.usd * elapsed / HOUR, tuple(too_large))
