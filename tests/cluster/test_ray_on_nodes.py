"""embed_reads with Ray on several Slurm nodes: the same content, also if a node is lost."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.cluster.drill import PROFILE, Folder, Row, Run, seconds_since, write_row
from support.cluster.faults import bring_back, lose_node
from support.cluster.finished_run import FinishedRun
from support.cluster.slurm_cluster import SlurmCluster
from support.same_content import differing_files

ONLY_EMBED = "--until embed_reads -R embed_reads --config 'embed={reads_per_shard: 50}'"
LOG = "logs/embed_reads/embed_reads.log"
PRODUCTS = ("embeddings.h5", "embeddings_shards")


@pytest.fixture(scope="module")
def folder(cluster: SlurmCluster, finished: FinishedRun) -> Iterator[Folder]:
    """A finished run, embedded again on one node into 40 shards; the profile requests two nodes."""
    there = Folder(finished.put_back().folder, cluster)
    there.slow_down("embed_reads")
    # Without this setting a small input is embedded without Ray.
    there.replace("workflow_scripts/embed_reads.py", "SERIAL_BELOW_MB = 200", "SERIAL_BELOW_MB = 0")
    done = subprocess.run(
        [Path(sys.executable).parent / "snakemake", "--cores", "2", *shlex.split(ONLY_EMBED)],
        cwd=there.folder,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    one_node = there.folder / "one_node"
    one_node.mkdir()
    for name in PRODUCTS:
        (there.folder / "results" / name).rename(one_node / name)
    there.replace(PROFILE, "  ray_nodes: 1\n", "  ray_nodes: 2\n")
    there.replace(PROFILE, "  cpus_of_single_node_stages: 8\n", "  cpus_of_single_node_stages: 2\n")
    yield there
    there.stop()


def differing(folder: Folder) -> list[str]:
    """Return the products that differ from those of one node."""
    found = differing_files(folder.folder / "one_node", folder.folder / "results")
    return [name for name in found if name.split("/")[0] in PRODUCTS]


def log_of(folder: Folder) -> str:
    """Return the stage's log so far."""
    path = folder.folder / LOG
    return path.read_text() if path.is_file() else ""


def embed(folder: Folder, seconds_per_shard: float) -> tuple[Run, str]:
    """Start the stage on the cluster; return the run and the job's id."""
    (folder.folder / LOG).unlink(missing_ok=True)
    run = folder.start(ONLY_EMBED, {"SECONDS_PER_PART": str(seconds_per_shard)})
    return run, run.wait_for_job("embed_reads")


@pytest.mark.timeout(600)
def test_two_nodes_give_what_one_gives(folder: Folder, cluster: SlurmCluster) -> None:
    run, job = embed(folder, seconds_per_shard=0.3)
    assert run.wait(200) == 0, run.text()[-4000:]
    assert len(list((folder.folder / "results/embeddings_shards").glob("*.h5"))) == 40
    assert differing(folder) == []
    assert "Ray runs on 2 of 2 nodes" in log_of(folder)
    assert "lost" not in log_of(folder)
    assert cluster.nodes_of_step(job) == ["n2"], "n1, where the rule runs, starts Ray on n2"
    memory = json.loads(
        (folder.folder / "benchmarks/embed_reads/embed_reads.memory.json").read_text()
    )
    assert all(peak > 100 for peak in memory["peak_mb_by_node"])
    assert len(memory["peak_mb_by_node"]) == 2
    assert list((folder.folder / "work").glob("ray-*")) == []


@pytest.mark.drill
@pytest.mark.timeout(600)
def test_lost_node_of_ray_is_survived(folder: Folder, cluster: SlurmCluster) -> None:
    for name in PRODUCTS:
        assert (folder.folder / "results" / name).exists(), "the first test makes them"
    run, job = embed(folder, seconds_per_shard=1.5)
    partial = folder.folder / "work/embed_reads.partial"
    run.wait_until(lambda: len(list(partial.glob("*/*.h5"))) >= 6, 120)
    (node_log,) = (folder.folder / "work").glob("ray-*/n2.log")
    (scratch,) = set(re.findall(r"\S+/readkin-ray-\w+", node_log.read_text()))
    finished, moment = len(list(partial.glob("*/*.h5"))), time.monotonic()
    lose_node(cluster, "n2")
    try:
        run.wait_until(lambda: "Ray lost node n2" in log_of(folder), 30)
        run.wait_until(lambda: len(list(partial.glob("*/*.h5"))) > finished + 1, 60)
        seconds_lost = seconds_since(moment)
        assert "down" in cluster.run("sinfo", "--noheader", "--nodes=n2", "--format=%T").stdout
        assert run.wait(200) == 0, run.text()[-4000:]
    finally:
        bring_back(cluster, "n2")
        shutil.rmtree(scratch)  # a real node takes it along
    assert run.jobs("embed_reads") == [job], "neither submitted nor queued again"
    assert "Restarts=0" in cluster.run("scontrol", "show", "job", job).stdout
    assert differing(folder) == []
    write_row(
        Row(
            drill="Ray worker node lost",
            fault_seen="n2 down, all its processes killed; srun: node failure",
            survived="Ray gave its shards to the other node; same job",
            seconds_lost=seconds_lost,
            work_saved=f"{finished} of 40 shards, and what the other node had in work",
            output_identical=True,
        )
    )


def test_wrong_number_of_nodes_is_reported(folder: Folder, cluster: SlurmCluster) -> None:
    code = (
        "import sys; sys.path.insert(0, 'workflow_scripts')\n"
        "from pathlib import Path\n"
        "from readkin.parallel.ray_on_slurm import ray_over_nodes\n"
        "with ray_over_nodes(2, 1, Path('work')): pass\n"
    )
    done = cluster.run(
        "srun", "--nodes=1", "--ntasks=1", f"--chdir={folder.folder}", sys.executable, "-c", code
    )
    assert done.returncode == 1
    assert "found Slurm job" in done.stderr
    assert "on 1 nodes (n1), expected 2; `nodes` and `tasks` of embed_reads" in done.stderr
