"""Numbers that describe one run of a tool, by name; the table and the page select from them."""

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.clusters.tools import Clustering
from benchmarks.launching import Cost
from readkin.formats.truth_table import Truth
from readkin.truth.scores import score_clusters

MEGABYTE = 1e6
SCORES = (
    *("v_measure", "adjusted_rand", "homogeneity", "completeness", "purity"),
    *("recovered_half", "recovered_nearly_all"),
)
CLUSTERING_STAGES = ("join_reads", "cluster_reads")
UNITS = {
    **{"cpu": "s", "wall": "s", "peak memory": "MB", "reads": "reads"},
    **{"NGA50": "bp", "assembled bases": "bp", "contigs": "contigs"},
}
Measures = dict[str, float]


def measures_of(clustering: Clustering, truth: Truth, depths: Mapping[str, float]) -> Measures:
    """Return all measures of a run.

    Args:
        clustering: cluster and confidence of each read, and costs.
        truth: origins of the reads.
        depths: depth of each genome.
    """
    scores = score_clusters(truth.genome, clustering.label, clustering.confidence)
    measures = dict(score_measures(scores))
    measures |= dict(genome_measures(scores, truth.genomes))
    measures |= {f"{genome}: depth": depth for genome, depth in depths.items()}
    return measures | dict(cost_measures(clustering.costs))


def score_measures(scores: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield the scores of all reads, and of those placed with each confidence."""
    yield "reads", scores["reads"]
    yield "genomes", scores["genomes_present"]
    yield "clusters", scores["clusters"]
    yield "clustered", 1 - scores["unclustered"] / scores["reads"]
    yield from ((name, scores[name]) for name in SCORES if scores[name] is not None)
    for placed in scores["by_confidence"]:
        least = placed["min_confidence"]
        yield f"placed at {least}", placed["share_placed"]
        if placed["reads"]:
            named = ((name, placed[name]) for name in SCORES if placed[name] is not None)
            yield from ((f"{name} at {least}", value) for name, value in named)
    for row in scores["calibration"]:
        if row["reads"]:
            name = f"from {row['from']} to {row['to']}"
            yield f"share {name}", row["reads"] / scores["reads"]
            yield f"right {name}", row["right"]


def genome_measures(
    scores: Mapping[str, Any], genomes: tuple[str, ...]
) -> Iterator[tuple[str, float]]:
    """Yield for each genome the share of its reads in its main cluster, and its purity."""
    for row in scores["genomes"]:
        name = genomes[row["genome"]]
        yield f"{name}: reads", row["reads"]
        yield f"{name}: share", row["largest_cluster_share"] or 0
        yield f"{name}: purity", row["largest_cluster_purity"] or 0


def cost_measures(costs: Mapping[str, Cost]) -> Iterator[tuple[str, float]]:
    """Yield processor time, elapsed time and peak memory of each step and of all together."""
    for name, cost in costs.items():
        yield f"{name}: cpu", cost.cpu
        yield f"{name}: wall", cost.wall
        yield f"{name}: peak memory", cost.memory / MEGABYTE
    yield "cpu", sum(cost.cpu for cost in costs.values())
    yield "wall", sum(cost.wall for cost in costs.values())
    yield "peak memory", max(cost.memory for cost in costs.values()) / MEGABYTE
    if set(CLUSTERING_STAGES) <= set(costs):
        own = sum(costs[name].wall for name in CLUSTERING_STAGES)
        yield "clustering / align_pairs", own / costs["align_pairs"].wall


def unit_of(measure: str) -> str:
    """Return the unit of a measure."""
    last = measure.rpartition(": ")[2]
    return UNITS.get(last, "1")
