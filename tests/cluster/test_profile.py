"""`snakemake --profile parallelcluster`, literally, on a real two-node Slurm, and its refusals."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from support.clone import Clone
from support.cluster.run_profile import run_on
from support.cluster.slurm_cluster import SlurmCluster
from support.repository import REPOSITORY
from support.same_content import differing_files

MPI_STAGES = {"find_pairs", "align_pairs", "join_reads", "search_reads"}
OTHER_STAGES = {
    "trim_reads",
    "convert_fastq_to_bam",
    "embed_reads",
    "cluster_reads",
    "compare_with_truth",
    "write_report",
}
PROFILE = "parallelcluster/profile.v9+.yaml"


@pytest.fixture(scope="module")
def submitted(cluster: SlurmCluster, clone: Clone) -> dict[str, set[str]]:
    """Run the demo configuration; return Slurm's job ids by rule."""
    done = run_on(cluster, clone, "snakemake --profile parallelcluster")
    assert done.returncode == 0, done.stdout[-5000:]
    jobs: dict[str, set[str]] = {}
    for job, rule in re.findall(r"SLURM jobid (\d+) \(log: .*?/rule_(\w+)/", done.stdout):
        jobs.setdefault(rule, set()).add(job)
    return jobs


@pytest.mark.timeout(900)
def test_results_are_those_of_the_local_run(submitted, clone: Clone) -> None:
    assert (clone.folder / "results" / "report.html").is_file()
    assert (clone.folder / "results" / "search.blast6.tsv").read_text() != ""
    assert differing_files(clone.folder / "local_results", clone.folder / "results") == []


@pytest.mark.timeout(900)
def test_all_stages_are_submitted(submitted) -> None:
    assert set(submitted) == MPI_STAGES | OTHER_STAGES


@pytest.mark.timeout(900)
def test_mpi_stages_ran_on_both_nodes(submitted, cluster: SlurmCluster) -> None:
    for stage in MPI_STAGES:
        (job,) = submitted[stage]
        assert cluster.nodes_of_step(job) == ["n1", "n2"]
    for stage in OTHER_STAGES:
        for job in submitted[stage]:
            assert len(cluster.nodes_of_step(job)) == 1


@pytest.mark.timeout(900)
def test_only_mpi_stages_are_on_demand(submitted, cluster: SlurmCluster) -> None:
    log = (cluster.folder / "log" / "slurmctld.log").read_text()
    # Slurm's two schedulers log differently.
    started = r"(?:Allocate|Started) JobId=(\d+) (?:.*Partition=|in )(\S+)"
    partitions = dict(re.findall(started, log))
    for stage, jobs in submitted.items():
        allowed = {"mpi"} if stage in MPI_STAGES else {"spot", "cpu"}
        assert {partitions[job] for job in jobs} <= allowed, stage


@pytest.mark.timeout(900)
def test_fitting_sizes_are_shown_from_the_measurements_of_ranks(submitted, clone: Clone) -> None:
    script = REPOSITORY / "workflow_scripts" / "right_size.py"
    done = subprocess.run(
        [sys.executable, script, clone.folder / "benchmarks"],
        capture_output=True,
        text=True,
        check=True,
    )
    block = yaml.safe_load(done.stdout[done.stdout.index("set-resources:") :])["set-resources"]
    assert set(block) == (MPI_STAGES | OTHER_STAGES) - {"write_report"}
    for stage in MPI_STAGES:
        assert (block[stage]["nodes"], block[stage]["max_tasks"]) == (2, 8)
        file = clone.folder / f"benchmarks/{stage}/{stage}.memory.json"
        first, second = json.loads(file.read_text())["peak_mb_by_node"]
        assert min(first, second) > 100
        assert max(first, second) < 2 * min(first, second), "the ranks are spread evenly"


@pytest.mark.timeout(900)
def test_nothing_is_left_to_do(submitted, cluster: SlurmCluster, clone: Clone) -> None:
    again = run_on(cluster, clone, "snakemake --profile parallelcluster -n")
    assert "Nothing to be done" in again.stdout
    local = run_on(cluster, clone, "snakemake --cores 1 -n")
    assert "Nothing to be done" in local.stdout, "fewer ranks and threads must not change a thing"


@pytest.fixture
def edited_profile(clone: Clone) -> Iterator[Callable[[str, str], None]]:
    """Edit the clone's profile for one test."""
    profile = clone.folder / PROFILE
    text = profile.read_text()

    def edit(old: str, new: str) -> None:
        before = profile.read_text()
        assert before.count(old) == 1
        profile.write_text(before.replace(old, new))

    yield edit
    profile.write_text(text)


@pytest.fixture
def wrong_queue(edited_profile: Callable[[str, str], None]) -> str:
    """Misspell the queue of the MPI stages in the profile."""
    edited_profile("queue_of_mpi_stages: mpi\n", "queue_of_mpi_stages: mpii\n")
    return "mpii"


def jobs_of(cluster: SlurmCluster) -> set[str]:
    """Return the ids of all jobs that Slurm still knows."""
    return set(cluster.run("squeue", "--noheader", "--states=all", "--format=%i").stdout.split())


def test_missing_partition_stops_before_submission(
    cluster: SlurmCluster, clone: Clone, wrong_queue: str
) -> None:
    before = jobs_of(cluster)
    done = run_on(cluster, clone, "snakemake --profile parallelcluster --forceall")
    assert done.returncode == 2, done.stdout
    line = (
        (clone.folder / PROFILE)
        .read_text()
        .splitlines()
        .index(f"  queue_of_mpi_stages: {wrong_queue}")
    )
    assert (
        f'{PROFILE}:{line + 1}: slurm_partition: found the partition "{wrong_queue}" for '
        "align_pairs, find_pairs, join_reads and search_reads, expected cpu, spot or mpi; "
        'did you mean "mpi"?'
    ) in done.stdout
    assert "nothing was started" in done.stdout
    assert jobs_of(cluster) <= before  # Slurm forgets old ones
    # The folder is not locked, and a run that does not need the missing queue can start.
    dry = run_on(cluster, clone, "snakemake --profile parallelcluster --forceall -n")
    assert dry.returncode == 0, dry.stdout


def test_without_cluster_the_profile_says_so(
    cluster: SlurmCluster, clone: Clone, tmp_path: Path
) -> None:
    for name in ("bash", "which"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    path = f"{Path(sys.executable).parent}:{tmp_path}"
    done = run_on(cluster, clone, f"PATH='{path}' snakemake --profile parallelcluster --forceall")
    assert done.returncode == 2, done.stdout
    assert f"{PROFILE}: executor: found no program sinfo, expected a Slurm cluster" in done.stdout


@pytest.mark.timeout(900)
def test_single_rank_needs_no_launcher(
    submitted, cluster: SlurmCluster, clone: Clone, edited_profile
) -> None:
    edited_profile("mpi_nodes: 2\n", "mpi_nodes: 1\n")
    edited_profile("mpi_ranks_per_node: 4\n", "mpi_ranks_per_node: 1\n")
    command = "snakemake --profile parallelcluster -R find_pairs --until find_pairs"
    done = run_on(cluster, clone, command)
    assert done.returncode == 0, done.stdout
    assert "python workflow_scripts/find_pairs.py --ranks 1 " in done.stdout
    assert differing_files(clone.folder / "local_results", clone.folder / "results") == []


def test_check_finds_the_cluster_well(cluster: SlurmCluster, clone: Clone) -> None:
    done = run_on(cluster, clone, "snakemake --profile parallelcluster check")
    assert done.returncode == 0, done.stdout
    assert "PROBLEM" not in done.stdout
    for found in (
        "the profile parallelcluster of this clone",
        "cpu, mpi, spot",
        "all stages fit",
        "off, jobs are checked with sacct",
        "300 s",
        "pmix is available",
    ):
        assert found in done.stdout
    for folder in (clone.folder, clone.folder / "work", sys.prefix):
        assert f"{folder}: node n" in done.stdout
    assert "two ranks with srun --mpi=pmix --kill-on-bad-exit=1" in done.stdout


def test_check_names_missing_partition_and_submits_nothing(
    cluster: SlurmCluster, clone: Clone, wrong_queue: str
) -> None:
    before = jobs_of(cluster)
    done = run_on(cluster, clone, "snakemake --profile parallelcluster check --retries 0")
    assert done.returncode == 1, done.stdout
    assert f"no {wrong_queue}; the cluster has cpu, mpi, spot" in done.stdout
    assert jobs_of(cluster) <= before  # Slurm forgets old ones
