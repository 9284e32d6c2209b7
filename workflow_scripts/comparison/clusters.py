"""Agreement of clusters with genomes; the fields stand in compare_with_truth.py."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from kernels.kin_truth import reads_per_cluster

CLUSTERS_LISTED = 20


def compare_clusters(
    genome: np.ndarray, genomes: Sequence[str], cluster: np.ndarray
) -> dict[str, Any]:
    """Compare clusters with genomes.

    Args:
        genome: int32 (n,), number of each read's genome.
        genomes: their names; each has a read.
        cluster: integers (n,), number of each read's cluster.

    Returns:
        the part ``clusters`` of the comparison.
    """
    from sklearn.metrics import adjusted_rand_score, homogeneity_completeness_v_measure

    homogeneity, completeness, v_measure = homogeneity_completeness_v_measure(genome, cluster)
    numbers, counts = reads_per_cluster(genome, cluster, len(genomes))
    return {
        "number": len(numbers),
        "homogeneity": float(homogeneity),
        "completeness": float(completeness),
        "v_measure": float(v_measure),
        "adjusted_rand": float(adjusted_rand_score(genome, cluster)),
        "genomes": [genome_row(name, counts[:, i], numbers) for i, name in enumerate(genomes)],
        "mixed": mixed_genomes(genomes, counts),
        "largest": [
            {"cluster": number, "reads": reads}
            for number, reads in zip(
                numbers[:CLUSTERS_LISTED].tolist(), counts[:CLUSTERS_LISTED].tolist(), strict=True
            )
        ],
    }


def genome_row(name: str, reads: np.ndarray, numbers: np.ndarray) -> dict[str, Any]:
    """How one genome's reads lie in clusters: ``reads`` of it in each of ``numbers``."""
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
    """Pairs of genomes that share clusters, those of most reads first."""
    mixed = []
    for a, b in itertools.combinations(range(len(genomes)), 2):
        rarer = np.minimum(counts[:, a], counts[:, b])
        if rarer.any():
            entry = {"clusters": int(np.count_nonzero(rarer)), "reads": int(rarer.sum())}
            mixed.append({"genomes": [genomes[a], genomes[b]]} | entry)
    return sorted(mixed, key=lambda entry: -entry["reads"])
