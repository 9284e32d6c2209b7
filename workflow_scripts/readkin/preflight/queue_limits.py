"""Check of the stages' resource requests against the queues' limits and the user's quotas."""

import getpass
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from readkin.parallel.launch import Answer
from readkin.parallel.slurm import ask_slurm
from readkin.preflight.findings import Finding, ok, problem

UNITS_MB = {"": 1, "M": 1, "K": 1 / 1024, "G": 1024, "T": 1024**2}
FIX = "change cpus, nodes, ranks or set-resources in the profile, or choose another queue"


class ResourceRequest(NamedTuple):
    """Resources that the largest job of a rule requests.

    Attributes:
        rule: name of the rule.
        partitions: "a,b" for either; "" for the cluster's default.
        nodes: number of nodes.
        cpus: CPUs on each node.
        memory_mb: memory on each node, MiB.
        minutes: run time.
    """

    rule: str
    partitions: str
    nodes: int
    cpus: int
    memory_mb: int
    minutes: int


class Node(NamedTuple):
    """One node of a partition."""

    cpus: int
    memory_mb: int


class Limits(NamedTuple):
    """Largest resources that one job may request; infinity without a limit.

    Attributes:
        nodes: number of nodes.
        cpus: CPUs of all nodes together.
        memory_mb: memory of all nodes together, MiB.
        minutes: run time.
        cpus_per_node: CPUs on each node.
        memory_mb_per_node: memory on each node, MiB.
    """

    nodes: float = math.inf
    cpus: float = math.inf
    memory_mb: float = math.inf
    minutes: float = math.inf
    cpus_per_node: float = math.inf
    memory_mb_per_node: float = math.inf


class Partition(NamedTuple):
    """Queue of the cluster, as Slurm describes it."""

    name: str
    is_default: bool
    state: str
    limits: Limits
    nodes: Sequence[Node]


def check_queue_limits(requests: Sequence[ResourceRequest], accounting: bool) -> Iterator[Finding]:
    """Yield one row if all stages fit, else one for each that does not; then the user's quotas.

    Args:
        requests: the largest job of each submitted rule.
        accounting: whether the cluster has a database with quotas of users.
    """
    limits = ask_slurm("scontrol", "--oneliner", "show", "partition")
    nodes = ask_slurm("sinfo", "--noheader", "--Node", "--format=%R|%c|%m")
    if not (limits.is_success and nodes.is_success):
        answer = nodes if limits.is_success else limits
        yield problem("queue limits", answer.text, "`scontrol show partition` must work")
        return
    partitions = parse_partitions(limits.text, nodes.text)
    reasons = [text for one in requests if (text := misfit_of(one, partitions)) is not None]
    yield from (problem("queue limits", text, FIX) for text in reasons)
    if not reasons:
        yield ok("queue limits", f"all stages fit; {largest(requests)}")
    if accounting:
        yield check_quotas(requests)


def check_quotas(requests: Sequence[ResourceRequest]) -> Finding:
    """Check that the accounting database allows this user the requested resources."""
    answer = quotas_of_user()
    if not answer.is_success:
        return ok("quotas", f"unavailable: {answer.text}")
    quotas = parse_quotas(answer.text)
    where = f"the quotas of {getpass.getuser()}"
    for one in requests:
        # Several associations: of each account and partition; one that allows it is enough.
        reasons = [excess(one, limits, where) for limits in quotas]
        if reasons and all(reasons):
            fix = "apply for more (`sacctmgr show assoc`), or request less in the profile"
            return problem("quotas", f"{one.rule} requests {reasons[0]}", fix)
    return ok("quotas", f"{len(quotas)} of this user, none exceeded" if quotas else "none")


def quotas_of_user() -> Answer:
    """Return the rows ``maxtres|maxwall`` of the user's associations."""
    options = ["--noheader", "--parsable2", "show", "assoc"]
    columns = "format=maxtres,maxwall"
    return ask_slurm("sacctmgr", *options, f"user={getpass.getuser()}", columns)


def largest(requests: Sequence[ResourceRequest]) -> str:
    """Return a description of the job that requests most memory."""
    if not requests:
        return "nothing is submitted"
    most = max(requests, key=lambda one: one.memory_mb * one.nodes)
    nodes = f"{most.nodes} nodes with {most.cpus} CPUs" if most.nodes > 1 else f"{most.cpus} CPUs"
    return f"the largest, {most.rule}: {nodes}, {most.memory_mb} MB, {most.minutes} min"


def misfit_of(one: ResourceRequest, partitions: Mapping[str, Partition]) -> str | None:
    """Return why a job does not fit into its partitions; None if it does.

    Slurm may require that it fits into all of them (EnforcePartLimits=ALL, as on ParallelCluster).
    """
    default = next((name for name, partition in partitions.items() if partition.is_default), "")
    for name in (one.partitions or default).split(","):
        if name in partitions and (reason := misfit(one, partitions[name])):
            return f"{one.rule} requests {reason}"
    return None


def misfit(one: ResourceRequest, partition: Partition) -> str | None:
    """Return which request of a job exceeds a partition; None if none does."""
    if partition.state != "UP":
        return f"the queue {partition.name}, which is {partition.state}"
    if reason := excess(one, partition.limits, f"the queue {partition.name}"):
        return reason
    fitting = [n for n in partition.nodes if n.cpus >= one.cpus and n.memory_mb >= one.memory_mb]
    if len(fitting) >= one.nodes:
        return None
    requested = f"{one.nodes} node{'s' if one.nodes > 1 else ''} with {one.cpus} CPUs"
    available = ", ".join(
        f"{count} with {node.cpus} CPUs and {node.memory_mb} MB"
        for node, count in sorted((n, partition.nodes.count(n)) for n in set(partition.nodes))
    )
    return f"{requested} and {one.memory_mb} MB; {partition.name} has {available or 'no node'}"


def excess(one: ResourceRequest, limits: Limits, where: str) -> str | None:
    """Return which request of a job is above limits; None if none is."""
    requests = {
        "nodes": (one.nodes, limits.nodes),
        "CPUs": (one.cpus * one.nodes, limits.cpus),
        "MB": (one.memory_mb * one.nodes, limits.memory_mb),
        "minutes": (one.minutes, limits.minutes),
        "CPUs on a node": (one.cpus, limits.cpus_per_node),
        "MB on a node": (one.memory_mb, limits.memory_mb_per_node),
    }
    for what, (requested, most) in requests.items():
        if requested > most:
            return f"{requested} {what}; {where} allow{'s' if 'queue' in where else ''} {most:.0f}"
    return None


def parse_partitions(partitions: str, nodes: str) -> dict[str, Partition]:
    """Return partitions by name from ``scontrol --oneliner show partition``, ``sinfo --Node``."""
    of_partition: dict[str, list[Node]] = {}
    for line in nodes.splitlines():
        name, cpus, memory = line.split("|")
        of_partition.setdefault(name, []).append(Node(number(cpus), number(memory)))
    by_name = {}
    for line in partitions.splitlines():
        fields = dict(re.findall(r"(\w+)=(\S*)", line))
        limits = Limits(
            nodes=limit(fields.get("MaxNodes")),
            minutes=minutes(fields.get("MaxTime")),
            cpus_per_node=limit(fields.get("MaxCPUsPerNode")),
            memory_mb_per_node=limit(fields.get("MaxMemPerNode")),
        )
        name = fields["PartitionName"]
        by_name[name] = Partition(
            name=name,
            is_default=fields.get("Default") == "YES",
            state=fields.get("State", "UP"),
            limits=limits,
            nodes=of_partition.get(name, []),
        )
    return by_name


def parse_quotas(text: str) -> list[Limits]:
    """Return the limits of one job from rows ``maxtres|maxwall`` of sacctmgr."""
    quotas = []
    for line in text.splitlines():
        tres, _, wall = line.partition("|")
        most = dict(re.findall(r"(\w+)=([\d.]+[KMGT]?)", tres))
        memory = re.fullmatch(r"([\d.]+)([KMGT]?)", most.get("mem", ""))
        quotas.append(
            Limits(
                nodes=limit(most.get("node")),
                cpus=limit(most.get("cpu")),
                memory_mb=float(memory[1]) * UNITS_MB[memory[2]] if memory else math.inf,
                minutes=minutes(wall),
            )
        )
    return quotas


def number(text: str) -> int:
    """Return a number that may end with "+", as sinfo writes it."""
    return int(re.match(r"\d+", text)[0])  # type: ignore[index]


def limit(text: str | None) -> float:
    """Return a number; infinity for "UNLIMITED" and similar words."""
    return float(text) if text and text.isdigit() else math.inf


def minutes(text: str | None) -> float:
    """Return ``[days-]hours:minutes:seconds`` in minutes; infinity for "UNLIMITED" and similar."""
    found = re.fullmatch(r"(?:(\d+)-)?(\d+):(\d+):(\d+)", text or "")
    if found is None:
        return math.inf
    days, hours, mins, seconds = (int(part or 0) for part in found.groups())
    return days * 1440 + hours * 60 + mins + seconds / 60
