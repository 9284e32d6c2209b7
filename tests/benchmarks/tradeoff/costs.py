"""What a run costs on different architectures: a model from measured terms and quoted prices.

    cost(stage) = nodes x (time + lost time + boot + idle) x price
    cost(run)   = sum over its stages + what costs as long as it exists x elapsed time

Idle is the time for which a node is kept after its last job. On spot nodes, each lost node costs
half of the unit of work that its processes were doing, on average, and the time until a new node
has started: a shard of `embed_reads`, a tile of `align_pairs`, a job of a stage with one for each
sequencing unit, and all of the stage otherwise. Ranks of MPI all end with the first one lost; they
wait for the new node and start again, `align_pairs` with its finished tiles. Workers of a queue
continue meanwhile. Losses are assumed rare enough that the repeated work is not lost again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from benchmarks.scale.model import Machine, Prediction, StageTerms, predict
from benchmarks.scale.stages import sizes_of, units_of

HOUR = 3600.0


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """Nodes on which stages run.

    Attributes:
        count: of nodes.
        cores: of each.
        memory: bytes of each.
        bandwidth: bytes per s between nodes.
        usd: per hour and node; nan if there is no price.
        boot: s until a node takes its first job.
        idle: s for which it is kept after its last one.
        is_spot: whether the provider may take them back.
        interruptions: per node and hour.
    """

    count: int
    cores: int
    memory: float
    bandwidth: float
    usd: float
    boot: float
    idle: float
    is_spot: bool = False
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
    """

    name: str
    groups: Mapping[str, Nodes]
    group_of: Mapping[str, str]
    usd: float


class Shares(NamedTuple):
    """Parts of the cost of a run, USD.

    Attributes:
        compute: nodes while they work.
        lost: nodes while they repeat work after a loss, or wait for the new node.
        boot: nodes until they take their first job.
        idle: nodes after their last job.
        fixed: head node, storage, network.
    """

    compute: float = 0.0
    lost: float = 0.0
    boot: float = 0.0
    idle: float = 0.0
    fixed: float = 0.0


class RunCost(NamedTuple):
    """Cost of a run.

    Attributes:
        time: elapsed, s.
        shares: parts of the cost, USD.
        by_stage: USD of each stage while it works, without boot and idle time.
        too_large: stages whose memory exceeds that of a node.
    """

    time: float
    shares: Shares
    by_stage: Mapping[str, float]
    too_large: tuple[str, ...]

    @property
    def usd(self) -> float:
        """Return the cost, USD; nan without a price."""
        return sum(self.shares)


class Loss(NamedTuple):
    """Expected further time, s, and cost, USD, of a run."""

    time: float
    usd: float


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
    elapsed, before, too_large = 0.0, "", []
    compute = lost = boot = idle = 0.0
    by_stage = {}
    for stage, own in terms.items():
        group = architecture.group_of[stage]
        nodes = architecture.groups[group]
        prediction = predict(own, sizes[stage], units, nodes.machine)
        if prediction.memory > nodes.memory:
            too_large.append(stage)
        busy = nodes.count if own.is_parallel else 1
        rate = busy * nodes.usd / HOUR
        losses = nodes.interruptions / HOUR * busy * prediction.time
        delay = losses * _delay_of_one(own, sizes[stage], units, nodes, prediction)
        by_stage[stage] = rate * (prediction.time + delay)
        compute += rate * prediction.time
        lost += rate * delay
        elapsed += prediction.time + delay
        if group != before:
            boot += rate * nodes.boot
            idle += rate * nodes.idle
            elapsed += nodes.boot
        before = group
    fixed = architecture.usd * elapsed / HOUR
    return RunCost(
        time=elapsed,
        shares=Shares(compute=compute, lost=lost, boot=boot, idle=idle, fixed=fixed),
        by_stage=by_stage,
        too_large=tuple(too_large),
    )


def run_cost(
    architecture: Architecture, terms: Mapping[str, StageTerms], reads: float, pairs: float
) -> RunCost:
    """Return time and cost of a run.

    Args:
        architecture: where.
        terms: of each stage.
        reads: millions.
        pairs: candidate pairs per read.
    """
    return cost_of_run(architecture, terms, sizes_of(terms, reads, pairs), units_of(reads))


def loss_of_all_spot_nodes(
    architecture: Architecture,
    terms: Mapping[str, StageTerms],
    sizes: Mapping[str, float],
    units: int,
) -> Loss:
    """Return what it costs if all spot nodes are lost at once, at a random time of a run.

    The delay is the mean over the run: none while a stage is on other nodes, otherwise half of the
    unit of work, or of the stage, and the time until new nodes have started.
    """
    time, usd, whole = 0.0, 0.0, 0.0
    for stage, own in terms.items():
        nodes = architecture.groups[architecture.group_of[stage]]
        prediction = predict(own, sizes[stage], units, nodes.machine)
        whole += prediction.time
        if not nodes.is_spot:
            continue
        busy = nodes.count if own.is_parallel else 1
        delay = nodes.boot + own.start + _unit(own, sizes[stage], units, prediction) / 2
        time += prediction.time * delay
        usd += prediction.time * delay * (busy * nodes.usd + architecture.usd) / HOUR
    return Loss(time / whole, usd / whole)


def usd_per_teracell(cost: RunCost, terms: StageTerms, size: float) -> float:
    """Return the price of aligning 10^12 DP-matrix cells, USD, without boot and idle time.

    Args:
        cost: of a run.
        terms: of align_pairs.
        size: candidate pairs of the run, millions.
    """
    return cost.by_stage["align_pairs"] / (terms.cells * size)


def _unit(terms: StageTerms, size: float, units: int, prediction: Prediction) -> float:
    """Return the time of the work, s, that is lost if its node is lost when it is nearly done."""
    if terms.is_per_unit:
        return terms.start + terms.parallel * size / units
    if terms.unit and terms.is_parallel:
        return min(terms.parallel * terms.unit, prediction.time)
    return prediction.time


def _delay_of_one(
    terms: StageTerms, size: float, units: int, nodes: Nodes, prediction: Prediction
) -> float:
    """Return by how many s the loss of one node delays a stage, on average."""
    half = _unit(terms, size, units, prediction) / 2
    if terms.is_mpi or not terms.is_parallel or nodes.count == 1:
        return nodes.boot + terms.start + half
    return (nodes.boot + half) / nodes.count  # the other nodes continue
