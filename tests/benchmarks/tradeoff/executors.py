"""The whole demo with each executor of Snakemake: local, Ray, Slurm, and Ray with MPI on Slurm.

Each has two CPUs: the local run two cores, Ray those of this machine, Slurm one node of two CPUs,
"Ray + bridge" the machine and that node. Every run begins without results and with compiled
kernels, apart from "local, nothing compiled". On Slurm the jobs of the demo take less time than the
interval at which the profile has Snakemake look at them, ten seconds. All results must be the same.
"""

import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.records import Record, record
from benchmarks.tradeoff.running import EngineError, Spent, counters, spent_since, start, wait_for
from support.clone import SNAKEMAKE, Clone
from support.cluster.drill import PROFILE
from support.cluster.slurm_cluster import SlurmCluster
from support.cluster.ssh_server import HOST, HeadNode
from support.same_content import differing_files

LOCAL, COLD, SLURM, BRIDGE = "local", "local, nothing compiled", "Slurm", "Ray + bridge"
RAY_PROFILE = "profiles/ray/profile.v9+.yaml"
OF_A_RUN = ("results", "work", "logs", "benchmarks", ".snakemake")
MOST_SECONDS = 300
FOR_ONE_NODE = {
    PROFILE: (
        ("\n  cpus_of_single_node_stages: ", "8", "2"),
        ("\nset-threads:", "", "\n  trim_reads: 2\n  cluster_reads: 2"),
        ("\n  mpi_nodes: ", "2", "1"),
        ("\n  mpi_ranks_per_node: ", "4", "2"),
    ),
    RAY_PROFILE: (
        ("\n  slurm_host: ", "null", HOST),
        ("\n  mpi_nodes: ", "2", "1"),
        ("\n  mpi_ranks_per_node: ", "4", "2"),
    ),
}
"""Values in the profiles that are replaced, for a cluster of one node with two CPUs."""


@dataclass
class Executor:
    """An executor, and its runs, one per round.

    Attributes:
        name: of the executor.
        clone: in which it runs the workflow.
        options: of Snakemake.
        environment: of Snakemake.
        rounds: how often it runs at most.
        runs: one per round.
        failure: why there are none; empty if there are.
    """

    name: str
    clone: Clone
    options: Sequence[str]
    environment: Mapping[str, str]
    rounds: int = 2
    runs: list[Spent] = field(default_factory=list)
    failure: str = ""

    def run(self, kept: Path) -> None:
        """Run the workflow without results of earlier runs, and move its results to ``kept``."""
        for name in OF_A_RUN:
            shutil.rmtree(self.clone.folder / name, ignore_errors=True)
        before = counters()
        command = [str(SNAKEMAKE), *self.options]
        child = start(command, self.clone.folder, self.environment)
        try:
            wait_for(child, self.name, MOST_SECONDS)
        except EngineError as error:
            self.failure, self.runs = str(error), []
        else:
            self.runs.append(spent_since(before))
            shutil.rmtree(kept, ignore_errors=True)
            (self.clone.folder / "results").rename(kept)


@contextmanager
def head_node(cluster: SlurmCluster) -> Iterator[HeadNode]:
    """Run a head node of the cluster that is reached by ssh."""
    with tempfile.TemporaryDirectory(prefix="head-", dir="/tmp") as folder:
        head = HeadNode(Path(folder), cluster)
        head.install()
        head.start()
        try:
            yield head
        finally:
            head.stop()


def executors_in(
    folder: Path, cache: Path, cluster: SlurmCluster | None, ssh: str | None
) -> list[Executor]:
    """Return the executors that there are, with clones that have the reads of the demo.

    Args:
        folder: for the clones.
        cache: of compiled kernels.
        cluster: a private Slurm of one node with two CPUs.
        ssh: command that reaches its head node.
    """
    clone = Clone(folder / "clone")
    clone.simulate_demo()
    of_slurm = Clone(folder / "clone of Slurm")
    shutil.copytree(clone.folder / "demo", of_slurm.folder / "demo")
    for profile, values in FOR_ONE_NODE.items():
        for key, old, new in values:
            of_slurm.set(f"{key}{old}\n", f"{key}{new}\n", profile)
    changed = {"PYTHONPATH": "", "READKIN_CACHE": str(cache)}  # as a user has it
    here = os.environ | changed
    on_ray = ["--profile", "profiles/ray"]
    found = [
        Executor(LOCAL, clone, ["--cores", "2"], here),
        Executor("Ray", clone, on_ray, here, rounds=1),
    ]
    if cluster is not None:
        there = cluster.environment() | changed
        there["PATH"] = f"{Path(sys.executable).parent}:{there['PATH']}"
        options = ["--profile", "parallelcluster"]
        found.append(Executor(SLURM, of_slurm, options, there, rounds=1))
    if ssh is not None:
        options = [*on_ray, "--ray-slurm-ssh", ssh]
        found.append(Executor(BRIDGE, of_slurm, options, here, rounds=1))
    return found


def race_executors(
    executors: Sequence[Executor], folder: Path, rounds: int, cluster: SlurmCluster | None
) -> None:
    """Run the demo with all in turn, in another order in each round.

    Args:
        executors: which ones.
        folder: for the results of the last runs.
        rounds: how often.
        cluster: the Slurm that some use.
    """
    for number in range(rounds):
        for executor in random.Random(number).sample(executors, len(executors)):
            if number < executor.rounds and not executor.failure:
                executor.run(folder / executor.name)
            if executor.failure and cluster is not None:
                cluster.run("scancel", "--me")


def check_results(executors: Sequence[Executor], folder: Path) -> None:
    """Mark executors as failed whose results differ from those of the local run."""
    for executor in executors:
        if executor.runs and (found := differing_files(folder / LOCAL, folder / executor.name)):
            executor.failure = f"other results than of the local run: {', '.join(found)}"


def cold_run(local: Executor, folder: Path) -> Executor:
    """Run the demo locally with an empty folder of compiled kernels, which is then filled."""
    cold = Executor(COLD, local.clone, local.options, local.environment)
    cold.run(folder / COLD)
    return cold


def records_of_executors(executors: Sequence[Executor]) -> Iterator[Record]:
    """Yield what was measured of each executor that has run."""
    for executor in executors:
        if executor.runs:
            walls, cpus, received = zip(*executor.runs, strict=True)
            of = "executors", executor.name
            yield record(*of, "wall", "s", walls)
            yield record(*of, "cpu", "s", cpus)
            yield record(*of, "loopback", "MB", [size / 1e6 for size in received])
