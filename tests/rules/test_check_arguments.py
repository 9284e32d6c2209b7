"""Options that describe the profile and its use of Slurm to the command check."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from rules.check_arguments import bridge_arguments, cluster_arguments


class Workflow:
    """The attributes of Snakemake's workflow that are used."""

    executor_plugin = SimpleNamespace(name="slurm")
    executor_settings = SimpleNamespace(
        status_command="squeue", init_seconds_before_status_checks=10
    )

    def __init__(self, **rules):
        self.rules: Iterable[Any] = [
            SimpleNamespace(name=name, resources=Resources(values))
            for name, values in rules.items()
        ]

    def is_local(self, rule):
        return rule.name == "all"


class Resources:
    """Snakemake's resources of a rule: a missing one has no value."""

    def __init__(self, values):
        self.values = values

    def get(self, name):
        return SimpleNamespace(raw=self.values.get(name))


def test_options_describe_how_the_profile_uses_the_cluster():
    workflow = Workflow(
        all={"slurm_partition": "unused"},
        embed_reads={"slurm_partition": "spot,cpu", "mpi": "srun --mpi=none"},
        find_pairs={"slurm_partition": "mpi", "mpi": "srun --mpi=pmix"},
        trim_reads={"slurm_partition": "spot,cpu"},
    )
    assert cluster_arguments(workflow) == (
        "--slurm --partitions cpu mpi spot --partition spot,cpu --slurm-mpi 'srun --mpi=pmix'"
        " --status-command squeue --first-poll-seconds 10"
    )


def test_default_partition_and_single_ranks():
    workflow = Workflow(
        find_pairs={"slurm_partition": "None", "mpi": "None"},
        trim_reads={"slurm_partition": "None"},
    )
    assert cluster_arguments(workflow) == (
        "--slurm --partitions --partition '' --slurm-mpi ''"
        " --status-command squeue --first-poll-seconds 10"
    )


def test_options_contain_the_largest_requests():
    requests = [("find_pairs", "mpi", 2, 4, 5000, 30), ("trim_reads", "", 1, 1, 1000, 20)]
    assert cluster_arguments(Workflow(), requests).endswith(
        " --request find_pairs mpi 2 4 5000 30 --request trim_reads '' 1 1 1000 20"
    )


def test_local_runs_have_no_options_of_a_cluster():
    workflow = Workflow(trim_reads={})
    workflow.executor_plugin = SimpleNamespace(name="local")
    assert cluster_arguments(workflow) == ""


def test_options_describe_the_bridge_of_a_run_on_ray():
    workflow = Workflow(trim_reads={}, find_pairs={"slurm_partition": "mpi"})
    assert bridge_arguments(workflow) == "", "Slurm"
    workflow.executor_plugin = SimpleNamespace(name="ray")
    workflow.executor_settings = SimpleNamespace(slurm_host=None, slurm_ssh="ssh")
    assert bridge_arguments(workflow) == ""
    workflow.executor_settings = SimpleNamespace(slurm_host="head", slurm_ssh="ssh -F x")
    expected = "--bridge head --bridge-ssh 'ssh -F x' --bridge-partition mpi"
    assert bridge_arguments(workflow) == expected
