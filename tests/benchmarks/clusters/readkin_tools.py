"""readkin's own methods: genomes, connected components, and Leiden on the graph of kin reads.

Leiden (Traag 2019, doi:10.1038/s41598-019-41695-z) divides the graph whose components are the
method connected_components. It runs in its own process, which executes this module:

    python -m benchmarks.clusters.readkin_tools ALIGNMENTS LABELS.npy BAM...
"""

import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import graspologic_native
import numpy as np
import yaml

from benchmarks.clusters.chain import run_workflow, stage_costs
from benchmarks.clusters.tools import NOT_PLACED, Clustering, Simulation, Tool, certain
from benchmarks.launching import metered
from readkin.clusters.kin_graph import EDGE_COLUMNS, EdgeRule, edges_of
from readkin.formats.alignment_parts import read_alignments
from readkin.formats.clusters import NO_CLUSTER, read_clusters
from readkin.formats.reads import NO_MATE, load_reads
from support.repository import REPOSITORY, SCRIPTS

LAST_STAGE = "cluster_reads"
MOST_READS_OF_LEIDEN = 1_200_000  # its edges are Python tuples of text
SEED = 1


def cluster_settings() -> Mapping[str, Any]:
    """Return the section ``cluster`` of the shipped settings."""
    config = yaml.safe_load((REPOSITORY / "config" / "config.yaml").read_text())
    settings: Mapping[str, Any] = config["cluster"]
    return settings


def genomes_tool() -> Tool:
    """Return the workflow up to cluster_reads, with the shipped settings."""
    return Tool(
        name="readkin", settings="as shipped, one core", version="this clone", run=run_genomes
    )


def run_genomes(simulation: Simulation) -> Clustering:
    """Run the workflow, and read the clusters and the costs of all its stages."""
    run_workflow(simulation.folder, simulation.truth_table.parent, LAST_STAGE)
    table = read_clusters(simulation.folder / "results" / "clusters.parquet")
    cluster = table["cluster"].to_numpy().astype(np.int64)
    strain = table["strain"].to_numpy().astype(np.int64)
    is_placed = cluster != NO_CLUSTER
    confidence = table["confidence"].to_numpy().astype(np.float64)
    of_strain = np.where(strain > 0, table["strain_confidence"].to_numpy(), 1)
    costs = stage_costs(simulation.folder)
    strains = Clustering(
        label=np.where(is_placed, cluster * (strain.max() + 1) + strain, NOT_PLACED),
        confidence=confidence * of_strain,
        costs=costs,
    )
    return Clustering(
        label=np.where(is_placed, cluster, NOT_PLACED),
        confidence=confidence,
        costs=costs,
        strains=strains,
    )


def components_tool() -> Tool:
    """Return cluster_reads with method connected_components."""
    return Tool(
        name="connected components",
        settings="cluster.method: connected_components, on readkin's alignments",
        version="this clone",
        run=run_components,
    )


def run_components(simulation: Simulation) -> Clustering:
    """Run cluster_reads, and read the clusters."""
    settings, scratch = cluster_settings(), simulation.scratch
    parquet = scratch / "clusters.parquet"
    options: list[object] = ["--method", "connected_components", "--parquet", parquet]
    for name in ("tsv", "summary", "counts"):
        options += [f"--{name}", scratch / name]
    for name in EdgeRule._fields:
        options += [f"--{name.replace('_', '-')}", settings[name]]
    results = simulation.folder / "results"
    inputs = ["--alignments", results / "alignments"]
    inputs += ["--pieces", simulation.folder / "work" / "pieces.h5", "--bam", *simulation.bams]
    command = [sys.executable, SCRIPTS / "cluster_reads.py", *inputs, *options]
    cost = metered([*command, *(["--join-mates"] if settings["join_mates"] else [])])
    label = read_clusters(parquet, ["cluster"])["cluster"].to_numpy().astype(np.int64)
    return certain(label, {"cluster": cost})


def leiden_tool() -> Tool:
    """Return Leiden on the graph of kin reads."""
    return Tool(
        name="Leiden on kin graph",
        settings=f"modularity, resolution 1, seed {SEED}; edges as connected components",
        version=f"graspologic-native {version('graspologic-native')}",
        run=run_leiden,
        most_reads=MOST_READS_OF_LEIDEN,
    )


def run_leiden(simulation: Simulation) -> Clustering:
    """Run Leiden in its own process."""
    output = simulation.scratch / "leiden.npy"
    alignments = simulation.folder / "results" / "alignments"
    command = [sys.executable, "-m", "benchmarks.clusters.readkin_tools"]
    cost = metered([*command, alignments, output, *simulation.bams])
    return certain(np.load(output), {"cluster": cost})


def leiden_labels(alignments: Path, bams: list[Path]) -> np.ndarray:
    """Return the community of each read, int64 (n,); a read without kin has its own."""
    settings = cluster_settings()
    table = read_alignments(alignments, EDGE_COLUMNS)
    kept, _ = edges_of(table, EdgeRule(**{name: settings[name] for name in EdgeRule._fields}))
    mate_index = load_reads(bams).mate_index
    mate = np.where(mate_index == NO_MATE, 0, mate_index).astype(np.int64)
    paired = np.flatnonzero(np.arange(len(mate)) < mate)
    a = np.concatenate([table["read_a"].to_numpy()[kept].astype(np.int64), paired])
    b = np.concatenate([table["read_b"].to_numpy()[kept].astype(np.int64), mate[paired]])
    names = [str(read) for read in range(len(mate))]
    edges = [(names[i], names[j], 1.0) for i, j in zip(a.tolist(), b.tolist(), strict=True)]
    label = len(names) + np.arange(len(names))
    _, found = graspologic_native.leiden(edges=edges, resolution=1.0, seed=SEED)
    for read, community in found.items():
        label[int(read)] = community
    return label


if __name__ == "__main__":
    np.save(sys.argv[2], leiden_labels(Path(sys.argv[1]), [Path(bam) for bam in sys.argv[3:]]))
