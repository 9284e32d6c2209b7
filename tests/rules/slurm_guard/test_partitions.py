"""The check of partitions, as far as it needs no cluster; the rest is in tests/cluster."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from rules.settings.mistakes import ConfigError
from rules.slurm_guard.partitions import (
    cluster_arguments,
    missing_partitions,
    partitions_of_cluster,
    place_in_profile,
    stop_without_partitions,
    wanted_partitions,
)


@dataclass
class Job:
    """As much of Snakemake's job as is looked at."""

    name: str
    is_local: bool = False
    resources: dict[str, object] = field(default_factory=dict)


def test_wanted_partitions_with_their_rules():
    jobs = [
        Job("align_pairs", resources={"slurm_partition": "mpi"}),
        Job("trim_reads", resources={"slurm_partition": "spot, cpu"}),
        Job("trim_reads", resources={"slurm_partition": "spot, cpu"}),
        Job("embed_reads", resources={"slurm_partition": "cpu"}),
        Job("cluster_reads"),
    ]
    assert wanted_partitions(jobs) == {
        "mpi": ["align_pairs"],
        "spot": ["trim_reads"],
        "cpu": ["trim_reads", "embed_reads"],
    }


@pytest.fixture
def profile(tmp_path, monkeypatch):
    """A profile in the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    text = "# mpi is a queue\n__variables__:\n  queues: spot-1,mpi-2\n  queue: mpi\n"
    (tmp_path / "mine" / "profile.v9+.yaml").write_text(text)
    return "mine"


@pytest.mark.parametrize(
    ("partition", "line"), [("mpi", 4), ("spot-1", 3), ("mpi-2", 3), ("spot", None)]
)
def test_line_of_a_partition_in_the_profile(profile, partition, line):
    assert place_in_profile(partition, profile) == ("mine/profile.v9+.yaml", line)


def test_profile_from_elsewhere_is_named_without_line():
    assert place_in_profile("mpi", "in_home") == ("profile in_home", None)
    assert place_in_profile("mpi", "") == ("command line", None)


def test_missing_partitions_are_told_with_those_that_exist(profile):
    wanted = {"mpi": ["find_pairs", "align_pairs"], "cpu": ["trim_reads"]}
    (mistake,) = missing_partitions(wanted, ["cpu", "mpi-big"], profile)
    assert str(mistake) == (
        'mine/profile.v9+.yaml:4: slurm_partition: found the partition "mpi" for align_pairs and '
        "find_pairs, expected cpu or mpi-big; put a partition of this cluster there (`sinfo` shows "
        "their nodes)"
    )
    (mistake,) = missing_partitions({"cpus": ["trim_reads"]}, ["cpu", "mpi"], "")
    assert 'did you mean "cpu"?' in str(mistake)
    assert missing_partitions(wanted, ["cpu", "mpi"], profile) == []


def test_no_slurm_is_told_before_anything_is_submitted(profile, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="found no program sinfo, expected a Slurm cluster"):
        partitions_of_cluster(profile)
    with pytest.raises(SystemExit) as stop:
        stop_without_partitions([Job("trim_reads")], profile)
    assert stop.value.code == 2
    assert "mine/profile.v9+.yaml: executor: found no program sinfo" in capsys.readouterr().err


def test_jobs_of_the_head_node_need_no_cluster(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    job = Job("check", is_local=True, resources={"slurm_partition": "nowhere"})
    stop_without_partitions([job], "parallelcluster")


class Workflow:
    """As much of Snakemake's workflow as is looked at."""

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


def test_check_is_told_how_the_profile_uses_the_cluster():
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


def test_check_is_told_what_jobs_ask_for():
    asks = [("find_pairs", "mpi", 2, 4, 5000, 30), ("trim_reads", "", 1, 1, 1000, 20)]
    assert cluster_arguments(Workflow(), asks).endswith(
        " --ask find_pairs mpi 2 4 5000 30 --ask trim_reads '' 1 1 1000 20"
    )


def test_local_runs_say_nothing_of_a_cluster():
    workflow = Workflow(trim_reads={})
    workflow.executor_plugin = SimpleNamespace(name="local")
    assert cluster_arguments(workflow) == ""
