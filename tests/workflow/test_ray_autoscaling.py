"""A Ray cluster without nodes: an autoscaler adds them, one is lost, all are removed at the end."""

import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from ray_runs import private_cluster, processes_with, until

from support.clone import Clone
from support.repository import REPOSITORY
from support.same_content import differing_files

pytestmark = pytest.mark.slow


def is_alive(group: int) -> bool:
    """Return True if a process of the group is no zombie."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, found = file.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(found) == group and state != "Z":
            return True
    return False


@pytest.mark.timeout(400)
def test_nodes_are_added_lost_and_removed(tmp_path):
    clone = Clone(tmp_path / "clone")
    clone.simulate(fragments=40)
    # Otherwise a small input is embedded without Ray.
    clone.set("SERIAL_BELOW_MB = 200\n", "SERIAL_BELOW_MB = 0\n", "workflow_scripts/embed_reads.py")
    clone.snakemake("--cores", "2", "find_pairs")
    (clone.folder / "results").rename(tmp_path / "local")
    for name in ("work", ".snakemake"):
        subprocess.run(["rm", "-r", clone.folder / name], check=True)
    with private_cluster(most_nodes=2) as cluster:
        assert cluster.added_nodes() == []

        def lose_first_node() -> None:
            assert until(lambda: processes_with("Guard of a job", str(clone.folder)), 120)
            os.killpg(cluster.added_nodes()[0], signal.SIGKILL)

        loss = threading.Thread(target=lose_first_node)
        loss.start()
        said = clone.snakemake(
            *("--profile", "profiles/ray", "--ray-address", cluster.address, "--ray-autoscaling"),
            *("--max-threads", "1", "--set-resources", "embed_reads:workers=2", "--"),
            "find_pairs",
            PYTHONPATH=str(REPOSITORY / "executors" / "ray" / "src"),
            **{k: v for k, v in cluster.environment.items() if k.startswith("RAY_AUTH_")},
        )
        loss.join()
        assert "Error in rule" not in said, "the lost node used up an attempt"
        nodes = cluster.added_nodes()
        assert len(nodes) >= 2, "the lost one was replaced"
        assert until(lambda: not any(map(is_alive, nodes)), 60), "idle nodes are removed"
    assert differing_files(tmp_path / "local", clone.folder / "results") == []
    log = (clone.folder / "logs/embed_reads/embed_reads.log").read_text()
    assert "embed_reads: joining the Ray cluster at" in log
