"""The architectures whose cost is modelled: clusters, a Ray cluster, and one large machine.

Sizes and idle times are those of cluster/; `BOOT`, `INTERRUPTIONS` and the workstation are
assumptions.
"""

from collections.abc import Mapping
from math import nan

from benchmarks.tradeoff.costs import Architecture, Nodes
from benchmarks.tradeoff.prices import SPOT, Price
from benchmarks.tradeoff.scaling import NodeKind

BOOT = 300.0  # s until a new node takes a job
IDLE_OF_CLUSTER, IDLE_OF_RAY = 600.0, 300.0  # s, of parallelcluster.yaml and ray.yaml
HOURS_OF_MONTH = 730.0
INTERRUPTIONS = 0.05  # of the spot nodes in a month
STORAGE_GB = 1200  # of FSx for Lustre, and of the large machine's disk
CPU_NODES, MPI_NODES = 8, 2
MPI_NODE = "hpc6a.48xlarge"
GIB = 2.0**30
OF_CPU = ("trim_reads", "convert_fastq_to_bam", "embed_reads")
"""Stages of the queue cpu; the MPI stages have nodes of their own, all others take one node."""
OF_MPI = ("find_pairs", "align_pairs", "join_reads")
OTHERS = ("cluster_reads", "compare_with_truth", "write_report")
FSX, DISK = "FSx for Lustre, 125 MB/s/TiB", "EBS gp3"
NAT, ADDRESS = "NAT gateway", "public IPv4 address"
HEAD, LOGIN = "m7i.xlarge", "m7i.large"
"""Names in docs/pricing.csv of what exists as long as a cluster."""
LARGE_MACHINE, WORKSTATION = "one large machine", "workstation with 2 cores (no price)"

TYPES = {
    "m6a.4xlarge": (16, 64, 1.56e9),
    "r6a.4xlarge": (16, 128, 1.56e9),
    "hpc6a.48xlarge": (96, 384, 12.5e9),
    "r6a.48xlarge": (192, 1536, 6.25e9),
}
"""CPUs, GiB of memory, and bytes per s of the network."""


def node_kind(sku: str) -> NodeKind:
    """Return the nodes of a type, for curves of more workers."""
    cores, memory, bandwidth = TYPES[sku]
    return NodeKind(cores, memory * GIB, bandwidth)


def nodes_of(
    prices: Mapping[str, Price],
    sku: str,
    count: int,
    idle: float,
    is_spot: bool = False,
) -> Nodes:
    """Return nodes of a type."""
    cores, memory, bandwidth = TYPES[sku]
    return Nodes(
        count=count,
        cores=cores,
        memory=memory * GIB,
        bandwidth=bandwidth,
        usd=prices[sku + SPOT if is_spot else sku].usd,
        boot=BOOT,
        idle=idle,
        is_spot=is_spot,
        interruptions=INTERRUPTIONS / HOURS_OF_MONTH if is_spot else 0.0,
    )


def architectures(prices: Mapping[str, Price]) -> list[Architecture]:
    """Return all architectures in the cloud."""
    storage = prices[FSX].usd * STORAGE_GB / HOURS_OF_MONTH
    disk = prices[DISK].usd * STORAGE_GB / HOURS_OF_MONTH
    address = prices[ADDRESS].usd
    network = prices[NAT].usd + address
    head = prices[HEAD].usd
    of_cluster = storage + network + head + prices[LOGIN].usd
    group_of = (
        dict.fromkeys(OF_CPU, "cpu") | dict.fromkeys(OF_MPI, "mpi") | dict.fromkeys(OTHERS, "one")
    )
    mpi = nodes_of(prices, MPI_NODE, MPI_NODES, IDLE_OF_CLUSTER)

    def cluster(name: str, is_spot: bool) -> Architecture:
        cpu = nodes_of(prices, "m6a.4xlarge", CPU_NODES, IDLE_OF_CLUSTER, is_spot)
        one = nodes_of(prices, "r6a.4xlarge", 1, IDLE_OF_CLUSTER, is_spot)
        return Architecture(name, {"cpu": cpu, "mpi": mpi, "one": one}, group_of, of_cluster)

    on_ray = {
        "cpu": nodes_of(prices, "m6a.4xlarge", CPU_NODES, IDLE_OF_RAY, is_spot=True),
        "one": nodes_of(prices, "r6a.48xlarge", 1, IDLE_OF_RAY, is_spot=True),
    }
    of_ray = {stage: "one" if group == "mpi" else group for stage, group in group_of.items()}
    large = {"one": nodes_of(prices, "r6a.48xlarge", 1, 0.0)}
    return [
        cluster("ParallelCluster, on demand", is_spot=False),
        cluster("ParallelCluster, cpu on spot", is_spot=True),
        Architecture("Ray on spot", on_ray, of_ray, storage + network + head),
        Architecture(LARGE_MACHINE, large, dict.fromkeys(group_of, "one"), disk + address),
    ]


def workstation() -> Architecture:
    """Return a machine that is there anyway, of which the time only is modelled."""
    machine = Nodes(count=1, cores=2, memory=32 * GIB, bandwidth=nan, usd=nan, boot=0.0, idle=0.0)
    stages = (*OF_CPU, *OF_MPI, *OTHERS)
    return Architecture(WORKSTATION, {"one": machine}, dict.fromkeys(stages, "one"), 0.0)
