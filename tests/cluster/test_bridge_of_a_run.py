"""Runs of Snakemake on Ray whose jobs of a partition go to Slurm: faults of actor and driver."""

import os
import re
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from ray_runs import Workflow, processes_with, until

from support.cluster.slurm_cluster import SlurmCluster
from support.cluster.ssh_server import HOST, HeadNode

SNAKEFILE = """
envvars: "DECLARED"

rule all:
    input: "ranks.txt"

rule here:
    output: "here.txt"
    shell: "echo ${{SLURM_JOB_ID:-}} > {output}"

rule ranks:
    input: "here.txt"
    output: "ranks.txt"
    resources:
        slurm_partition="mpi", nodes=2, tasks=4, slurm_extra="--ntasks-per-node=2",
        mem_mb=100, runtime=5
    shell:
        "echo $SLURM_JOB_ID $SNAKEMAKE_RAY_SLURM_KEY $NAMED $DECLARED >> started; "
        "until [ -e go ]; do sleep 0.2; done; "
        "srun --mpi=pmix -n {resources.tasks} hostname > {output}"

rule fails:
    output: "failed.txt"
    resources: slurm_partition="mpi"
    shell: "echo the reason; exit 3"

rule elsewhere:
    output: "elsewhere.txt"
    resources: slurm_partition="mpii"
    shell: "touch {output}"
"""


@pytest.fixture
def workflow(head: HeadNode) -> Iterator[Workflow]:
    """A workflow in a folder that Slurm's nodes see, and whose name needs quotes."""
    with tempfile.TemporaryDirectory(prefix="it's a ", dir="/tmp") as folder:
        made = Workflow(Path(folder), SNAKEFILE)
        made.environment |= {"NAMED": "it's 1", "DECLARED": "$2"}
        yield made
        for process in [*processes_with(str(made.temporary)), *processes_with(folder)]:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def options(head: HeadNode, *others: str) -> list[str]:
    """Return the options with which Snakemake finds the door."""
    bridge = ["--ray-slurm-host", HOST, "--ray-slurm-ssh", head.ssh]
    return [*bridge, "--ray-slurm-variables", "NAMED,MISSING", *others]


@pytest.mark.timeout(240)
def test_actor_and_driver_are_killed(
    workflow: Workflow, head: HeadNode, cluster: SlurmCluster
) -> None:
    """The next run finds the job, which runs once."""
    with workflow.start(*options(head)) as first:
        assert until(lambda: workflow.has("started"))
        time.sleep(2)
        (actor,) = actors(workflow)
        os.kill(actor, signal.SIGKILL)
        assert until(lambda: [one for one in actors(workflow) if one != actor])
        time.sleep(3)
        assert first.poll() is None
        first.kill()
    (line,) = workflow.lines("started")
    job, key, *variables = line.split()
    assert variables == ["it's", "1", "$2"]
    assert until(lambda: not processes_with(f"{workflow.temporary}/snakemake-ray-"), 20)
    assert dict(head.jobs(key)) == {job: "RUNNING"}
    record = head.door / "jobs" / key / "job"
    of_the_first = record.read_text()
    with workflow.start(*options(head, "--nolock", "--rerun-incomplete")) as second:
        assert until(lambda: record.read_text() != of_the_first, 60)
        (workflow.folder / "go").touch()
        printed, _ = second.communicate(timeout=90)
    assert second.returncode == 0, printed
    adopted = f"{key}: Slurm job {job} on {HOST} of an earlier run is still there and is waited for"
    assert adopted in printed
    assert len(workflow.lines("started")) == 1
    assert head.jobs(key) == [(job, "COMPLETED")]
    assert sorted(workflow.lines("ranks.txt")) == ["n1", "n1", "n2", "n2"]
    assert workflow.lines("here.txt") == [""], "a Ray task"
    assert "DECLARED=" not in head.cluster.run("ps", "-ef").stdout


def actors(workflow: Workflow) -> list[int]:
    """Return the bridge's processes of a run, which show its folder in their environment."""
    mark = f"TMPDIR={workflow.temporary}".encode()
    return [
        one
        for one in processes_with("ray::Bridge")
        if mark in Path(f"/proc/{one}/environ").read_bytes().split(b"\0")
    ]


@pytest.mark.timeout(240)
def test_failed_job_and_end_by_ctrl_c(
    workflow: Workflow, head: HeadNode, cluster: SlurmCluster
) -> None:
    arguments = options(head, "--keep-going", "--show-failed-logs", "--verbose")
    with workflow.start(*arguments, "ranks.txt", "failed.txt") as running:
        assert until(lambda: workflow.has("started"))
        (line,) = workflow.lines("started")
        key = line.split()[1]
        time.sleep(3)
        os.killpg(running.pid, signal.SIGINT)
        printed, _ = running.communicate(timeout=60)
    assert running.returncode != 0
    assert re.search(rf"Slurm job \d+ on {HOST} ended with exit code 1\.", printed), printed
    assert "the reason" in printed
    assert until(lambda: [state for _, state in head.jobs(key)] == ["CANCELLED"])


def test_mistakes_are_reported_before_anything_starts(workflow: Workflow, head: HeadNode) -> None:
    printed = workflow.run(*options(head), "elsewhere.txt", "here.txt", code=1)
    assert (
        "slurm_partition of elsewhere: found mpii, expected partitions of hpc-head: cpu, mpi, spot"
    ) in printed
    assert not workflow.has("here.txt")
    printed = workflow.run("--ray-slurm-host=-oProxyCommand=true", "ranks.txt", code=1)
    assert 'found the host "-oProxyCommand=true", expected a destination of ssh' in printed
