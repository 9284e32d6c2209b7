"""Resources that a job requests from Ray, and whether a node has them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from snakemake_interface_common.exceptions import WorkflowError

MIB = 1 << 20
PREFIX = "ray_"  # of rule resources that are custom resources of Ray
LABELS = "ray_labels"


@dataclass(frozen=True)
class Request:
    """Resources of one job in Ray's terms; memory in MiB, labels as Ray's label selector."""

    cpus: int
    memory: int
    gpus: int
    custom: Mapping[str, int]
    labels: Mapping[str, str]

    def options(self) -> dict[str, Any]:
        """Return the options of a Ray task."""
        options: dict[str, Any] = {
            "num_cpus": self.cpus,
            "num_gpus": self.gpus,
            "memory": self.memory * MIB,
            "resources": dict(self.custom),
        }
        return options | ({"label_selector": dict(self.labels)} if self.labels else {})

    def fits(self, node: Mapping[str, Any]) -> bool:
        """Return True if a node, as ``ray.nodes()`` lists it, could run the job when it is idle."""
        has = node["Resources"]
        amounts = {"CPU": self.cpus, "GPU": self.gpus, "memory": self.memory * MIB, **self.custom}
        enough = all(has.get(name, 0) >= amount for name, amount in amounts.items())
        labels = node.get("Labels") or {}
        return enough and all(_matches(labels.get(k), rule) for k, rule in self.labels.items())

    def __str__(self) -> str:
        """Return the request as a list for people: 2 CPUs, 500 MiB of memory."""
        words = [f"{self.cpus} CPUs"]
        words += [f"{self.memory} MiB of memory"] if self.memory else []
        words += [f"{self.gpus} GPUs"] if self.gpus else []
        words += [f"{amount} {name}" for name, amount in self.custom.items() if amount]
        return ", ".join(words + [f"label {name}={rule}" for name, rule in self.labels.items()])


def request_of(
    job: Any, custom_names: Mapping[str, str], default_labels: Mapping[str, str]
) -> Request:
    """Return the request of a job.

    ``threads`` are CPUs, ``mem_mb`` is memory, ``gpu`` or ``gpus`` are GPUs, ``ray_<name>`` is the
    custom resource <name>, and ``ray_labels`` replaces the default labels.

    Args:
        job: Snakemake's job or group job.
        custom_names: rule resources that are custom resources of Ray, with the names in Ray.
        default_labels: label selector of jobs without ``ray_labels``.
    """
    amounts = {name: n for name, n in job.resources.items() if isinstance(n, int)}
    custom = {name[len(PREFIX) :]: n for name, n in amounts.items() if name.startswith(PREFIX)}
    custom |= {inside: amounts[name] for name, inside in custom_names.items() if name in amounts}
    labels = job.resources.get(LABELS)
    return Request(
        cpus=job.threads,
        memory=amounts.get("mem_mb", 0),
        gpus=amounts.get("gpu", amounts.get("gpus", 0)),
        custom=custom,
        labels=pairs(labels, f"resource {LABELS}") if labels else default_labels,
    )


def pairs(text: str | None, source: str) -> dict[str, str]:
    """Return ``a=x,b=in(y,z)`` as a dictionary; commas in parentheses do not separate.

    Args:
        text: names with values; None is empty.
        source: where the text comes from, for the message.

    Raises:
        WorkflowError: a part is not NAME=VALUE.
    """
    found = {}
    for word in re.split(r",(?![^(]*\))", text) if text else []:
        name, separator, value = word.partition("=")
        if not (separator and name.strip() and value.strip()):
            raise WorkflowError(f'{source}: found "{word}", expected NAME=VALUE[,NAME=VALUE...]')
        found[name.strip()] = value.strip()
    return found


def unmet(request: Request, nodes: Iterable[Mapping[str, Any]]) -> str | None:
    """Return a sentence if no living node could run the job; None if one could."""
    alive = [node for node in nodes if node["Alive"]]
    if any(request.fits(node) for node in alive):
        return None
    return (
        f"No node of the Ray cluster has {request} ({len(alive)} nodes; the largest has "
        f"{_largest(alive, 'CPU'):.0f} CPUs, {_largest(alive, 'memory') / MIB:.0f} MiB of memory). "
        "Use --max-threads, --set-threads or --set-resources, or add such a node."
    )


def _largest(nodes: Iterable[Mapping[str, Any]], name: str) -> float:
    return max((node["Resources"].get(name, 0) for node in nodes), default=0)


def _matches(value: str | None, rule: str) -> bool:
    """Return True if a label's value satisfies Ray's ``x``, ``!x``, ``in(x,y)`` or ``!in(x,y)``."""
    is_negated, rule = rule.startswith("!"), rule.removeprefix("!")
    one_of = re.fullmatch(r"in\((.*)\)", rule)
    values = [word.strip() for word in one_of[1].split(",")] if one_of else [rule]
    return (value in values) != is_negated
