"""Whether the queues of the cluster and the user's quotas have room for what the stages ask for."""

import getpass
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from readkin.preflight.findings import Answer, Finding, ask, ok, problem

SECONDS_TO_ANSWER = 20.0
UNITS_MB = {"": 1, "M": 1, "K": 1 / 1024, "G": 1024, "T": 1024**2}
FIX = "change cpus, nodes, ranks or set-resources in the profile, or choose another queue"


class ResourceRequest(NamedTuple):
    """What the largest job of a rule asks for.

    Attributes:
        rule: its name.
        partitions: "a,b" for either; "" for the cluster's default.
        nodes: number of them.
        cpus: on each node.
        memory_mb: on each node.
        minutes: of run time.
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
    """Most that one job may ask for; infinity where nothing is said.

    Attributes:
        nodes: number of them.
        cpus: of all nodes together.
        memory_mb: of all nodes together.
        minutes: of run time.
        cpus_per_node: on each node.
        memory_mb_per_node: on each node.
    """

    nodes: float = math.inf
    cpus: float = math.inf
    memory_mb: float = math.inf
    minutes: float = math.inf
    cpus_per_node: float = math.inf
    memory_mb_per_node: float = math.inf


class Partition(NamedTuple):
    """A queue as Slurm tells it."""

    name: str
    is_default: bool
    state: str
    limits: Limits
    nodes: Sequence[Node]


def check_queue_limits(asks: Sequence[ResourceRequest], accounting: bool) -> Iterator[Finding]:
    """One row if all stages fit, else one for each that does not; then the user's quotas.

    Args:
        asks: the largest job of each submitted rule.
        accounting: whether the cluster has a database with quotas of users.
    """
    told = ask(["scontrol", "--oneliner", "show", "partition"], SECONDS_TO_ANSWER)
    nodes = ask(["sinfo", "--noheader", "--Node", "--format=%R|%c|%m"], SECONDS_TO_ANSWER)
    if not (told.success and nodes.success):
        answer = nodes if told.success else told
        yield problem("queue limits", answer.text, "`scontrol show partition` must work")
        return
    partitions = parse_partitions(told.text, nodes.text)
    complaints = [text for one in asks if (text := complaint(one, partitions)) is not None]
    yield from (problem("queue limits", text, FIX) for text in complaints)
    if not complaints:
        yield ok("queue limits", f"all stages fit; {largest(asks)}")
    if accounting:
        yield check_quotas(asks)


def check_quotas(asks: Sequence[ResourceRequest]) -> Finding:
    """Whether the accounting database lets this user ask for so much."""
    answer = quotas_of_user()
    if not answer.success:
        return ok("quotas", f"not to be had: {answer.text}")
    quotas = parse_quotas(answer.text)
    where = f"the quotas of {getpass.getuser()}"
    for one in asks:
        # Several associations: of each account and partition; one that allows it is enough.
        reasons = [excess(one, limits, where) for limits in quotas]
        if reasons and all(reasons):
            fix = "ask for more (`sacctmgr show assoc`), or lower what the profile asks for"
            return problem("quotas", f"{one.rule} asks for {reasons[0]}", fix)
    return ok("quotas", f"{len(quotas)} of this user, none in the way" if quotas else "none")


def quotas_of_user() -> Answer:
    """Rows ``maxtres|maxwall`` of the user's associations."""
    command = ["sacctmgr", "--noheader", "--parsable2", "show", "assoc"]
    words = [f"user={getpass.getuser()}", "format=maxtres,maxwall"]
    return ask([*command, *words], SECONDS_TO_ANSWER)


def largest(asks: Sequence[ResourceRequest]) -> str:
    """The job that asks for most memory, in words."""
    if not asks:
        return "nothing is submitted"
    most = max(asks, key=lambda one: one.memory_mb * one.nodes)
    nodes = f"{most.nodes} nodes with {most.cpus} CPUs" if most.nodes > 1 else f"{most.cpus} CPUs"
    return f"the largest, {most.rule}: {nodes}, {most.memory_mb} MB, {most.minutes} min"


def complaint(one: ResourceRequest, partitions: Mapping[str, Partition]) -> str | None:
    """Why a job does not fit into its partitions; None where it does.

    Slurm may insist on all of them (EnforcePartLimits=ALL, as on ParallelCluster).
    """
    default = next((name for name, partition in partitions.items() if partition.is_default), "")
    for name in (one.partitions or default).split(","):
        if name in partitions and (reason := misfit(one, partitions[name])):
            return f"{one.rule} asks for {reason}"
    return None


def misfit(one: ResourceRequest, partition: Partition) -> str | None:
    """What of a job is too much for a partition; None where it fits."""
    if partition.state != "UP":
        return f"the queue {partition.name}, which is {partition.state}"
    if reason := excess(one, partition.limits, f"the queue {partition.name}"):
        return reason
    fitting = [n for n in partition.nodes if n.cpus >= one.cpus and n.memory_mb >= one.memory_mb]
    if len(fitting) >= one.nodes:
        return None
    asked = f"{one.nodes} node{'s' if one.nodes > 1 else ''} with {one.cpus} CPUs"
    there = ", ".join(
        f"{count} with {node.cpus} CPUs and {node.memory_mb} MB"
        for node, count in sorted((n, partition.nodes.count(n)) for n in set(partition.nodes))
    )
    return f"{asked} and {one.memory_mb} MB; {partition.name} has {there or 'no node'}"


def excess(one: ResourceRequest, limits: Limits, where: str) -> str | None:
    """What of a job is above limits; None where nothing is."""
    asked = {
        "nodes": (one.nodes, limits.nodes),
        "CPUs": (one.cpus * one.nodes, limits.cpus),
        "MB": (one.memory_mb * one.nodes, limits.memory_mb),
        "minutes": (one.minutes, limits.minutes),
        "CPUs on a node": (one.cpus, limits.cpus_per_node),
        "MB on a node": (one.memory_mb, limits.memory_mb_per_node),
    }
    for what, (wanted, most) in asked.items():
        if wanted > most:
            return f"{wanted} {what}; {where} allow{'s' if 'queue' in where else ''} {most:.0f}"
    return None


def parse_partitions(partitions: str, nodes: str) -> dict[str, Partition]:
    """Partitions by name, from ``scontrol --oneliner show partition`` and ``sinfo --Node``."""
    of_partition: dict[str, list[Node]] = {}
    for line in nodes.splitlines():
        name, cpus, memory = line.split("|")
        of_partition.setdefault(name, []).append(Node(number(cpus), number(memory)))
    found = {}
    for line in partitions.splitlines():
        fields = dict(re.findall(r"(\w+)=(\S*)", line))
        limits = Limits(
            nodes=limit(fields.get("MaxNodes")),
            minutes=minutes(fields.get("MaxTime")),
            cpus_per_node=limit(fields.get("MaxCPUsPerNode")),
            memory_mb_per_node=limit(fields.get("MaxMemPerNode")),
        )
        name = fields["PartitionName"]
        found[name] = Partition(
            name,
            fields.get("Default") == "YES",
            fields.get("State", "UP"),
            limits,
            of_partition.get(name, []),
        )
    return found


def parse_quotas(text: str) -> list[Limits]:
    """Limits of one job from rows ``maxtres|maxwall`` of sacctmgr."""
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
    """A number that may end with "+", as sinfo writes it."""
    return int(re.match(r"\d+", text)[0])  # type: ignore[index]


def limit(text: str | None) -> float:
    """A number; infinity for "UNLIMITED" and the like."""
    return float(text) if text and text.isdigit() else math.inf


def minutes(text: str | None) -> float:
    """``[days-]hours:minutes:seconds`` as minutes; infinity for "UNLIMITED" and the like."""
    found = re.fullmatch(r"(?:(\d+)-)?(\d+):(\d+):(\d+)", text or "")
    if found is None:
        return math.inf
    days, hours, mins, seconds = (int(part or 0) for part in found.groups())
    return days * 1440 + hours * 60 + mins + seconds / 60
