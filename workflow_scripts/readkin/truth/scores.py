"""Scores of clusters with confidence against the genomes of the reads.

``score_clusters`` is the function for programs and benchmarks; it takes plain arrays. Time and
memory are linear in the number of reads, but for sorting.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from readkin.truth.contingency import (
    Contingency,
    Scores,
    agreement,
    count_reads,
    genomes_recovered,
    purity,
)

CONFIDENCES = (0.5, 0.8, 0.95)
CALIBRATION_LIMITS = (0.0, 0.5, 0.8, 0.95, 0.99, 1.0)
RECOVERED = {"recovered_half": (0.5, 0.9), "recovered_nearly_all": (0.9, 0.95)}
"""Name of the count, and the least share of a genome's reads and the least purity of a cluster."""


def score_clusters(
    truth: np.ndarray,
    label: np.ndarray,
    confidence: np.ndarray,
    thresholds: Sequence[float] = CONFIDENCES,
) -> dict[str, Any]:
    """Score a clustering of n reads.

    >>> scores = score_clusters([0, 0, 1, 1], [5, 5, 7, -1], [1, 0.9, 0.6, 0])
    >>> scores["adjusted_rand"], scores["by_confidence"][1]["share_placed"]
    (0.5714285714285714, 0.5)

    Args:
        truth: integers (n,), number of the genome of each read from 0; negative for reads of
            unknown origin, which are left out.
        label: integers (n,), label of the most probable cluster of each read; negative for none.
        confidence: float (n,), probability of that cluster.
        thresholds: the reads with at least this confidence are scored by themselves, too.

    Returns:
        A dictionary for JSON:

        - reads, clusters, genomes_present, unclustered (reads without a cluster);
        - homogeneity, completeness, v_measure, adjusted_rand (None with fewer than two genomes),
          purity (share of reads of the most frequent genome of their cluster), recovered_half
          (genomes of which one cluster has at least half of the reads and is at least 90 % pure)
          and recovered_nearly_all (90 %, 95 %), all of them over all reads; a read without a
          cluster is a cluster of its own;
        - by_confidence: for each threshold the same scores of the reads with that confidence and a
          cluster, with min_confidence, reads, share_placed, clusters; shares of genomes refer to
          all their reads;
        - calibration: for classes of confidence from, to, reads, mean (confidence) and right (share
          of reads whose genome is the most frequent one of their cluster over all reads);
        - genomes: for each genome its number, reads, unclustered, clusters, and its main cluster:
          largest_cluster (label), largest_cluster_reads, largest_cluster_share (of the genome's
          reads), largest_cluster_purity; None or 0 if no cluster has its reads.
    """
    truth, label = np.asarray(truth), np.asarray(label)
    confidence = np.asarray(confidence, np.float64)
    known = truth >= 0
    if not known.all():
        truth, label, confidence = truth[known], label[known], confidence[known]
    n_genomes = int(truth.max(initial=-1)) + 1
    table = count_reads(truth, label, n_genomes)
    genome_reads = table.genome_reads
    placed = [(label >= 0) & (confidence >= least) for least in thresholds]
    return {
        "reads": len(truth),
        "clusters": len(table.labels),
        "genomes_present": int(np.count_nonzero(genome_reads)),
        "unclustered": int(table.alone.sum()),
        **scores_of(table, genome_reads),
        "by_confidence": [
            {"min_confidence": least, "share_placed": float(inside.mean()) if len(truth) else None}
            | _of_placed(count_reads(truth[inside], label[inside], n_genomes), genome_reads)
            for least, inside in zip(thresholds, placed, strict=True)
        ],
        "calibration": _calibration(truth, label, confidence, table),
        "genomes": genome_rows(table),
    }


def scores_of(table: Contingency, all_reads: np.ndarray) -> Scores:
    """Return agreement, purity and the numbers of genomes recovered.

    Args:
        table: the reads that are scored.
        all_reads: int64 (g,), reads of each genome, whether or not they are in the table.
    """
    recovered = {
        name: genomes_recovered(table, all_reads, *limits) for name, limits in RECOVERED.items()
    }
    return agreement(table) | {"purity": purity(table)} | recovered


def _of_placed(table: Contingency, all_reads: np.ndarray) -> Scores:
    numbers: Scores = {"reads": int(table.reads.sum()), "clusters": len(table.labels)}
    return numbers | scores_of(table, all_reads)


def _calibration(
    truth: np.ndarray, label: np.ndarray, confidence: np.ndarray, table: Contingency
) -> list[dict[str, Any]]:
    """Return the share of right reads by classes of confidence; the last class includes 1."""
    has_cluster = label >= 0
    index = np.searchsorted(table.labels, label[has_cluster])
    is_right = table.majority()[0][index] == truth[has_cluster]
    confidence = confidence[has_cluster]
    rows = []
    for start, end in pairwise(CALIBRATION_LIMITS):
        inside = (confidence >= start) & ((confidence < end) | (end == CALIBRATION_LIMITS[-1]))
        reads = int(inside.sum())
        rows.append(
            {
                "from": start,
                "to": end,
                "reads": reads,
                "mean": float(confidence[inside].mean()) if reads else None,
                "right": float(is_right[inside].mean()) if reads else None,
            }
        )
    return rows


def genome_rows(table: Contingency) -> list[dict[str, Any]]:
    """Return one row per genome, as ``score_clusters`` documents them."""
    all_reads, cluster_reads = table.genome_reads, table.cluster_reads
    clusters = np.bincount(table.genome, minlength=len(all_reads))
    order = np.lexsort((table.cluster, -table.reads, table.genome))
    first = np.searchsorted(table.genome[order], np.arange(len(all_reads)))
    rows = []
    for genome, reads in enumerate(all_reads.tolist()):
        main = int(order[first[genome]]) if clusters[genome] else None
        in_main = 0 if main is None else int(table.reads[main])
        index = None if main is None else int(table.cluster[main])
        rows.append(
            {
                "genome": genome,
                "reads": reads,
                "unclustered": int(table.alone[genome]),
                "clusters": int(clusters[genome]),
                "largest_cluster": None if index is None else int(table.labels[index]),
                "largest_cluster_reads": in_main,
                "largest_cluster_share": in_main / reads if reads else None,
                "largest_cluster_purity": None
                if index is None
                else in_main / int(cluster_reads[index]),
            }
        )
    return rows
