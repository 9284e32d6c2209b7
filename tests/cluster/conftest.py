"""A private Slurm cluster, and a clone of the repository with a finished local run, for all tests.

Where no cluster can be started, these tests are skipped with the reason; with
READKIN_REQUIRE_CLUSTER=1 they fail.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.clone import Clone
from support.cluster import ssh_server
from support.cluster.drill import PROFILE, Folder, MakeFolder, as_table, read_rows
from support.cluster.finished_run import FinishedRun
from support.cluster.requirements import FIRST_POLL, give_up
from support.cluster.slurm_cluster import ClusterSettings, SlurmCluster, obstacle, running_cluster

TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder."""
    for item in items:
        if TESTS in item.path.parents:
            item.add_marker(pytest.mark.cluster)


@pytest.fixture(scope="session")
def cluster() -> Iterator[SlurmCluster]:
    """Two nodes of eight (simulated) CPUs with the partitions cpu, spot and mpi."""
    if (reason := obstacle()) is not None:
        give_up(reason)
    with running_cluster() as running:
        trial = running.run("srun", "--mpi=pmix", "--ntasks=1", "true")
        if trial.returncode:
            give_up(f"srun --mpi=pmix fails (Debian: libpmix-dev): {trial.stderr.strip()}")
        yield running


@pytest.fixture(scope="session")
def head(cluster: SlurmCluster) -> Iterator[ssh_server.HeadNode]:
    """The head node, with an installed door whose jobs have a short lease."""
    if (reason := ssh_server.obstacle()) is not None:
        give_up(reason)
    with tempfile.TemporaryDirectory(prefix="head", dir="/tmp") as folder:
        node = ssh_server.HeadNode(Path(folder), cluster)
        node.install("--lease-minutes", "0.5")
        node.start()
        yield node
        cluster.run("scancel", "--me")
        node.stop()


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """A finished local run, which is restored after each test that changes it.

    READKIN_FINISHED_RUN names the folder of an existing one, for developers of these
    tests.
    """
    if there := os.environ.get("READKIN_FINISHED_RUN"):
        return FinishedRun(Path(there))
    run = FinishedRun(tmp_path_factory.mktemp("cluster"))
    run.make()
    return run


@pytest.fixture(scope="module")
def clone(finished: FinishedRun) -> Clone:
    """A clone with reads and local_results, without other results.

    The profile asks Slurm sooner how jobs are doing: here they take seconds.
    """
    clone = finished.put_back()
    for folder in ("results", "work", "logs", "benchmarks", ".snakemake"):
        shutil.rmtree(clone.folder / folder)
    clone.set(f"{FIRST_POLL}: 10", f"{FIRST_POLL}: 2", PROFILE)
    return clone


@pytest.fixture(scope="session")
def site() -> Iterator[SlurmCluster]:
    """Four nodes as ParallelCluster configures them: no accounting, CR_CPU, MinJobAge=300."""
    with running_cluster(ClusterSettings(nodes=4)) as cluster:
        yield cluster


@pytest.fixture
def make_folder(finished: FinishedRun) -> Iterator[MakeFolder]:
    """Return a function that makes a user's folder on a cluster."""
    made: list[Folder] = []

    def make(cluster: SlurmCluster) -> Folder:
        made.append(Folder(finished.put_back().folder, cluster))
        return made[-1]

    yield make
    for folder in made:
        folder.stop()


@pytest.fixture
def small_tiles(site: SlurmCluster, make_folder: MakeFolder) -> Folder:
    """Give align_pairs many tiles, so that a fault comes in the middle."""
    folder = make_folder(site)
    folder.replace("config/config.yaml", "tile_megacells: 2000", "tile_megacells: 1")
    folder.slow_down("align_pairs")
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the table of the drills, if any ran."""
    ran = terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", [])
    if any("drill" in report.keywords for report in ran):
        terminalreporter.section("fault drills")
        terminalreporter.write_line(as_table(read_rows()))
