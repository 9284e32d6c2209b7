"""Runs on a cluster of several nodes: placement, and loss of workers and nodes."""

import os
import signal
from pathlib import Path

from ray_runs import processes_with, until

PLACED = """
rule all:
    input: expand("{rule}.txt", rule=["labelled", "licensed", "large"])

rule labelled:
    output: "labelled.txt"
    resources: ray_labels="market=!spot"
    shell: "touch {output}"

rule licensed:
    output: "licensed.txt"
    resources: licence=1
    shell: "touch {output}"

rule large:
    output: "large.txt"
    threads: 3
    shell: "touch {output}"
"""

LOST = """
rule all:
    input: "done.txt"

rule work:
    output: "done.txt"
    shell:
        "echo $$ >> started; "
        "test $(wc -l < started) -gt 2 || sleep 1000; cp started {output}"
"""


def test_labels_and_custom_resources_choose_the_node(workflow, cluster):
    made = workflow(PLACED)
    licences = "--resources={" + '"my-licence": 1' + "}"
    cluster.add("spot", "--labels=market=spot", cpus=2)
    cluster.add("fixed", "--labels=market=fixed", licences, cpus=1)
    options = ["--ray-address", cluster.address, "--ray-custom-resources", "licence=my-licence"]
    keep = ["--keep-going", "--ray-keep-successful-logs"]
    log = made.run(*options, *keep, code=1, **cluster.environment)
    assert made.folder.joinpath("labelled.txt").exists()
    assert made.folder.joinpath("licensed.txt").exists()
    assert "No node of the Ray cluster has 3 CPUs (3 nodes; the largest has 2 CPUs" in log
    assert len(list((made.folder / ".snakemake/ray_logs").rglob("*.log"))) == 2


def test_lost_worker_and_lost_node_are_no_attempts(workflow, cluster):
    made = workflow(LOST)
    cluster.add("first")
    with made.start("--ray-address", cluster.address, **cluster.environment) as running:
        assert until(lambda: made.has("started"))
        (worker,) = workers_of(made.folder)
        os.kill(worker, signal.SIGKILL)
        assert until(lambda: len(made.lines("started")) == 2), made.lines("started")
        # Its guard kills it while the next attempt starts: soon, but not necessarily before.
        assert until(lambda: not_running(made.lines("started")[0]))
        cluster.kill("first")
        assert until(lambda: not_running(made.lines("started")[1]))
        cluster.add("second")
        printed, _ = running.communicate(timeout=60)
        assert running.returncode == 0, printed
    assert len(made.lines("done.txt")) == 3
    assert "Trying to restart" not in printed
    assert "Error in rule" not in printed


def test_job_whose_nodes_are_gone_fails_with_a_sentence(workflow, cluster):
    made = workflow(LOST)
    cluster.add("only")
    options = ["--ray-address", cluster.address, "--ray-node-wait", "1"]
    with made.start(*options, **cluster.environment) as running:
        assert until(lambda: made.has("started"))
        cluster.kill("only")
        printed, _ = running.communicate(timeout=60)
        assert running.returncode == 1, printed
    assert "No node of the Ray cluster has 1 CPUs (1 nodes; the largest has 0 CPUs" in printed


def workers_of(folder: Path) -> list[int]:
    """Return the Ray workers that run a job of a workflow: parents of its guards."""
    parents = set()
    for process in processes_with("Guard of a job", str(folder)):
        stat = Path(f"/proc/{process}/stat").read_text()
        parents.add(int(stat.rpartition(")")[2].split()[1]))
    return [
        parent for parent in parents if b"ray::" in Path(f"/proc/{parent}/cmdline").read_bytes()
    ]


def not_running(line: str) -> bool:
    """Return True if the process of a line of the file `started` has ended."""
    return not Path(f"/proc/{line.split()[0]}").exists()
