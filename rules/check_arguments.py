"""Options that pass the profile's use of Slurm to the command ``check``."""

import shlex
from collections.abc import Iterable
from typing import Any, Protocol

from rules.slurm_guard.partitions import RESOURCE

NO_RANKS = "--mpi=none"  # launcher of Ray's nodes


class Workflow(Protocol):
    """The attributes of Snakemake's workflow (9.27) that are used here."""

    rules: Iterable[Any]
    executor_plugin: Any
    executor_settings: Any

    def is_local(self, rule: Any) -> bool:
        """Return whether a rule's jobs run on the head node."""


def cluster_arguments(workflow: Workflow, requests: Iterable[Iterable[object]] = ()) -> str:
    """Return the options that describe how the profile uses Slurm; "" without Slurm.

    Args:
        workflow: after the rules were read and the executor was chosen.
        requests: the largest job of each rule, in the order of check's ``--request``.
    """
    if workflow.executor_plugin is None or workflow.executor_plugin.name != "slurm":
        return ""
    submitted = [rule for rule in workflow.rules if not workflow.is_local(rule)]
    launchers = {rule.name: _setting(rule, "mpi") for rule in submitted}
    single_node = [_setting(rule, RESOURCE) for rule in submitted if not launchers[rule.name]]
    partitions = {name for rule in submitted for name in _setting(rule, RESOURCE).split(",")}
    settings = workflow.executor_settings
    words = ["--slurm", "--partitions", *sorted(partitions - {""})]
    words += ["--partition", next(iter(single_node), "")]
    of_ranks = (words for words in launchers.values() if words and not words.endswith(NO_RANKS))
    words += ["--slurm-mpi", next(of_ranks, "")]
    words += ["--status-command", settings.status_command]
    words += ["--first-poll-seconds", str(settings.init_seconds_before_status_checks)]
    for request in requests:
        words += ["--request", *map(str, request)]
    return shlex.join(words)


def bridge_arguments(workflow: Workflow) -> str:
    """Return the options that describe the bridge from Ray to Slurm; "" without one."""
    if workflow.executor_plugin is None or workflow.executor_plugin.name != "ray":
        return ""
    settings = workflow.executor_settings
    if not settings.slurm_host:
        return ""
    partitions = (_setting(rule, RESOURCE) for rule in workflow.rules)
    words = ["--bridge", settings.slurm_host, "--bridge-ssh", settings.slurm_ssh]
    return shlex.join([*words, "--bridge-partition", next(filter(None, partitions), "")])


def _setting(rule: Any, resource: str) -> str:
    """Return a resource as set by profile or rule, before any job exists; "" if it is not set."""
    raw = rule.resources.get(resource).raw
    return raw if isinstance(raw, str) and raw != "None" else ""
