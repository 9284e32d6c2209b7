"""`snakemake --profile profiles/ray` with a Slurm cluster: MPI stages there, all others on Ray."""

import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from support.cluster.finished_run import FinishedRun
from support.cluster.run_profile import run_on
from support.cluster.slurm_cluster import SlurmCluster
from support.cluster.ssh_server import HOST, HeadNode
from support.same_content import differing_files

ON_SLURM = {"find_pairs", "align_pairs", "join_reads"}
ON_RAY = {"cluster_reads", "compare_with_truth", "write_report"}


@pytest.mark.timeout(300)
def test_results_are_those_of_the_local_run(
    head: HeadNode, cluster: SlurmCluster, finished: FinishedRun
) -> None:
    clone = finished.put_back()
    clone.set("  slurm_host: null\n", f"  slurm_host: {HOST}\n", "profiles/ray/profile.v9+.yaml")
    per_node = "  mpi_ranks_per_node: {}\n"
    clone.set(per_node.format(4), per_node.format(2), "profiles/ray/profile.v9+.yaml")
    clone.set("query: queries.fa", "query: null")
    shutil.rmtree(clone.folder / "results" / "alignments")
    for name in ("pairs.h5", "clusters.tsv", "pieces.fasta.gz"):
        (clone.folder / "results" / name).unlink()
    options = f"--ray-slurm-ssh {shlex.quote(head.ssh)} -R find_pairs"
    # Without the programs of Slurm: the cluster is reached by ssh only.
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    command = f"PATH={shlex.quote(path)} snakemake --profile profiles/ray {options}"
    done = run_on(cluster, clone, command)
    assert done.returncode == 0, done.stdout[-5000:]
    assert "Error in rule" not in done.stdout, "a second attempt"
    jobs = dict(re.findall(rf"snakemake-(\w+)-\w+: Slurm job (\d+) on {HOST}", done.stdout))
    assert set(jobs) == ON_SLURM
    assert set(re.findall(r"Rule: (\w+)\)", done.stdout)) >= ON_SLURM | ON_RAY
    for job in jobs.values():
        assert cluster.nodes_of_step(job) == ["n1", "n2"], "ranks on both nodes"
    tokens = [path.name for path in (clone.folder / "work/slurm/bridge").glob("*.token")]
    assert {name.split("-")[1] for name in tokens} == ON_SLURM, "each job has claimed its output"
    differing = differing_files(clone.folder / "local_results", clone.folder / "results")
    assert [name for name in differing if not name.startswith("search")] == []


@pytest.mark.timeout(200)
def test_check_asks_the_door(head: HeadNode, cluster: SlurmCluster, finished: FinishedRun) -> None:
    clone = finished.put_back()
    clone.set("  slurm_host: null\n", f"  slurm_host: {HOST}\n", "profiles/ray/profile.v9+.yaml")
    options = f"--ray-slurm-ssh {shlex.quote(head.ssh)}"
    done = run_on(cluster, clone, f"snakemake --profile profiles/ray {options} check")
    assert done.returncode == 0, done.stdout[-3000:]
    assert f"{HOST}: the door of " in done.stdout
    assert re.search(rf"Slurm by ssh +{HOST}: Slurm job \d+ ran on n[12]\n", done.stdout)
