"""Fault drills: faults of a cluster, after which a run continues or reports why it cannot.

Each writes its row of bench-results/drills.json.
"""

import re
import shlex
import signal
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from support.cluster import faults
from support.cluster.drill import (
    SLOWLY,
    Folder,
    MakeFolder,
    Row,
    seconds_since,
    tiles_of,
    write_row,
)
from support.cluster.faults import freeze_job, processes_of_job
from support.cluster.slurm_cluster import ClusterSettings, SlurmCluster, running_cluster
from support.cluster.waiting import wait_until

pytestmark = [pytest.mark.drill, pytest.mark.timeout(400)]

ALIGN = "-R align_pairs --until align_pairs"
CLUSTER_READS = "-R cluster_reads --until cluster_reads"


def test_ctrl_c(site: SlurmCluster, make_folder: MakeFolder) -> None:
    folder = make_folder(site)
    run = folder.start(CLUSTER_READS)
    job = run.wait_for_job("cluster_reads")
    run.wait_until(lambda: folder.state_of(job) == "RUNNING", 30)
    fault = time.monotonic()
    run.signal(signal.SIGINT)
    assert run.wait(60) != 0
    wait_until(lambda: folder.state_of(job) == "CANCELLED", 20)
    lost = seconds_since(fault)
    again = folder.start(CLUSTER_READS)
    assert again.wait() == 0, again.text()
    write_row(
        Row(
            drill="Ctrl-C",
            fault_seen=f"SIGINT to Snakemake while job {job} was RUNNING",
            survived="the job was CANCELLED; the next run continued without unlocking",
            seconds_lost=lost,
            work_saved="finished stages",
            output_identical=folder.differing() == [],
        )
    )
    assert folder.differing() == []


def test_lost_terminal(site: SlurmCluster, make_folder: MakeFolder) -> None:
    folder = make_folder(site)
    run = folder.start(CLUSTER_READS)
    job = run.wait_for_job("cluster_reads")
    run.wait_until(lambda: folder.state_of(job) == "RUNNING", 30)
    frozen = freeze_job(site, job)
    run.signal(signal.SIGHUP)
    assert run.wait(30) != 0
    assert folder.state_of(job) == "RUNNING"
    fault = time.monotonic()

    refused = folder.start(CLUSTER_READS)
    assert refused.wait(60) == 2, refused.text()
    for words in (
        "1 Slurm job of an earlier run in this folder",
        f"{job}  RUNNING",
        "cluster_reads",
        f"JOB_GUARD_ORPHANS=wait snakemake --profile parallelcluster {CLUSTER_READS}",
        "JOB_GUARD_ORPHANS=cancel snakemake",
    ):
        assert words in refused.text()
    dry = folder.start(f"-n {CLUSTER_READS}")
    assert dry.wait(60) == 0, dry.text()
    assert f"{job}  RUNNING" in dry.text()

    waiting = folder.start("--rerun-triggers mtime", {"JOB_GUARD_ORPHANS": "wait"})
    waiting.wait_until(lambda: f"waiting for the end of {job}" in waiting.text(), 60)
    faults.send(frozen, signal.SIGCONT)
    assert waiting.wait() == 0, waiting.text()
    assert waiting.jobs("cluster_reads") == [], "what the orphan made is not made again"
    write_row(
        Row(
            drill="lost terminal (SIGHUP)",
            fault_seen=f"Snakemake ended, its job {job} was still RUNNING",
            survived="next start listed the job and refused; JOB_GUARD_ORPHANS=wait waited"
            " and continued",
            seconds_lost=seconds_since(fault),
            work_saved="the orphan's stage, not made again",
            output_identical=folder.differing() == [],
        )
    )
    assert folder.differing() == []


def test_orphans_are_cancelled_when_asked(site: SlurmCluster, make_folder: MakeFolder) -> None:
    folder = make_folder(site)
    run = folder.start(CLUSTER_READS)
    job = run.wait_for_job("cluster_reads")
    run.wait_until(lambda: folder.state_of(job) == "RUNNING", 30)
    frozen = freeze_job(site, job)
    run.signal(signal.SIGKILL)
    run.wait(30)
    fault = time.monotonic()
    again = folder.start(CLUSTER_READS, {"JOB_GUARD_ORPHANS": "cancel"})
    again.wait_until(lambda: folder.state_of(job) in ("CANCELLED", "COMPLETING"), 60)
    faults.send(frozen, signal.SIGCONT)
    again.wait_for_job("cluster_reads")
    lost = seconds_since(fault)
    assert again.wait() == 0, again.text()
    assert "all jobs of the earlier run have ended" in again.text()
    write_row(
        Row(
            drill="Snakemake killed (SIGKILL)",
            fault_seen=f"its job {job} was still RUNNING",
            survived="JOB_GUARD_ORPHANS=cancel cancelled the job, then the run continued",
            seconds_lost=lost,
            work_saved="finished stages",
            output_identical=folder.differing() == [],
        )
    )
    assert folder.differing() == []


def test_controller_restart(site: SlurmCluster, small_tiles: Folder) -> None:
    """During the outage one stage ends, the next is submitted, and another job's step starts."""
    folder = small_tiles
    run = folder.start("-R align_pairs --until join_reads", SLOWLY)
    job = run.wait_for_job("align_pairs")
    step = job_with_a_step(site, folder)
    run.wait_until(lambda: tiles_of(folder), 90, every=0.005)
    wait_until(lambda: folder.state_of(step.job) == "RUNNING")
    faults.stop_controller(site)
    fault = time.monotonic()
    try:
        step.begin.touch()
        unreachable = site.run("squeue").stderr
        assert "Unable to contact slurm controller" in unreachable
        run.wait_until(
            lambda: "slurmctld does not answer, waiting until it does" in run.text(), 150
        )
        time.sleep(max(0, 60 - seconds_since(fault)))
        assert step.output.read_text() == ""
    finally:
        faults.restart_controller(site)
    run.wait_for_job("join_reads")
    lost = seconds_since(fault)
    wait_until(lambda: sorted(step.output.read_text().split()) == ["n3", "n4"], 20)
    assert run.wait(240) == 0, run.text()
    assert len(run.jobs()) == 2
    write_row(
        Row(
            drill="slurmctld stopped for 60 s",
            fault_seen=f"while job {job} was RUNNING: {unreachable.strip().splitlines()[-1]}",
            survived="a stage that ended meanwhile counts, the next was submitted and a job's step"
            " started when slurmctld was back",
            seconds_lost=lost,
            work_saved="the running job; nothing was submitted twice",
            output_identical=folder.differing() == [],
        )
    )
    assert folder.differing() == []


class JobWithStep(NamedTuple):
    """Return a Slurm job on two nodes that starts a step as soon as ``begin`` exists."""

    job: str
    begin: Path
    output: Path


def job_with_a_step(site: SlurmCluster, folder: Folder) -> JobWithStep:
    """Submit a job, with the srun that jobs of a run find first."""
    begin, output = folder.folder / "begin", folder.folder / "step.out"
    output.touch()
    srun, *files = map(
        shlex.quote, map(str, (folder.folder / "work/slurm/bin/srun", begin, output))
    )
    script = f"until [ -e {files[0]} ]; do sleep 0.2; done; {srun} --mpi=none hostname >{files[1]}"
    done = site.run(
        "sbatch",
        "--parsable",
        "--nodelist=n3,n4",
        "--ntasks=2",
        "--ntasks-per-node=1",
        "--output=/dev/null",
        f"--wrap={script}",
    )
    assert done.returncode == 0, done.stderr
    return JobWithStep(done.stdout.strip(), begin, output)


def test_forgotten_job_that_ended_well(make_folder: MakeFolder) -> None:
    with running_cluster(ClusterSettings(nodes=1, min_job_age_seconds=2)) as forgetful:
        folder = make_folder(forgetful)
        run = folder.start(CLUSTER_READS)
        job = run.wait_for_job("cluster_reads")
        run.signal(signal.SIGSTOP)  # Snakemake looks away until the job is older than MinJobAge
        wait_until(lambda: folder.state_of(job) == "RUNNING", 30)
        wait_until(lambda: folder.state_of(job) == "", 180, every=1)
        fault = time.monotonic()
        run.signal(signal.SIGCONT)
        assert run.wait(60) == 0, run.text()
    assert run.jobs("cluster_reads") == [job]
    write_row(
        Row(
            drill="finished job older than MinJobAge",
            fault_seen=f"squeue knew nothing of job {job}",
            survived="its recorded exit code showed that it had ended well",
            seconds_lost=seconds_since(fault),
            work_saved="the whole job",
            output_identical=folder.differing() == [],
        )
    )
    assert folder.differing() == []


def test_job_that_vanished_without_a_trace(site: SlurmCluster, make_folder: MakeFolder) -> None:
    folder = make_folder(site)
    run = folder.start(CLUSTER_READS)
    job = run.wait_for_job("cluster_reads")
    run.wait_until(lambda: folder.state_of(job) == "RUNNING", 30)
    faults.send(processes_of_job(site, job), signal.SIGKILL)
    faults.stop_controller(site)
    faults.restart_controller(site, "-c")
    fault = time.monotonic()
    assert folder.state_of(job) == ""
    run.wait_for_job("cluster_reads", 2)
    lost = seconds_since(fault)
    assert run.wait() == 0, run.text()
    assert "vanished from squeue without an exit code" in run.text()
    write_row(
        Row(
            drill="job vanished without a trace",
            fault_seen=f"killed, and squeue knew nothing of job {job}",
            survived="reported as failed with that reason, and submitted again",
            seconds_lost=lost,
            work_saved="none: the job had recorded nothing",
            output_identical=folder.differing() == [],
        )
    )
    assert folder.differing() == []


def test_accounting_is_off(site: SlurmCluster, make_folder: MakeFolder) -> None:
    answer = site.run("sacct")
    assert answer.returncode != 0
    assert "accounting storage is disabled" in answer.stderr
    folder = make_folder(site)
    begin = time.monotonic()
    run = folder.start(CLUSTER_READS)
    assert run.wait() == 0, run.text()
    write_row(
        Row(
            drill="sacct is installed, accounting is off",
            fault_seen=answer.stderr.strip(),
            survived=f"the run ended well after {seconds_since(begin):.0f} s",
            seconds_lost=0,
            work_saved="all",
            output_identical=folder.differing() == [],
        )
    )
    assert folder.differing() == []


def test_rank_dies(site: SlurmCluster, small_tiles: Folder) -> None:
    folder = small_tiles
    run = folder.start(ALIGN, SLOWLY)
    job = run.wait_for_job("align_pairs")
    run.wait_until(lambda: len(tiles_of(folder)) >= 3, 240, every=0.005)
    frozen = freeze_job(site, job)
    ranks = [one for one in frozen if "mpi4py workflow_scripts" in faults.command_of(one)]
    victim = max(one for one in ranks if "srun" not in faults.command_of(one))
    faults.send({victim}, signal.SIGKILL)
    faults.send(frozen, signal.SIGCONT)
    fault = time.monotonic()
    run.wait_until(lambda: folder.state_of(job) == "FAILED", 60)
    lost = seconds_since(fault)
    saved = len(tiles_of(folder))
    log = (folder.folder / "logs/align_pairs/align_pairs.log").read_text()
    # The victim comes first; srun kills the other ranks, and may report these as well.
    message, *_ = re.findall(r"srun: error: .*Killed", log)
    assert run.wait() == 0, run.text()
    write_row(
        Row(
            drill="one MPI rank dies",
            fault_seen=message,
            survived=f"the job ended with that error after {lost:.1f} s; its retry ended well",
            seconds_lost=lost,
            work_saved=f"{saved} finished tiles",
            output_identical=folder.differing() == [],
        )
    )
    assert folder.differing() == []


def test_bad_data_is_not_computed_again(site: SlurmCluster, make_folder: MakeFolder) -> None:
    folder = make_folder(site)
    pairs = folder.folder / "results/pairs.h5"
    pairs.write_bytes(pairs.read_bytes()[:1000])
    begin = time.monotonic()
    run = folder.start(f"{ALIGN} --rerun-triggers mtime")
    assert run.wait(240) == 1, run.text()
    log = (folder.folder / "logs/align_pairs/align_pairs.log").read_text()
    message = next(line for line in log.splitlines() if line.startswith("align_pairs: "))
    jobs = run.jobs("align_pairs")
    assert len(jobs) == 3
    for job in jobs[1:]:
        (slurm_log,) = (folder.folder / "logs/slurm").rglob(f"{job}.log")
        assert message in slurm_log.read_text()
        assert "Not tried again" in slurm_log.read_text()
    write_row(
        Row(
            drill="bad data",
            fault_seen=message,
            survived="the run failed; both retries ended at once with the same message",
            seconds_lost=seconds_since(begin),
            work_saved="two of three computations",
            output_identical=None,
        )
    )
    assert len(list((folder.folder / "logs/align_pairs").glob("*.failure"))) == 1
