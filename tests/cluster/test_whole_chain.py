"""One run over all systems: reads in S3, Ray with a lost node, MPI on Slurm, results in S3."""

import json
import shlex
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from ray_runs import Cluster, private_cluster, until

from support.cluster.finished_run import FinishedRun
from support.cluster.slurm_cluster import SlurmCluster
from support.cluster.ssh_server import HOST, HeadNode
from support.object_servers import Bucket, credentials, moto_server
from support.repository import REPOSITORY
from support.same_content import differing_files

PROFILE = "profiles/ray/profile.v9+.yaml"
SECONDS = 280


def busy_workers(node: subprocess.Popen) -> list[int]:
    """Return the Ray workers of a node that run a task."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            session = int((folder / "stat").read_text().rpartition(")")[2].split()[3])
            line = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if session == node.pid and line.startswith(b"ray::") and b"IDLE" not in line:
            found.append(int(folder.name))
    return found


def prepare(finished: FinishedRun, url: str) -> tuple[Path, Bucket]:
    """Put the reads of the finished run into a bucket, and its clone back without results."""
    clone = finished.put_back()
    bucket = Bucket(url, "chain")
    for file in (clone.folder / "demo").iterdir():
        bucket.put(f"reads/{file.name}", file.read_bytes())
    clone.reset()
    clone.set("query: queries.fa", "query: null")
    clone.set("truth: demo/", "truth: s3://chain/reads/")
    clone.set("results_uri: null", "results_uri: s3://chain/results")
    clone.set("endpoint_url: null", f"endpoint_url: {url}")
    clone.set("  slurm_host: null\n", f"  slurm_host: {HOST}\n", PROFILE)
    clone.set("  mpi_ranks_per_node: 4\n", "  mpi_ranks_per_node: 2\n", PROFILE)
    clone.set("  cpus_of_nodes: null\n", "  cpus_of_nodes: 1\n", PROFILE)
    sheet = clone.folder / "config/samples.tsv"
    sheet.write_text(sheet.read_text().replace("\tdemo/", "\ts3://chain/reads/"))
    return clone.folder, bucket


def run_with_a_lost_node(folder: Path, head: HeadNode, nodes: Cluster) -> str:
    """Run the profile; kill a Ray node while it works; return what Snakemake prints."""
    options = ["--ray-address", nodes.address, "--ray-slurm-ssh", head.ssh]
    variables = credentials() | nodes.environment
    variables |= {"READKIN_CACHE": str(REPOSITORY / ".numba_cache")}
    # Without the programs of Slurm: the cluster is reached by ssh only.
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    settings = [f"{name}={value}" for name, value in (variables | {"PATH": path}).items()]
    command = ["env", *settings, "snakemake", "--profile", "profiles/ray", *options]
    with (folder / "printed").open("w+") as printed:
        running = subprocess.Popen(command, cwd=folder, stdout=printed, stderr=subprocess.STDOUT)
        try:
            assert until(lambda: busy_workers(nodes.nodes["first"]), 60)
            nodes.kill("first")
            with suppress(subprocess.TimeoutExpired):
                running.wait(SECONDS)
        finally:
            running.terminate()
    text = (folder / "printed").read_text()
    assert running.returncode == 0, f"{shlex.join(command)}\n{text[-5000:]}"
    return text


@pytest.mark.timeout(400)
def test_results_in_s3_are_those_of_the_local_run(
    head: HeadNode, cluster: SlurmCluster, finished: FinishedRun, tmp_path: Path
) -> None:
    local = finished.saved / "local_results"
    with moto_server(tmp_path) as url, private_cluster() as nodes:
        nodes.add("first")
        nodes.add("second")
        folder, bucket = prepare(finished, url)
        said = run_with_a_lost_node(folder, head, nodes)
        manifest = json.loads(bucket.get("results/manifest.json"))
        for file in manifest["files"]:
            path = tmp_path / "published" / file["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(bucket.get(f"results/{file['path']}"))
    assert "Error in rule" not in said, "a second attempt"
    for stage in ("find_pairs", "align_pairs", "join_reads"):
        assert f"snakemake-{stage}-" in said, "on Slurm"
    differing = [
        name
        for name in differing_files(local, tmp_path / "published")
        # These contain the paths of the reads; a search is part of the local run only.
        if not name.startswith("search") and not name.endswith("cutadapt.json")
    ]
    assert differing == []
