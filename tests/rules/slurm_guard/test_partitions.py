"""Check of partitions without a cluster; tests on a cluster are in tests/cluster."""

from dataclasses import dataclass, field

import pytest

from rules.partition_check import stop_without_partitions
from rules.slurm_guard.partitions import (
    PartitionProblem,
    missing_partitions,
    partition_problems,
    position_in_profile,
    requested_partitions,
)


@dataclass
class Job:
    """The attributes of Snakemake's jobs that are used."""

    name: str
    is_local: bool = False
    resources: dict[str, object] = field(default_factory=dict)


def test_requested_partitions_with_their_rules():
    jobs = [
        Job("align_pairs", resources={"slurm_partition": "mpi"}),
        Job("trim_reads", resources={"slurm_partition": "spot, cpu"}),
        Job("trim_reads", resources={"slurm_partition": "spot, cpu"}),
        Job("embed_reads", resources={"slurm_partition": "cpu"}),
        Job("cluster_reads"),
    ]
    assert requested_partitions(jobs) == {
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
    assert position_in_profile(partition, profile) == ("mine/profile.v9+.yaml", line)


def test_profile_from_elsewhere_is_named_without_line():
    assert position_in_profile("mpi", "in_home") == ("profile in_home", None)
    assert position_in_profile("mpi", "") == ("command line", None)


def test_missing_partitions_are_reported_with_those_that_exist():
    requested = {"mpi": ["find_pairs", "align_pairs"], "cpu": ["trim_reads"]}
    (problem,) = missing_partitions(requested, ["cpu", "mpi-big"])
    assert problem == PartitionProblem(
        partition="mpi",
        found='the partition "mpi" for align_pairs and find_pairs',
        expected="cpu or mpi-big",
        what_to_do="name a partition of this cluster (`sinfo` lists them)",
    )
    for name in ("cpus", "CPU"):
        (problem,) = missing_partitions({name: ["trim_reads"]}, ["cpu", "mpi"])
        assert problem.what_to_do.startswith('did you mean "cpu"? ')
    assert missing_partitions(requested, ["cpu", "mpi"]) == []


def test_missing_partition_stops_the_run(profile, monkeypatch, tmp_path, capsys):
    (tmp_path / "sinfo").write_text("#!/bin/sh\necho cpu\necho mpi-big\n")
    (tmp_path / "sinfo").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    job = Job("find_pairs", resources={"slurm_partition": "mpi"})
    with pytest.raises(SystemExit) as stop:
        stop_without_partitions([job], profile)
    assert stop.value.code == 2
    assert capsys.readouterr().err.startswith(
        'mine/profile.v9+.yaml:4: slurm_partition: found the partition "mpi" for find_pairs, '
        "expected cpu or mpi-big; name a partition of this cluster (`sinfo` lists them)\n"
    )


def test_no_slurm_is_reported_before_anything_is_submitted(profile, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    (problem,) = partition_problems([Job("trim_reads")])
    assert (problem.found, problem.expected) == ("no program sinfo", "a Slurm cluster")
    with pytest.raises(SystemExit) as stop:
        stop_without_partitions([Job("trim_reads")], profile)
    assert stop.value.code == 2
    assert "mine/profile.v9+.yaml: executor: found no program sinfo" in capsys.readouterr().err


def test_jobs_of_the_head_node_need_no_cluster(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    job = Job("check", is_local=True, resources={"slurm_partition": "nowhere"})
    stop_without_partitions([job], "parallelcluster")
