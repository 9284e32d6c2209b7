"""The private test cluster: it starts, spreads ranks over nodes, and leaves nothing behind."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.cluster import slurm_cluster
from support.cluster.slurm_cluster import ClusterSettings, SlurmCluster, running_cluster

# Each rank sends its number to all others, as find_pairs does, and prints where it runs.
EXCHANGE = """
from mpi4py import MPI
import numpy as np
ranks = MPI.COMM_WORLD
sent = np.full((ranks.size, 100_000), ranks.rank, np.int64)
received = np.empty_like(sent)
ranks.Alltoall(sent, received)
print(ranks.rank, ranks.size, MPI.Get_processor_name(), *received[:, -1], flush=True)
"""


def test_settings_are_those_of_parallelcluster(cluster: SlurmCluster) -> None:
    config = dict(
        re.findall(r"^(\w+)\s*= (.*)$", cluster.run("scontrol", "show", "config").stdout, re.M)
    )
    assert config["AccountingStorageType"] == "accounting_storage/none"
    assert config["MinJobAge"] == "300 sec"
    assert config["MpiDefault"] == "none"
    assert config["EnforcePartLimits"] == "ALL"
    assert config["JobRequeue"] == "1"
    assert config["SelectTypeParameters"] == "CR_CPU"
    partitions = cluster.run("sinfo", "--noheader", "--format=%R").stdout.split()
    assert sorted(partitions) == ["cpu", "mpi", "spot"]
    assert "accounting storage is disabled" in cluster.run("sacct").stderr


def test_four_mpi_ranks_on_two_nodes_exchange_data(cluster: SlurmCluster) -> None:
    done = cluster.run(
        "srun",
        "--mpi=pmix",
        "--nodes=2",
        "--ntasks=4",
        "--ntasks-per-node=2",
        "--export=ALL,PMIX_MCA_psec=native",
        sys.executable,
        "-m",
        "mpi4py",
        "-c",
        EXCHANGE,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == [
        f"{rank} 4 {node} 0 1 2 3" for rank, node in enumerate(["n1", "n1", "n2", "n2"])
    ]


def test_more_ranks_than_cpus_of_this_machine(cluster: SlurmCluster) -> None:
    ranks = (os.cpu_count() or 1) + 1
    code = "from mpi4py import MPI; print(MPI.COMM_WORLD.size)"
    done = cluster.run(
        "srun",
        "--mpi=pmix",
        "--nodes=1",
        f"--ntasks={ranks}",
        "--export=ALL,PMIX_MCA_psec=native",
        sys.executable,
        "-m",
        "mpi4py",
        "-c",
        code,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(ranks)] * ranks


def test_wrappers_work_inside_jobs_without_slurm_conf(cluster: SlurmCluster) -> None:
    inner = "unset SLURM_CONF; srun --overlap --ntasks=1 hostname"
    done = cluster.run("srun", "--nodes=1", "--ntasks=1", "--nodelist=n2", "sh", "-c", inner)
    assert (done.stdout.strip(), done.returncode) == ("n2", 0), done.stderr


def test_logs_tell_the_nodes_of_a_step(cluster: SlurmCluster) -> None:
    job = "echo $SLURM_JOB_ID"
    both = cluster.run("srun", "--nodes=2", "--ntasks=2", "sh", "-c", job).stdout.split()[0]
    one = cluster.run("srun", "--nodelist=n2", "--ntasks=1", "sh", "-c", job).stdout.strip()
    assert cluster.nodes_of_step(both) == ["n1", "n2"]
    assert cluster.nodes_of_step(one) == ["n2"]


def test_second_cluster_ends_with_its_jobs_and_spares_the_first(cluster: SlurmCluster) -> None:
    first = cluster.processes()
    with running_cluster(ClusterSettings(nodes=3)) as second:
        assert second.idle_nodes() == 3
        assert second.run("sbatch", "--output=/dev/null", "--wrap=sleep 1000").returncode == 0
        wait_until(lambda: second.idle_nodes() == 2)
        daemons = second.processes()
        assert len(daemons) > len(["munged", "slurmctld", *["slurmd"] * 3])
    assert second.processes() == set()
    assert not any(is_running(process) for process in daemons)
    assert not second.folder.exists()
    assert first <= cluster.processes()
    assert cluster.run("srun", "--ntasks=1", "hostname").returncode == 0


def test_cluster_ends_when_its_owner_is_killed() -> None:
    code = (
        "from support.cluster.slurm_cluster import running_cluster\n"
        "import time\n"
        "with running_cluster() as cluster:\n"
        "    print(cluster.folder, flush=True)\n"
        "    time.sleep(1000)\n"
    )
    tests = Path(slurm_cluster.__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=tests
    ) as owner:
        assert owner.stdout is not None
        orphan = SlurmCluster(Path(owner.stdout.readline().strip()))
        assert orphan.processes()
        owner.send_signal(signal.SIGKILL)
    wait_until(lambda: not orphan.folder.exists())
    assert orphan.processes() == set()


def test_command_line(tmp_path_factory, capsys) -> None:
    folder = slurm_cluster.short_folder() / f"readkin-command-{os.getpid()}"
    options = ["--folder", str(folder)]
    try:
        assert slurm_cluster.main(["start", "--nodes", "1", *options]) == 0
        assert f'export PATH="{folder}/bin:$PATH"' in capsys.readouterr().out
        assert slurm_cluster.main(["status", *options]) == 0
    finally:
        assert slurm_cluster.main(["stop", *options]) == 0
    assert slurm_cluster.main(["status", *options]) == 1
    assert not folder.exists()


def test_environment_names_no_other_cluster(cluster: SlurmCluster, monkeypatch) -> None:
    monkeypatch.setenv("SLURM_CONF", "/etc/slurm/slurm.conf")
    monkeypatch.setenv("SBATCH_PARTITION", "elsewhere")
    environment = cluster.environment()
    assert not [name for name in environment if name.startswith(("SLURM_", "SBATCH_", "SRUN_"))]
    assert environment["PATH"].startswith(f"{cluster.folder}/bin:")


def is_running(process: int) -> bool:
    """Return whether a process with this id exists and is no zombie."""
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return False


def wait_until(ready, seconds: float = 20) -> None:
    """Wait until ``ready()`` is true."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            pytest.fail("did not happen in time")
        time.sleep(0.1)
