"""Agreement of clusters with genomes by name; compare_with_truth.py documents the fields."""

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from readkin.truth.contingency import Contingency, count_reads
from readkin.truth.scores import score_clusters, scores_of

CLUSTERS_LISTED = 20


class Labels(NamedTuple):
    """Clusters of n reads.

    Attributes:
        cluster: int64 (n,), number of the cluster, negative for none.
        strain: integers (n,), strain in the cluster, from 1; 0 for none.
        confidence: float (n,), probability of the cluster.
    """

    cluster: np.ndarray
    strain: np.ndarray
    confidence: np.ndarray


def compare_clusters(genome: np.ndarray, genomes: Sequence[str], labels: Labels) -> dict[str, Any]:
    """Compare clusters with genomes.

    Args:
        genome: int32 (n,), index of the genome of each read.
        genomes: names of the genomes; each has at least one read.
        labels: clusters of the reads.

    Returns:
        The section ``clusters`` of the comparison.
    """
    scores = score_clusters(genome, labels.cluster, labels.confidence)
    rows = [row | {"genome": name} for name, row in zip(genomes, scores["genomes"], strict=True)]
    table = count_reads(genome, labels.cluster, len(genomes))
    return scores | {
        "strains": compare_strains(genome, labels, len(genomes)),
        "genomes": rows,
        "mixed": mixed_genomes(genomes, table),
        "largest": [
            {"cluster": int(table.labels[row]), "reads": reads.tolist()}
            for row, reads in enumerate(
                _rows(table, np.arange(len(table.labels))[:CLUSTERS_LISTED])
            )
        ],
    }


def compare_strains(genome: np.ndarray, labels: Labels, n_genomes: int) -> dict[str, Any] | None:
    """Return the scores of all reads with strains as clusters; None if there are no strains."""
    if not labels.strain.any():
        return None
    apart = labels.cluster * (int(labels.strain.max()) + 1) + labels.strain
    table = count_reads(genome, np.where(labels.cluster < 0, -1, apart), n_genomes)
    return {"clusters": len(table.labels), **scores_of(table, table.genome_reads)}


def mixed_genomes(genomes: Sequence[str], table: Contingency) -> list[dict[str, Any]]:
    """List the pairs of genomes that share clusters, those with most reads first."""
    entries = np.bincount(table.cluster, minlength=len(table.labels))
    counts = _rows(table, np.flatnonzero(entries > 1))
    mixed = []
    for a, b in itertools.combinations(range(len(genomes)), 2):
        rarer = np.minimum(counts[:, a], counts[:, b])
        if rarer.any():
            entry = {"clusters": int(np.count_nonzero(rarer)), "reads": int(rarer.sum())}
            mixed.append({"genomes": [genomes[a], genomes[b]]} | entry)
    return sorted(mixed, key=lambda entry: -entry["reads"])


def _rows(table: Contingency, chosen: np.ndarray) -> np.ndarray:
    """Return the reads of each genome in some clusters, int64 (chosen, g).

    Args:
        table: the table.
        chosen: int64, indices of the clusters, increasing.
    """
    counts = np.zeros((len(chosen), len(table.alone)), np.int64)
    inside = np.isin(table.cluster, chosen)
    row = np.searchsorted(chosen, table.cluster[inside])
    counts[row, table.genome[inside]] = table.reads[inside]
    return counts
