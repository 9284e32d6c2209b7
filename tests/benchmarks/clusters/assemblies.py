"""Assembly of each cluster by itself, beside one assembly of all reads, both with MEGAHIT."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.clusters.assembly_tool import version_of
from benchmarks.clusters.readkin_tools import cluster_settings
from benchmarks.clusters.tools import Contigs, Simulation, Tool, UnavailableError
from benchmarks.launching import Cost, metered
from support.repository import SCRIPTS

ALL_READS, EACH_CLUSTER = "MEGAHIT of all reads", "MEGAHIT of each cluster"
PROGRAM = "megahit"


def assembly_tools() -> list[Tool]:
    """Return both ways to assemble.

    Raises:
        UnavailableError: MEGAHIT is not installed.
    """
    if not shutil.which(PROGRAM):
        raise UnavailableError("apt-get install megahit")
    settings, version = "defaults, one thread", f"{PROGRAM} {version_of(PROGRAM)}"
    return [
        Tool(name=name, settings=settings, version=version, run=run)
        for name, run in ((ALL_READS, assemble_all), (EACH_CLUSTER, assemble_clusters))
    ]


def assemble_all(simulation: Simulation) -> Contigs:
    """Assemble the trimmed reads of all samples together."""
    output = simulation.scratch / "assembly"
    reads = ",".join(map(str, simulation.fastqs))
    cost = metered([PROGRAM, "--12", reads, "-t", 1, "-o", output])
    return Contigs(files=[output / "final.contigs.fa"], costs={PROGRAM: cost})


def assemble_clusters(simulation: Simulation) -> Contigs:
    """Export the reads of each cluster of readkin, and assemble one cluster after the other."""
    folder = simulation.scratch / "clusters"
    results = simulation.folder / "results"
    inputs = ["--clusters", results / "clusters.parquet", "--bam", *simulation.bams]
    inputs += ["--summary", results / "cluster_summary.tsv", "--format", "fastq"]
    options = ["--min-reads", cluster_settings()["export_min_reads"], "--output", folder]
    counts = simulation.scratch / "counts.json"
    command = [sys.executable, SCRIPTS / "export_clusters.py", *inputs, *options]
    exported = metered([*command, "--counts", counts])
    files, costs = [], []
    for number, reads in enumerate(cluster_reads(folder)):
        output = simulation.scratch / f"assembly_{number}"
        costs.append(metered([PROGRAM, *reads, "-t", 1, "-o", output]))
        files.append(output / "final.contigs.fa")
    together = Cost(
        cpu=sum(cost.cpu for cost in costs),
        wall=sum(cost.wall for cost in costs),
        memory=max((cost.memory for cost in costs), default=0),
    )
    return Contigs(files=files, costs={"export": exported, PROGRAM: together})


def cluster_reads(folder: Path) -> Iterator[list[object]]:
    """Yield MEGAHIT's options for the reads of each cluster in a folder of export_clusters."""
    suffixes = {"-1": "_R1.fastq.gz", "-2": "_R2.fastq.gz", "-r": "_single.fastq.gz"}
    names = {
        file.name.removesuffix(suffix)
        for suffix in suffixes.values()
        for file in folder.glob(f"*{suffix}")
    }
    for name in sorted(names):
        files = {option: folder / f"{name}{suffix}" for option, suffix in suffixes.items()}
        yield [word for option, file in files.items() if file.is_file() for word in (option, file)]
