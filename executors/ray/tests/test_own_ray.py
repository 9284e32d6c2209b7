"""Runs of Snakemake with a Ray of its own."""

import os
import re
import signal
from pathlib import Path

import pytest
from ray_runs import processes_with, until

MANY_KINDS = """
rule all:
    input: "good/a_b.txt", "grouped.txt", "nested.txt"

rule good:
    output: "good/{name}.txt"
    threads: 512
    shell: "env > {output}; echo threads {threads} >> {output}"

rule fails:
    output: "failed/{name}.txt"
    resources: mem_mb=lambda wildcards, attempt: 10 * attempt
    shell: "echo attempt of {resources.mem_mb} MiB; exit 3"

rule too_large:
    output: "large.txt"
    resources: mem_mb=500000000
    shell: "touch {output}"

rule one:
    output: "one.txt"
    group: "pair"
    shell: "echo $PPID > {output}"

rule two:
    input: "one.txt"
    output: "grouped.txt"
    group: "pair"
    shell: "cat {input} > {output}"

rule broken:
    output: "broken.txt"
    group: "pair"
    shell: "exit 4"

rule nested:
    output: "nested.txt"
    run:
        import ray, tempfile
        with tempfile.TemporaryDirectory(prefix="nested", dir="/tmp") as folder:
            ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, _temp_dir=folder)
            own = ray.get(ray.remote(lambda: "own").remote())
            Path(output[0]).write_text(f"{own} {ray.cluster_resources()['CPU']}")
            ray.shutdown()
"""


def test_jobs_groups_and_jobs_with_a_ray_of_their_own(workflow):
    made = workflow(MANY_KINDS)
    log = made.run(MINE="7", SLURM_JOB_ID="1")
    lines = made.lines("good/a_b.txt")
    assert f"threads {len(os.sched_getaffinity(0))}" in lines, "capped as in a local run"
    assert "MINE=7" in lines
    assert not [line for line in lines if line.startswith(("RAY_", "SLURM_"))]
    variables = dict(line.split("=", 1) for line in lines if line.startswith("SNAKEMAKE_RAY_"))
    assert re.fullmatch(r"good-[0-9a-f]{16}", variables["SNAKEMAKE_RAY_JOB"])
    assert re.fullmatch(r"[\d.]+:\d+", variables["SNAKEMAKE_RAY_ADDRESS"])
    assert variables["SNAKEMAKE_RAY_AUTH_MODE"] == "token"
    assert made.lines("grouped.txt")
    assert made.lines("nested.txt") == ["own 1.0"]
    assert "external jobid" not in log
    assert not list((made.folder / ".snakemake/ray_logs").rglob("*.log"))
    assert until(lambda: not made.left(), 30), made.left()


def test_failures_are_reported_with_sentence_and_log_after_retries(workflow):
    made = workflow(MANY_KINDS)
    targets = ["failed/x.txt", "failed/y.txt", "large.txt", "broken.txt"]
    options = ["--keep-going", "--retries", "1", "--show-failed-logs"]
    log = made.run(*options, *targets, code=1)
    assert log.count("The job ended with exit code 1 on ") == 6, log  # two per job
    for name in ("x", "y"):
        (first,) = (made.folder / ".snakemake/ray_logs/fails").glob(f"{name}_*.attempt1.log")
        assert "attempt of 10 MiB" in first.read_text()
        (second,) = first.parent.glob(f"{name}_*.attempt2.log")
        assert str(second) in log, "path of the log"
    assert "attempt of 20 MiB" in log, "content of the log"
    assert "No node of the Ray cluster has 1 CPUs, 500000000 MiB of memory (1 nodes; " in log
    report = r"^Error in rule fails:\n(    .*\n)+    external_jobid"
    assert re.search(report, log, re.MULTILINE), "all its lines are indented"
    assert "Group pair: The job ended with exit code 1" in log


WAITS = """
rule all:
    input: expand("{n}.txt", n=range(5))

rule wait:
    output: "{n}.txt"
    shell: "setsid sleep 98765 & echo {wildcards.n} >> started; sleep 98765; touch {output}"
"""


@pytest.mark.parametrize(("number", "seconds"), [(signal.SIGINT, 40), (signal.SIGKILL, 20)])
def test_end_of_snakemake_leaves_nothing(workflow, number, seconds):
    """One job per CPU runs, with a child in another session; the others wait."""
    made = workflow(WAITS)
    with made.start("--cores", "1") as running:
        assert until(lambda: made.has("started"))
        (raylet,) = processes_with("raylet/raylet", str(made.temporary))
        variables = Path(f"/proc/{raylet}/environ").read_bytes().split(b"\0")
        assert b"RAY_AUTH_MODE=token" in variables
        assert len(processes_with("sleep 98765")) >= 2, "of the shell"
        # Ctrl-C reaches all processes of a terminal; the others one process.
        (os.killpg if number == signal.SIGINT else os.kill)(running.pid, number)
        try:
            assert running.wait(seconds) != 0
        finally:
            running.kill()
    assert until(lambda: not made.left(), 20), made.left()
    assert until(lambda: not processes_with("sleep 98765"), 20)
    assert len(made.lines("started")) == 1, "a waiting job has started"


def test_job_that_runs_out_of_memory_fails_with_a_sentence(workflow):
    """Ray would repeat it forever by default."""
    made = workflow(WAITS)
    log = made.run("0.txt", code=1, RAY_memory_usage_threshold="0.001")
    assert "Ray ended the job because its node ran out of memory." in log
    assert until(lambda: not made.left(), 20), made.left()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1:9", "No Ray answers at 127.0.0.1:9: "),
        ("auto", "Found no Ray on this machine for --ray-address auto: "),
        ("nowhere", '--ray-address: found "nowhere", expected auto or HOST:PORT'),
    ],
)
def test_missing_cluster_is_reported_at_once(workflow, address, expected):
    made = workflow(WAITS)
    assert expected in made.run("--ray-address", address, "0.txt", code=1)
