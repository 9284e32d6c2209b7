"""`snakemake --profile parallelcluster` with accounting and memory scheduling."""

import shutil
from collections.abc import Iterator

import pytest

from support.cluster.accounting_database import missing_programs
from support.cluster.drill import PROFILE, Folder, MakeFolder
from support.cluster.requirements import FIRST_POLL, give_up
from support.cluster.slurm_cluster import ClusterSettings, SlurmCluster, running_cluster

STAGES = {
    "trim_reads",
    "convert_fastq_to_bam",
    "embed_reads",
    "find_pairs",
    "align_pairs",
    "join_reads",
    "cluster_reads",
    "search_reads",
    "compare_with_truth",
    "write_report",
}


@pytest.fixture
def accounted() -> Iterator[SlurmCluster]:
    """Two nodes with slurmdbd and MariaDB, memory as consumable resource and limit."""
    if missing := missing_programs():
        give_up(f"not installed: {', '.join(missing)} (Debian: slurmdbd, mariadb-server)")
    settings = ClusterSettings(accounting=True, select="CR_CPU_Memory", memory_limit=True)
    with running_cluster(settings) as cluster:
        yield cluster


@pytest.mark.timeout(900)
def test_whole_run(accounted: SlurmCluster, make_folder: MakeFolder) -> None:
    folder = make_folder(accounted)
    for name in ("results", "work", "logs", "benchmarks", ".snakemake"):
        shutil.rmtree(folder.folder / name)
    folder.replace(PROFILE, f"{FIRST_POLL}: 10", f"{FIRST_POLL}: 2")
    run = folder.start()
    assert run.wait(800) == 0, run.text()[-4000:]
    assert folder.differing() == []
    assert (folder.folder / "results/report.html").is_file()
    states = states_in_database(folder)
    assert set(states) == set(run.jobs())
    assert set(states.values()) == {"COMPLETED"}
    assert {stage for stage in STAGES if run.jobs(stage)} == STAGES


def states_in_database(folder: Folder) -> dict[str, str]:
    """Return the state of all jobs from Slurm's own sacct."""
    answer = folder.cluster.run(
        "sacct", "-X", "--noheader", "--parsable2", "--format=JobIdRaw,State"
    )
    return dict(line.split("|") for line in answer.stdout.splitlines())
