"""Checks of the Ray cluster whose tasks the jobs of a profile are."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from readkin.preflight.cluster import READ_TOKENS, files_to_see, shared_folder_findings
from readkin.preflight.findings import Finding, ok, problem, skipped
from readkin.preflight.queue_limits import ResourceRequest, largest

MOST_NODES = 16  # on which a task looks for the files
FIX_SIZE = "change cpus_of_nodes, threads or set-resources in the profile, or add such a node"


class RayUse(NamedTuple):
    """Use of Ray by the profile.

    Attributes:
        address: of the cluster; "" for a Ray of its own on this machine.
        is_growing: whether an autoscaler adds nodes.
        minutes_to_wait: time limit of the tiny tasks.
        requests: the largest job of each rule.
    """

    address: str
    is_growing: bool
    minutes_to_wait: int
    requests: Sequence[ResourceRequest] = ()


def check_ray_cluster(use: RayUse, folders: Mapping[str, Path]) -> Iterator[Finding]:
    """Yield the results of all checks of the cluster, the cheap ones first.

    Args:
        use: use of Ray by the profile.
        folders: names and paths of the folders that each node must see.
    """
    from snakemake_interface_common.exceptions import WorkflowError

    from snakemake_executor_plugin_ray import cluster

    if not use.address:
        memory = cluster.granted_memory()
        here = {"Alive": True, "Resources": {"CPU": sys.maxsize, "memory": memory}}
        yield skipped("Ray cluster", "none: the run starts a Ray of its own on this machine")
        yield check_sizes(use, [here])
        return
    try:
        ray = cluster.connect(use.address, 0)
    except WorkflowError as error:
        fix = "start the cluster, or correct ray-address in the profile"
        yield problem("Ray cluster", str(error), fix)
        return
    try:
        nodes = [node for node in ray.nodes() if node["Alive"]]
        yield ok("Ray cluster", f"{use.address}, {len(nodes)} nodes")
        yield check_sizes(use, nodes)
        yield from check_nodes(ray, use, nodes, folders)
    finally:
        ray.shutdown()


def check_sizes(use: RayUse, nodes: Sequence[Mapping[str, Any]]) -> Finding:
    """Check that for each stage there is a node with its CPUs and memory."""
    from snakemake_executor_plugin_ray.request import Request, unmet

    if use.is_growing:
        return skipped("node sizes", f"an autoscaler adds nodes; {largest(use.requests)}")
    for one in use.requests:
        request = Request(one.cpus, one.memory_mb, 0, {}, {})
        if (sentence := unmet(request, nodes)) is not None:
            found = sentence.partition(" Use --")[0].removesuffix(".")
            return problem("node sizes", f"{one.rule}: {found}", FIX_SIZE)
    return ok("node sizes", f"all stages fit; {largest(use.requests)}")


def check_nodes(
    ray: Any, use: RayUse, nodes: Sequence[Mapping[str, Any]], folders: Mapping[str, Path]
) -> Iterator[Finding]:
    """Check that tiny tasks on the nodes see the same files as this machine."""
    with_cpus = [node["NodeID"] for node in nodes if node["Resources"].get("CPU", 0) >= 1]
    if not with_cpus and not use.is_growing:
        yield problem("nodes", "none with a CPU", "add nodes to the Ray cluster")
        return
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    task = ray.remote(num_cpus=1, max_retries=0)(show_files)
    on_node = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
    strategies = [on_node(node, soft=False) for node in with_cpus]
    with files_to_see(folders) as tokens:
        words = [sys.executable, *map(str, tokens)]
        answers = [
            task.options(scheduling_strategy=strategy).remote(READ_TOKENS, words)
            for strategy in strategies[:MOST_NODES] or ["DEFAULT"]
        ]
        for answer in answers:
            try:
                text = ray.get(answer, timeout=60 * use.minutes_to_wait)
            except ray.exceptions.GetTimeoutError:
                found = f"no answer of a task in {use.minutes_to_wait} minutes"
                yield problem("nodes", found, "free a CPU of the cluster, or look at `ray status`")
            except ray.exceptions.RayError as error:
                reason = str(error).strip().splitlines()[-1]
                yield problem("nodes", reason, "use the same Python and Ray on all nodes")
            else:
                yield from shared_folder_findings(text, folders, tokens)


def show_files(script: str, words: Sequence[str]) -> str:
    """Return what a node sees of files (a Ray task)."""
    environment = os.environ | {"SLURMD_NODENAME": os.uname().nodename}
    command = ["sh", "-c", script, *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True).stdout
