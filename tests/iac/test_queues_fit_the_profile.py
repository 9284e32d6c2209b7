"""Compare what profiles/parallelcluster requests with the cluster: queues, nodes, cores, memory."""

from typing import Any

import boto3
import pytest
import yaml
import yte
from stack import CLUSTER

from rules.stages import STAGES

PROFILE = CLUSTER.parent / "profiles" / "parallelcluster" / "profile.v9+.yaml"
# ParallelCluster offers 95 % of an instance type's memory to Slurm (SchedulableMemory).
SCHEDULABLE = 0.95


@pytest.fixture(scope="module")
def profile() -> dict[str, Any]:
    return yte.process_yaml(PROFILE.read_text(), require_use_yte=True)


@pytest.fixture(scope="module")
def nodes(account: None) -> dict[str, list[dict[str, Any]]]:
    """Return by queue the guaranteed cores, memory (MB) and nodes of each compute resource."""
    client = boto3.client("ec2")
    configuration = yaml.safe_load((CLUSTER / "parallelcluster.yaml").read_text())
    queues: dict[str, list[dict[str, Any]]] = {}
    for queue in configuration["Scheduling"]["SlurmQueues"]:
        for resource in queue["ComputeResources"]:
            instances = resource.get("Instances", [resource])
            types = [instance["InstanceType"] for instance in instances]
            found = client.describe_instance_types(InstanceTypes=types)["InstanceTypes"]
            assert len(found) == len(types)
            memory = min(entry["MemoryInfo"]["SizeInMiB"] for entry in found)
            queues.setdefault(queue["Name"], []).append(
                {
                    "cores": min(entry["VCpuInfo"]["DefaultVCpus"] for entry in found),
                    "memory_mb": int(memory * SCHEDULABLE),
                    "nodes": resource["MaxCount"],
                }
            )
    return queues


def requested(profile: dict[str, Any], stage: str) -> dict[str, Any]:
    """Return a stage's resources: the default ones, overridden by its own."""
    own = profile["set-resources"].get(stage) or {}
    return profile["default-resources"] | own


def queues_of(profile: dict[str, Any], stage: str) -> list[str]:
    return requested(profile, stage)["slurm_partition"].split(",")


def test_profile_is_read_as_snakemake_does(profile: dict[str, Any]) -> None:
    assert queues_of(profile, "trim_reads") == ["spot", "cpu"]
    assert queues_of(profile, "find_pairs") == ["mpi"]


def test_all_queues_of_the_profile_exist(profile: dict[str, Any], nodes) -> None:
    for stage in STAGES:
        assert set(queues_of(profile, stage)) <= set(nodes), stage


def test_the_first_queue_is_on_demand(nodes) -> None:
    # It is Slurm's default for jobs that name no queue.
    assert next(iter(nodes)) == "cpu"


def cores_on_node(profile: dict[str, Any], stage: str) -> int:
    """Return the largest number of CPUs that a stage requests on one node."""
    resources = requested(profile, stage)
    tasks = resources.get("max_tasks") or resources.get("tasks") or 1
    return profile["set-threads"].get(stage, 1) * -(-tasks // (resources.get("nodes") or 1))


def fitting(profile: dict[str, Any], stage: str, queue: list[dict[str, Any]], memory: int) -> list:
    """Return the compute resources of a queue that can run a stage."""
    wanted_nodes = requested(profile, stage).get("nodes") or 1
    cores = cores_on_node(profile, stage)
    return [
        node
        for node in queue
        if node["nodes"] >= wanted_nodes and node["cores"] >= cores and node["memory_mb"] >= memory
    ]


@pytest.mark.parametrize("stage", STAGES)
def test_stage_fits_into_each_of_its_queues(stage: str, profile: dict[str, Any], nodes) -> None:
    last_attempt, cores = profile["retries"] + 1, cores_on_node(profile, stage)
    model = STAGES[stage].resources
    for queue in queues_of(profile, stage):
        first = fitting(profile, stage, nodes[queue], model.memory_mb(0, cores, 1))
        assert first == nodes[queue], "a small input runs on every node of the queue"
        # One gigabyte of input, at the last attempt, must fit one of the queue's compute resources.
        assert fitting(profile, stage, nodes[queue], model.memory_mb(1000, cores, last_attempt)), (
            queue
        )


def test_requests_above_the_limits_are_noticed(profile: dict[str, Any], nodes) -> None:
    mpi = nodes["mpi"]
    cores, memory, count = mpi[0]["cores"], mpi[0]["memory_mb"], mpi[0]["nodes"]
    assert (cores, memory, count) == (96, 373555, 4)
    assert not fitting(profile, "find_pairs", mpi, memory + 1)
    for change in ({"nodes": count + 1}, {"nodes": 1, "max_tasks": cores + 1}):
        larger = requested(profile, "find_pairs") | change
        more = profile | {"set-resources": {"find_pairs": larger}}
        assert not fitting(more, "find_pairs", mpi, 1000)
