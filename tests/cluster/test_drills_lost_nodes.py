"""Fault drills with nodes that vanish, as spot instances do."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from support.cluster import faults
from support.cluster.drill import (
    SLOWLY,
    Folder,
    MakeFolder,
    Row,
    Run,
    seconds_since,
    shards_of,
    tiles_of,
    write_row,
)
from support.cluster.faults import freeze_job
from support.cluster.slurm_cluster import SlurmCluster
from support.cluster.waiting import wait_until

pytestmark = [pytest.mark.drill, pytest.mark.timeout(400)]


def freeze_in_the_middle(
    run: Run, folder: Folder, rule: str, parts: Callable[[Folder], list[Path]]
) -> tuple[str, set[int]]:
    """Stop a rule's job when a quarter of its parts are finished; return its id and processes."""
    job = run.wait_for_job(rule)
    least = {"align_pairs": 15, "embed_reads": 5}[rule]
    run.wait_until(lambda: len(parts(folder)) >= least, 240, every=0.005)
    return job, freeze_job(folder.cluster, job)


def is_requeued(folder: Folder, job: str) -> bool:
    """Return whether Slurm has requeued a job."""
    answer = folder.cluster.run("scontrol", "show", "job", job).stdout
    return "Restarts=1" in answer


@pytest.mark.parametrize(
    ("rule", "old", "new", "parts"),
    [
        ("embed_reads", "reads_per_shard: 50000", "reads_per_shard: 100", shards_of),
        ("align_pairs", "tile_megacells: 2000", "tile_megacells: 1", tiles_of),
    ],
)
def test_lost_node(
    site: SlurmCluster,
    make_folder: MakeFolder,
    rule: str,
    old: str,
    new: str,
    parts: Callable[[Folder], list[Path]],
) -> None:
    folder = make_folder(site)
    folder.replace("config/config.yaml", old, new)
    folder.slow_down(rule)
    run = folder.start(f"-R {rule} --until {rule}", SLOWLY)
    job, frozen = freeze_in_the_middle(run, folder, rule, parts)
    kept = {path: path.stat().st_mtime_ns for path in parts(folder)}
    node = folder.node_of(job)
    fault = time.monotonic()
    faults.lose_node(site, node)
    faults.send(frozen, signal.SIGCONT)  # on other nodes
    wait_until(lambda: is_requeued(folder, job), 30)
    # The folder of the parts is removed at the end: hard links show which of them were made again.
    links = folder.folder / "kept"
    links.mkdir()
    for path in kept:
        os.link(path, links / path.name)
    faults.start_at_once(site, job)
    try:
        wait_until(lambda: folder.state_of(job) == "RUNNING", 60)
        lost = seconds_since(fault)
        again = wait_for_new_part(run, parts, folder, set(kept))
        assert run.wait(200) == 0, run.text()
    finally:
        faults.bring_back(site, node)
    untouched = sum((links / path.name).stat().st_mtime_ns == when for path, when in kept.items())
    assert untouched == len(kept) > 0
    differing = folder.differing("alignments", "pairs.h5")
    if rule == "embed_reads":
        differing += folder.differing_vectors()
    write_row(
        Row(
            drill=f"node lost in {rule}",
            fault_seen=f"{node} was killed and set down in job {job}: Restarts=1",
            survived=f"requeued and resumed; {again}",
            seconds_lost=lost,
            work_saved=f"{len(kept)} finished {'shards' if rule == 'embed_reads' else 'tiles'}",
            output_identical=differing == [],
        )
    )
    assert differing == []


def wait_for_new_part(
    run: Run, parts: Callable[[Folder], list[Path]], folder: Folder, old: set[Path]
) -> str:
    """Wait until the second attempt has made a part; the kept ones still exist then."""
    run.wait_until(lambda: set(parts(folder)) - old, 120, every=0.005)
    return "kept parts were not made again" if old <= set(parts(folder)) else "parts were lost"


def test_surviving_old_writer(site: SlurmCluster, make_folder: MakeFolder) -> None:
    """The node is only cut off: Slurm cannot reach it, and the stage writes again later."""
    folder = make_folder(site)
    folder.replace("config/config.yaml", "reads_per_shard: 50000", "reads_per_shard: 100")
    folder.slow_down("embed_reads")
    run = folder.start("-R embed_reads --until embed_reads", SLOWLY)
    job, old_start = freeze_in_the_middle(run, folder, "embed_reads", shards_of)
    node = folder.node_of(job)
    # Stopped, not killed: the kernel ends the stopped children of a killed parent.
    daemons = faults.slurm_daemons_of(site, node)
    faults.send(daemons, signal.SIGSTOP)
    fault = time.monotonic()
    faults.set_down(site, node)
    old_log = folder.folder / "old.log"  # the second start begins a new one
    os.link(folder.folder / "logs/embed_reads/embed_reads.log", old_log)
    try:
        wait_until(lambda: is_requeued(folder, job), 30)
        faults.start_at_once(site, job)
        run.wait_until(lambda: folder.state_of(job) == "RUNNING", 60)
        lost = seconds_since(fault)
        assert run.wait(200) == 0, run.text()
        assert run.jobs("embed_reads") == [job]
        before = states_of_files(folder)
        writers = {one for one in old_start if "srun" not in faults.command_of(one)} - daemons
        survivors = {one for one in writers if not faults.is_gone(one)}
        assert any("embed_reads.py" in faults.command_of(one) for one in survivors)
        assert "a later attempt of this job" not in old_log.read_text()
        faults.send(survivors, signal.SIGCONT)
        wait_until(lambda: all(map(faults.is_gone, survivors)), 60)
    finally:
        faults.send(daemons | old_start, signal.SIGKILL)
        faults.bring_back(site, node)
    assert states_of_files(folder) == before
    assert "a later attempt of this job" in old_log.read_text(), "it tried to write"
    assert folder.differing_vectors() == []
    write_row(
        Row(
            drill="old writer survives its node",
            fault_seen=f"{len(survivors)} processes of the first attempt of job {job} continued"
            " after the second had ended",
            survived="they found a newer attempt of the job and ended without touching the results",
            seconds_lost=lost,
            work_saved=f"{len(before)} files unchanged",
            output_identical=True,
        )
    )


def states_of_files(folder: Folder) -> dict[Path, int]:
    """Return the time of all results, and of the files from which a stage resumes."""
    places = (folder.folder / "results", folder.folder / "work/embed_reads.partial")
    return {path: path.stat().st_mtime_ns for place in places for path in place.rglob("*")}
