"""Reads of each genome in each cluster: a sparse table, and the scores that follow from it.

Scores: Rosenberg and Hirschberg 2007 (V-measure); Hubert and Arabie 1985 (adjusted Rand index),
doi:10.1007/BF01908075.
"""

from typing import NamedTuple

import numpy as np

Scores = dict[str, float | int | None]


class Contingency(NamedTuple):
    """Number of reads of each of g genomes in each of c clusters, without the zeros.

    Attributes:
        labels: int64 (c,), label of each cluster, increasing.
        cluster, genome: int64 (entries,), index of the cluster in ``labels`` and number of the
            genome; sorted by cluster, then genome.
        reads: int64 (entries,), number of reads.
        alone: int64 (g,), reads of each genome without a cluster; each is a cluster of its own.
    """

    labels: np.ndarray
    cluster: np.ndarray
    genome: np.ndarray
    reads: np.ndarray
    alone: np.ndarray

    @property
    def cluster_reads(self) -> np.ndarray:
        """Reads of each cluster, int64 (c,)."""
        return _sums(self.cluster, self.reads, len(self.labels))

    @property
    def genome_reads(self) -> np.ndarray:
        """Reads of each genome, with those that have no cluster, int64 (g,)."""
        return _sums(self.genome, self.reads, len(self.alone)) + self.alone

    def majority(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the most frequent genome of each cluster (ties: the first) and its reads."""
        order = np.lexsort((self.genome, -self.reads, self.cluster))
        first = order[np.searchsorted(self.cluster[order], np.arange(len(self.labels)))]
        return self.genome[first], self.reads[first]


def count_reads(genome: np.ndarray, label: np.ndarray, n_genomes: int) -> Contingency:
    """Count the reads of each genome in each cluster.

    Args:
        genome: integers (n,), number of the genome of each read, below ``n_genomes``.
        label: integers (n,), label of the cluster of each read; negative for none.
        n_genomes: number of genomes.
    """
    genome, label = np.asarray(genome), np.asarray(label)
    has_cluster = label >= 0
    labels = np.unique(label[has_cluster]).astype(np.int64)
    cell = np.searchsorted(labels, label[has_cluster])
    cell *= n_genomes
    cell += genome[has_cluster]
    cell, reads = np.unique(cell, return_counts=True)
    return Contingency(
        labels=labels,
        cluster=cell // max(n_genomes, 1),
        genome=cell % max(n_genomes, 1),
        reads=reads,
        alone=np.bincount(genome[~has_cluster], minlength=n_genomes),
    )


def agreement(table: Contingency) -> Scores:
    """Return homogeneity, completeness, V-measure and adjusted Rand index of all reads.

    They are None with fewer than two genomes, for which they are meaningless.
    """
    names = ("homogeneity", "completeness", "v_measure", "adjusted_rand")
    genomes, clusters, alone = table.genome_reads, table.cluster_reads, int(table.alone.sum())
    if np.count_nonzero(genomes) < 2:
        return dict.fromkeys(names)
    reads = int(genomes.sum())
    of_genomes, of_clusters = _entropy(genomes, 0, reads), _entropy(clusters, alone, reads)
    shared = of_genomes + of_clusters - _entropy(table.reads, alone, reads)
    shared = min(max(shared, 0.0), of_genomes, of_clusters)  # rounding
    homogeneity = shared / of_genomes
    completeness = shared / of_clusters if of_clusters else 1.0
    total = homogeneity + completeness
    v_measure = 2 * homogeneity * completeness / total if total else 0.0
    values = (homogeneity, completeness, v_measure, _adjusted_rand(table.reads, clusters, genomes))
    return dict(zip(names, values, strict=True))


def purity(table: Contingency) -> float | None:
    """Return the share of reads whose genome is the most frequent one of their cluster."""
    reads = int(table.genome_reads.sum())
    return int(table.majority()[1].sum() + table.alone.sum()) / reads if reads else None


def genomes_recovered(
    table: Contingency, all_reads: np.ndarray, share: float, min_purity: float
) -> int:
    """Count the genomes of which one cluster holds most reads and little else.

    Args:
        table: the reads that are scored.
        all_reads: int64 (g,), reads of each genome, whether or not they are in the table.
        share: least fraction of the genome's reads in the cluster.
        min_purity: least fraction of the cluster's reads that are of the genome.
    """
    genome, reads = table.majority()
    is_whole = reads >= share * all_reads[genome]
    is_pure = reads >= min_purity * table.cluster_reads
    return len(np.unique(genome[is_whole & is_pure]))


def _sums(index: np.ndarray, values: np.ndarray, length: int) -> np.ndarray:
    sums = np.zeros(length, np.int64)
    np.add.at(sums, index, values)
    return sums


def _entropy(sizes: np.ndarray, alone: int, reads: int) -> float:
    """Return the entropy, in nats, of a division into ``sizes`` and ``alone`` single reads."""
    share = sizes[sizes > 0] / reads
    return float(-(share * np.log(share)).sum()) + alone / reads * float(np.log(reads))


def _adjusted_rand(both: np.ndarray, clusters: np.ndarray, genomes: np.ndarray) -> float:
    """Return the adjusted Rand index; single reads form no pairs and add nothing but their number.

    The counts of pairs are Python's integers, since their products exceed 64 bits.
    """

    def pairs(sizes: np.ndarray) -> int:
        return int((sizes.astype(np.int64) * (sizes.astype(np.int64) - 1) // 2).sum())

    reads = int(genomes.sum())
    in_both, in_cluster, in_genome = pairs(both), pairs(clusters), pairs(genomes)
    total = reads * (reads - 1) // 2
    if in_both == in_cluster == in_genome:
        return 1.0
    highest = (in_cluster + in_genome) * total
    by_chance = in_cluster * in_genome
    return (in_both * total - by_chance) / (highest / 2 - by_chance)
