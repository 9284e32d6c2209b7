"""`check` finds the problems of a cluster; tested on a real Slurm."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.cluster.slurm_cluster import ClusterSettings, SlurmCluster, running_cluster

REPOSITORY = Path(__file__).resolve().parents[2]
LAUNCHER = "srun --mpi=pmix --kill-on-bad-exit=1"


def check(cluster: SlurmCluster, work: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command ``check`` as the profile does, with ``options`` added."""
    usual = ["--partitions", "cpu", "mpi", "spot", "--partition", "spot,cpu"]
    command = [sys.executable, str(REPOSITORY / "workflow_scripts" / "check.py"), "--slurm"]
    return cluster.run(*command, *usual, "--slurm-mpi", LAUNCHER, "--work-dir", str(work), *options)


def test_work_folder_that_nodes_do_not_see(cluster: SlurmCluster) -> None:
    folder = cluster.folder / "node-local"
    done = check(cluster, folder)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"PROBLEM  work folder       {folder}: node n1 does not see this node's" in done.stdout
    assert f"ok       .venv             {sys.prefix}: node n1 sees it" in done.stdout
    assert done.stdout.count("PROBLEM") == 1
    assert list(folder.iterdir()) == [], "the token is removed"


@pytest.mark.parametrize(
    ("options", "row"),
    [
        (["--status-command", "sacct"], "accounting        off, jobs are checked with sacct"),
        (["--first-poll-seconds", "101"], "MinJobAge         finished jobs are known for 300 s"),
        (["--slurm-mpi", "srun --mpi=openmpi"], "Slurm's MPI       no openmpi"),
        (["--slurm-mpi", "srun --mpi=none"], "MPI on a node     each rank is alone"),
        (
            ["--request", "find_pairs", "mpi", "2", "9", "1000", "10"],
            "queue limits      find_pairs requests 2 nodes with 9 CPUs and 1000 MB; mpi has 2",
        ),
        (
            ["--request", "embed_reads", "spot,cpu", "1", "8", "16001", "10"],
            "queue limits      embed_reads requests 1 node with 8 CPUs and 16001 MB; spot has 2",
        ),
    ],
)
def test_setting_that_would_spoil_a_run(
    cluster: SlurmCluster, tmp_path: Path, options: list[str], row: str
) -> None:
    done = check(cluster, tmp_path, *options)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"PROBLEM  {row}" in done.stdout


def test_job_that_fits_and_slurm_agrees(cluster: SlurmCluster, tmp_path: Path) -> None:
    """Slurm accepts and refuses the same resource requests as check."""
    done = check(cluster, tmp_path, "--request", "embed_reads", "cpu", "2", "8", "16000", "10")
    assert "ok       queue limits      all stages fit; the largest, embed_reads: 2" in done.stdout
    for cpus, memory, accepted in ((8, 16000, True), (9, 16000, False), (8, 16001, False)):
        tried = cluster.run(
            "sbatch",
            "--test-only",
            "--partition=cpu",
            "--nodes=2",
            "--ntasks=2",
            f"--cpus-per-task={cpus}",
            f"--mem={memory}",
            "--wrap=true",
        )
        assert (tried.returncode == 0) == accepted, tried.stderr


def test_node_without_space_for_temporary_files(
    cluster: SlurmCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Even root cannot write there. Slurm would replace a missing folder by /tmp.
    monkeypatch.setenv("TMPDIR", "/proc")
    done = check(cluster, tmp_path)
    assert done.returncode == 1
    assert "PROBLEM  scratch           /proc on n1: not writable" in done.stdout


def test_cluster_that_does_not_answer(tmp_path: Path) -> None:
    with running_cluster(ClusterSettings(nodes=1)) as unavailable:
        for process in unavailable.processes():
            if Path(f"/proc/{process}/comm").read_text().strip() == "slurmctld":
                os.kill(process, signal.SIGKILL)
        done = check(unavailable, tmp_path)
    assert done.returncode == 1
    last = [line for line in done.stdout.splitlines() if line.startswith("PROBLEM")][-1]
    assert last.startswith("PROBLEM  Slurm  ")
    assert "Unable to contact slurm controller" in last
