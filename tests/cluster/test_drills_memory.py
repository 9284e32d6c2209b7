"""Fault drills: a job that needs more memory than it requested."""

import re
import signal
import time

import pytest

from support.cluster import faults
from support.cluster.drill import Folder, MakeFolder, Row, seconds_since, write_row
from support.cluster.slurm_cluster import ClusterSettings, SlurmCluster, running_cluster

pytestmark = [pytest.mark.drill, pytest.mark.timeout(400)]

STAGE = "cluster_reads"
# The two Snakemakes of a job and the stage itself take 500 to 600 MB: with the memory that is
# allocated here, too much for the first attempt and not for the second.
LITTLE_MB, HELD_MB = 500, 300


def test_job_killed_by_slurm(make_folder: MakeFolder) -> None:
    """With memory scheduling, Slurm also enforces the limit."""
    settings = ClusterSettings(nodes=1, select="CR_CPU_Memory", memory_limit=True)
    with running_cluster(settings) as strict:
        folder = make_folder(strict)
        make_greedy(folder)
        run = folder.start(f"-R {STAGE} --until {STAGE}")
        first = run.wait_for_job(STAGE)
        log = folder.folder / f"logs/slurm/rule_{STAGE}/{first}.log"
        exceeded = re.compile(rf"StepId={first}\S* exceeded memory limit .*")
        run.wait_until(lambda: log.exists() and exceeded.search(log.read_text()), 90)
        fault = time.monotonic()
        message = exceeded.search(log.read_text())
        assert message is not None
        asked = [memory_of(folder, first)]
        second = run.wait_for_job(STAGE, 2)
        lost = seconds_since(fault)
        asked.append(memory_of(folder, second))
        assert run.wait() == 0, run.text()
    report(folder, "CR_CPU_Memory", message[0], asked, lost)


def test_job_killed_by_the_kernel(site: SlurmCluster, make_folder: MakeFolder) -> None:
    """With ParallelCluster's default, CR_CPU, Slurm sets no limit; the kernel ends the job."""
    folder = make_folder(site)
    make_greedy(folder)
    run = folder.start(f"-R {STAGE} --until {STAGE}")
    first = run.wait_for_job(STAGE)
    run.wait_until(lambda: greedy_processes(site, first), 90)
    (victim,) = greedy_processes(site, first)
    faults.send({victim}, signal.SIGKILL)  # what the kernel does when a node's memory is full
    fault = time.monotonic()
    asked = [memory_of(folder, first)]
    run.wait_until(lambda: folder.state_of(first) == "FAILED", 30)
    second = run.wait_for_job(STAGE, 2)
    lost = seconds_since(fault)
    asked.append(memory_of(folder, second))
    assert run.wait() == 0, run.text()
    log = (folder.folder / f"logs/slurm/rule_{STAGE}/{first}.log").read_text()
    (killed,) = re.findall(r"\d+ Killed", log)
    report(folder, "CR_CPU", f"process {killed} (SIGKILL, as by the kernel)", asked, lost)


def make_greedy(folder: Folder) -> None:
    """Let the stage allocate memory for some seconds, and request little in its first attempt."""
    folder.replace(
        f"workflow_scripts/{STAGE}.py",
        'if __name__ == "__main__":\n',
        'if __name__ == "__main__":\n'
        "    import time\n"
        f"    held = bytearray(b'x') * ({HELD_MB} * 1_000_000)\n"
        "    time.sleep(5)\n",
    )
    path = folder.folder / "rules/stages.py"
    path.write_text(
        f"{path.read_text()}\n"
        "from dataclasses import replace\n"
        f"little = replace(STAGES['{STAGE}'].resources, base_mb={LITTLE_MB}, per_input_mb=0)\n"
        f"STAGES['{STAGE}'] = replace(STAGES['{STAGE}'], resources=little)\n"
    )


def greedy_processes(cluster: SlurmCluster, job: str) -> set[int]:
    """Return the processes of a job that have allocated the memory."""
    stages = {
        one
        for one in faults.processes_of_job(cluster, job)
        if faults.command_of(one).startswith(f"python workflow_scripts/{STAGE}.py")
    }
    return {one for one in stages if faults.resident_mb(one) > HELD_MB}


def memory_of(folder: Folder, job: str) -> int:
    """Return the megabytes that a job requested."""
    answer = folder.cluster.run(
        "squeue", "--noheader", "--states=all", f"--jobs={job}", "--format=%m"
    ).stdout.strip()
    return int(answer.removesuffix("M"))


def report(folder: Folder, select: str, message: str, asked: list[int], lost: float) -> None:
    """Check the common results of both drills, and write the row."""
    assert asked == [LITTLE_MB, 2 * LITTLE_MB]
    write_row(
        Row(
            drill=f"job killed for memory ({select})",
            fault_seen=f"{message} (requested {asked[0]} MB)",
            survived=f"submitted again with {asked[1]} MB and ended well",
            seconds_lost=lost,
            work_saved="finished stages",
            output_identical=folder.differing() == [],
        )
    )
    assert folder.differing() == []
