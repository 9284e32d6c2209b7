"""A private Slurm cluster, and a clone of the repository with a finished local run, for all tests.

Where no cluster can be started, these tests are skipped with the reason; with
READKIN_REQUIRE_CLUSTER=1 they fail.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.slurm_cluster import SlurmCluster, obstacle, running_cluster
from formats.fasta import decode, read_fasta
from workflow.conftest import REPOSITORY, Clone

TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder."""
    for item in items:
        if TESTS in item.path.parents:
            item.add_marker(pytest.mark.cluster)


def give_up(reason: str) -> None:
    """Skip, or fail where the cluster is required."""
    if os.environ.get("READKIN_REQUIRE_CLUSTER") == "1":
        pytest.fail(f"READKIN_REQUIRE_CLUSTER=1, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def cluster() -> Iterator[SlurmCluster]:
    """Two nodes of eight (pretended) CPUs with the partitions cpu, spot and mpi."""
    if (reason := obstacle()) is not None:
        give_up(reason)
    with running_cluster() as running:
        trial = running.run("srun", "--mpi=pmix", "--ntasks=1", "true")
        if trial.returncode:
            give_up(f"srun --mpi=pmix fails (Debian: libpmix-dev): {trial.stderr.strip()}")
        yield running


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone with a finished local run of all stages, the results of which are in local_results.

    A piece of phage lambda is searched in the reads. The profile asks Slurm sooner how jobs are
    doing: here they take seconds.
    """
    clone = Clone(tmp_path_factory.mktemp("cluster") / "my clone")
    clone.simulate(fragments=1000)
    genome = read_fasta(REPOSITORY / "tests" / "data" / "genomes" / "lambda.fa.gz")[0].bases
    (clone.folder / "queries.fa").write_text(f">lambda\n{decode(genome[9000:10_000])}\n")
    clone.set("query: null", "query: queries.fa")
    polling = "slurm-init-seconds-before-status-checks: {}"
    clone.set(polling.format(10), polling.format(2), "profiles/parallelcluster/profile.v9+.yaml")
    clone.snakemake("--cores", "2")
    (clone.folder / "results").rename(clone.folder / "local_results")
    for folder in ("work", "logs", "benchmarks", ".snakemake"):
        (clone.folder / folder).rename(clone.folder / f"{folder}.local")
    return clone
