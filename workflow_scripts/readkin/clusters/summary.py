"""Numbers of each cluster: reads, size and depth of the genome, composition, longest pieces.

The depth c of a genome follows from the mean depth d of its pieces by d = c / (1 - exp(-c)): reads
at random cover the fraction 1 - exp(-c) of a genome (Lander and Waterman 1988), and pieces consist
of covered bases only.
"""

import json
from typing import Any

import numpy as np

from readkin.clusters.counted_reads import CountedReads
from readkin.clusters.genomes import Genomes
from readkin.clusters.names import MIN_CONFIDENCE, cluster_names
from readkin.clusters.read_clusters import ReadClusters
from readkin.clusters.samples import Samples
from readkin.formats.cluster_summary import DEPTH_OF_SAMPLE, READS_OF_SAMPLE
from readkin.formats.pieces import Pieces

SINGLE_COPY = (0.5, 1.5)
"""Copy numbers of the pieces that determine the depth of a genome."""
LONGEST_LISTED = 3
LOWEST_DEPTH = 0.1


class Summary:
    """Columns of the table with one row per cluster, filled in steps.

    Attributes:
        columns: arrays and lists by name.

    Args:
        reads: all n reads.
        found: their clusters.
        n_clusters: number of clusters.
    """

    def __init__(self, reads: CountedReads, found: ReadClusters, n_clusters: int) -> None:
        self._reads, self._found, self._n = reads, found, n_clusters
        number = self._total(None)
        self.columns: dict[str, Any] = {
            "cluster": np.arange(1, n_clusters + 1),
            "name": np.full(n_clusters, ""),
            "reads": number.astype(np.int64),
            "placed_reads": self._total(found.is_placed()).astype(np.int64),
            "bases": self._total(reads.lengths).astype(np.int64),
            "gc": self._total(reads.gc) / np.maximum(self._total(reads.known), 1),
            "confidence": self._total(found.confidence) / np.maximum(number, 1),
        }

    def _total(self, weights: np.ndarray | None) -> np.ndarray:
        """Return the sum over the reads of each cluster, without those that have none."""
        return np.bincount(self._found.cluster, weights=weights, minlength=self._n + 1)[1:]

    def add_samples(self, samples: Samples) -> None:
        """Add reads, and depth where it is known, in each sample."""
        depth, bases = self.columns.get("depth"), np.maximum(self.columns["bases"], 1)
        for number, name in enumerate(samples.names):
            inside = samples.of_read == number
            self.columns[READS_OF_SAMPLE + name] = self._total(inside).astype(np.int64)
            if depth is not None:
                share = self._total(self._reads.lengths * inside) / bases
                self.columns[DEPTH_OF_SAMPLE + name] = depth * share

    def add_genomes(self, pieces: Pieces, genomes: Genomes) -> None:
        """Add what follows from the pieces of each cluster."""
        depth, size = genome_sizes(pieces, genomes, self._n)
        is_sure = genomes.confidence >= MIN_CONFIDENCE
        longest = longest_pieces(pieces, genomes.cluster, self._n)
        strains = np.zeros(self._n, np.int64)
        has_cluster = genomes.cluster >= 0
        np.maximum.at(strains, genomes.cluster[has_cluster], genomes.strain[has_cluster])
        evidence: list[list[Any]] = [[] for _ in range(self._n)]
        for split in genomes.evidence:
            evidence[split["cluster"]].append({k: v for k, v in split.items() if k != "cluster"})
        self.columns |= {
            "name": cluster_names(pieces, genomes.cluster, is_sure, self._n),
            "genome_size_bp": np.rint(size).astype(np.int64),
            "depth": depth,
            "pieces": np.bincount(genomes.cluster[has_cluster], minlength=self._n),
            "longest_pieces": longest,
            "strains": strains,
            "strain_evidence": [json.dumps(splits) if splits else "" for splits in evidence],
        }


def genome_sizes(
    pieces: Pieces, genomes: Genomes, n_clusters: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the estimated depth and size, in bp, of the genome of each cluster.

    Shared sequence adds as many copies as its depth shows.

    Returns:
        Two float64 (n_clusters,).
    """
    low, high = SINGLE_COPY
    has_cluster, is_shared = genomes.cluster >= 0, pieces.is_shared_piece
    is_single = ~is_shared & ~((genomes.copy_number < low) | (genomes.copy_number > high))

    def total(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        rows = has_cluster & chosen
        return np.bincount(genomes.cluster[rows], weights=values[rows], minlength=n_clusters)

    everything = np.ones(len(pieces), bool)
    covered, bases = total(pieces.span, is_single), total(pieces.bases, is_single)
    has_single = covered > 0
    covered = np.where(has_single, covered, total(pieces.span, everything))
    bases = np.where(has_single, bases, total(pieces.bases, everything))
    depth = depth_of_genome(bases / np.maximum(covered, 1))
    unique = total(pieces.span, ~is_shared) / -np.expm1(-depth)
    return depth, unique + total(pieces.bases, is_shared) / depth


def depth_of_genome(covered_depth: np.ndarray) -> np.ndarray:
    """Return the depth of genomes from the mean depth of their covered bases, float64 (n,).

    >>> depth_of_genome(np.array([1.0, 2.3130, 10.0])).round(2).tolist()
    [0.1, 2.0, 10.0]
    """
    depth = np.maximum(covered_depth, 1.0)
    for _ in range(100):
        depth = np.maximum(covered_depth * -np.expm1(-depth), LOWEST_DEPTH)
    return depth


def longest_pieces(pieces: Pieces, cluster: np.ndarray, n_clusters: int) -> list[str]:
    """Return the longest pieces of each cluster as ``piece:bp``, separated by commas."""
    order = np.lexsort((np.arange(len(pieces)), -pieces.span.astype(np.int64), cluster))
    bounds = np.searchsorted(cluster[order], np.arange(n_clusters + 1))
    texts = []
    for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        longest = order[start : min(end, start + LONGEST_LISTED)]
        texts.append(",".join(f"{piece}:{pieces.span[piece]}" for piece in longest.tolist()))
    return texts
