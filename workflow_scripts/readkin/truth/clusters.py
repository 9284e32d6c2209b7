"""Agreement of clusters with genomes; compare_with_truth.py documents the fields."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from readkin.kernels.statistics.kin_truth import reads_per_cluster

CLUSTERS_LISTED = 20


def compare_clusters(
    genome: np.ndarray, genomes: Sequence[str], cluster: np.ndarray
) -> dict[str, Any]:
    """Compare clusters with genomes.

    Args:
        genome: int32 (n,), index of the genome of each read.
        genomes: names of the genomes; each has at least one read.
        cluster: integers (n,), number of the cluster of each read.

    Returns:
        The section ``clusters`` of the comparison.
    """
    numbers, counts = reads_per_cluster(genome, cluster, len(genomes))
    return {
        "number": len(numbers),
        **agreement(genome, cluster, len(genomes)),
        "genomes": [genome_row(name, counts[:, i], numbers) for i, name in enumerate(genomes)],
        "mixed": mixed_genomes(genomes, counts),
        "largest": [
            {"cluster": number, "reads": reads}
            for number, reads in zip(
                numbers[:CLUSTERS_LISTED].tolist(), counts[:CLUSTERS_LISTED].tolist(), strict=True
            )
        ],
    }


def agreement(genome: np.ndarray, cluster: np.ndarray, n_genomes: int) -> dict[str, float | None]:
    """Return the scores; None with fewer than two genomes, for which they are meaningless."""
    from sklearn.metrics import adjusted_rand_score, homogeneity_completeness_v_measure

    names = ("homogeneity", "completeness", "v_measure", "adjusted_rand")
    if n_genomes < 2:
        return dict.fromkeys(names)
    scores = (
        *homogeneity_completeness_v_measure(genome, cluster),
        adjusted_rand_score(genome, cluster),
    )
    return {name: float(score) for name, score in zip(names, scores, strict=True)}


def genome_row(name: str, reads: np.ndarray, numbers: np.ndarray) -> dict[str, Any]:
    """Summarise one genome, which has ``reads`` reads in the clusters ``numbers``."""
    largest = int(reads.argmax())
    return {
        "genome": name,
        "reads": int(reads.sum()),
        "clusters": int(np.count_nonzero(reads)),
        "largest_cluster": int(numbers[largest]),
        "largest_cluster_reads": int(reads[largest]),
        "largest_cluster_share": int(reads[largest]) / int(reads.sum()),
    }


def mixed_genomes(genomes: Sequence[str], counts: np.ndarray) -> list[dict[str, Any]]:
    """List the pairs of genomes that share clusters, those with most reads first."""
    mixed = []
    for a, b in itertools.combinations(range(len(genomes)), 2):
        rarer = np.minimum(counts[:, a], counts[:, b])
        if rarer.any():
            entry = {"clusters": int(np.count_nonzero(rarer)), "reads": int(rarer.sum())}
            mixed.append({"genomes": [genomes[a], genomes[b]]} | entry)
    return sorted(mixed, key=lambda entry: -entry["reads"])
