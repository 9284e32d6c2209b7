"""Names of clusters by content: a rerun with more reads keeps them where the genome is the same.

A name is made of the smallest hash among the 31-mers of the pieces of a cluster. If two runs share
the fraction J of the 31-mers of a genome (Jaccard index), it keeps its name with probability J.
Strains share many 31-mers, so hashes that several clusters have are not used.
"""

import numpy as np

from readkin.formats.pieces import Pieces
from readkin.kernels.kmers.codes import mix64
from readkin.kernels.kmers.smallest_hashes import NO_HASH, smallest_hashes

K = 31
HASHES = 64
"""Hashes compared between clusters."""
MIN_SPAN_BP = 1000
"""Shorter pieces, and less sure ones, are too often placed elsewhere in the next run."""
MIN_CONFIDENCE = 0.8
DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: without i, l, o and u, which are misread."""
LENGTH = 8


def cluster_names(
    pieces: Pieces, cluster: np.ndarray, is_sure: np.ndarray, n_clusters: int
) -> list[str]:
    """Return the name of each cluster, ``c`` and eight digits in base 32; all are different.

    Long pieces that are surely of the cluster decide; if there are none, all of its pieces.

    Args:
        pieces: p pieces.
        cluster: int (p,), cluster of each piece from 0; negative: none.
        is_sure: bool (p,), whether the cluster is certain enough.
        n_clusters: number of clusters.
    """
    is_good = is_sure & (pieces.span >= MIN_SPAN_BP) & ~pieces.is_shared_piece
    group = np.where(is_good, cluster, -1).astype(np.int64)
    is_named = np.zeros(n_clusters + 1, bool)  # the last one is of pieces without a cluster
    is_named[group[group >= 0]] = True
    is_last_resort = (cluster >= 0) & ~is_named[cluster]
    group[is_last_resort] = cluster[is_last_resort]
    sketches = smallest_hashes(
        pieces.consensus, pieces.consensus_offsets, group, n_clusters, K, HASHES
    )
    hashes, times = np.unique(sketches, return_counts=True)
    is_shared = np.isin(sketches, hashes[times > 1])
    taken: set[str] = set()
    names = []
    for row, shared in zip(sketches, is_shared, strict=True):
        own, common = row[~shared & (row != NO_HASH)], row[shared & (row != NO_HASH)]
        name = _first_free([*own.tolist(), *common.tolist()], taken)
        taken.add(name)
        names.append(name)
    return names


def _first_free(hashes: list[int], taken: set[str]) -> str:
    """Return the name of the first hash that no other cluster has."""
    for hashed in hashes:
        name = _name_of(hashed)
        if name not in taken:
            return name
    # Clusters of equal or no sequence: numbered in their order.
    return next(name for number in range(len(taken) + 1) if (name := _name_of(number)) not in taken)


def _name_of(hashed: int) -> str:
    """Return the name of a hash; it is mixed once more, as the smallest hashes begin alike."""
    bits = int(mix64(np.uint64(hashed))) >> (64 - 5 * LENGTH)
    digits = [DIGITS[bits >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5)]
    return "c" + "".join(digits)
