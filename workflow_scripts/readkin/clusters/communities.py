"""Communities of chunks: likelihood-ratio graph, Leiden, and merging by Bayes factor."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import graspologic_native
import numpy as np

from readkin.kernels.likelihood.merging import Groups, merge_groups
from readkin.kernels.likelihood.neighbours import Neighbours, find_likeliest, ratio_terms


@dataclass(frozen=True, eq=False, kw_only=True)
class Features:
    """Coordinates of m chunks or pieces.

    Attributes:
        x, noise: float64 (m, dims), coordinates and their variances within a genome.
        between: float64 (dims,), variance over genomes.
    """

    x: np.ndarray
    noise: np.ndarray
    between: np.ndarray


@dataclass(frozen=True, kw_only=True)
class GraphRules:
    """How chunks become communities; all values were chosen by measurement.

    Attributes:
        neighbours: likeliest nodes to which each node is tied.
        chain: weight of the tie of two successive chunks of a piece, in full lists of neighbours.
        resolution: of the modularity.
        tempering: factor of the variance of chunks when communities merge.
        allowance: log Bayes factor by which the compositions of two communities of at least
            ``allowance_bp`` may differ, as the search makes communities differ; shorter ones have a
            smaller allowance, those of up to ``no_allowance_bp`` none.
        no_allowance_bp, allowance_bp: bp.
        separate: two communities that have such a share of their ties within have no allowance.
        seed: of the search for communities.
    """

    neighbours: int = 20
    chain: float = 1.0
    resolution: float = 1.0
    tempering: float = 2.0
    allowance: float = 20.0
    no_allowance_bp: float = 100_000.0
    allowance_bp: float = 1_000_000.0
    separate: float = 0.75
    seed: int = 1


def find_communities(near: Neighbours, owner: np.ndarray, rules: GraphRules) -> np.ndarray:
    """Find communities of chunks.

    Args:
        near: likeliest neighbours of m chunks.
        owner: int64 (m,), piece of each chunk; chunks of a piece follow each other.
        rules: thresholds.

    Returns:
        int64 (m,), community of each chunk, from 0 by first chunk.
    """
    n = len(owner)
    a = np.repeat(np.arange(n), rules.neighbours)
    b, weight = near.node.ravel(), near.ratio.ravel().astype(np.float64)
    kept = (b >= 0) & (weight > 0)
    a, b, weight = np.minimum(a, b)[kept], np.maximum(a, b)[kept], weight[kept]
    first = np.unique(a * n + b, return_index=True)[1]  # both lists show the same ratio
    along = np.flatnonzero(owner[1:] == owner[:-1])
    typical = max(float(np.median(near.ratio[:, 0])), 1.0) if n > 1 else 1.0
    chain = np.full(len(along), rules.chain * rules.neighbours * typical)
    edges = (
        np.concatenate([a[first], along]),
        np.concatenate([b[first], along + 1]),
        np.concatenate([weight[first], chain]),
    )
    return _leiden(n, *edges, rules)


def agreement_of_neighbours(near: Neighbours, label: np.ndarray) -> np.ndarray:
    """Return the share of its likely neighbours that are in the group of a chunk, float64 (m,).

    Neighbours count with their log-likelihood ratio, and of a group of k chunks only the likeliest
    k - 1; chunks without any agree.

    Args:
        near: likeliest neighbours of m chunks.
        label: int64 (m,), group of each chunk.
    """
    others = np.bincount(label)[label] - 1
    counts = (near.node >= 0) & (near.ratio > 0)
    counts &= np.arange(near.node.shape[1]) < others[:, None]
    weight = np.where(counts, near.ratio, 0).astype(np.float64)
    total = weight.sum(axis=1)
    same = (weight * (label[near.node] == label[:, None])).sum(axis=1)
    return np.where(total > 0, same / np.maximum(total, 1e-300), 1)


def neighbours_of(features: Features, k: int, threads: int) -> Neighbours:
    """Return the k likeliest neighbours of each chunk.

    Args:
        features: of m chunks.
        k: neighbours per chunk.
        threads: threads to use; the result does not depend on it.
    """
    n = len(features.x)
    terms = ratio_terms(features.x, features.noise, features.between)
    found = Neighbours.none_yet(n, k)
    bounds = np.linspace(0, n, threads + 1).astype(np.int64)
    with ThreadPoolExecutor(threads) as pool:
        parts = pool.map(
            lambda rows: find_likeliest(terms, rows[0], rows[1], found), pairwise(bounds.tolist())
        )
        list(parts)
    return found


def _leiden(
    n: int, a: np.ndarray, b: np.ndarray, weight: np.ndarray, rules: GraphRules
) -> np.ndarray:
    """Partition a graph by modularity; two edges of the same nodes count with their sum."""
    key, row = np.unique(a * n + b, return_inverse=True)
    weight = np.bincount(row, weights=weight, minlength=len(key))
    community = n + np.arange(n)  # nodes without edges are alone
    if len(key):
        names = [str(node) for node in range(n)]
        edges = [
            (names[i], names[j], w)
            for i, j, w in zip(
                (key // n).tolist(), (key % n).tolist(), weight.tolist(), strict=True
            )
        ]
        _, found = graspologic_native.leiden(
            edges=edges,
            starting_communities=None,
            resolution=rules.resolution,
            randomness=0.001,
            iterations=1,
            use_modularity=True,
            seed=rules.seed,
            trials=1,
        )
        for node, number in found.items():
            community[int(node)] = number
    return number_by_first(community)


def number_by_first(label: np.ndarray) -> np.ndarray:
    """Number labels from 0 by their first occurrence, int64 (n,)."""
    _, first, label = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[label]


def merge_communities(
    features: Features,
    near: Neighbours,
    label: np.ndarray,
    length: np.ndarray,
    settled: np.ndarray,
    composition: int,
    rules: GraphRules,
    forbidden: np.ndarray,
) -> np.ndarray:
    """Merge communities that one genome explains better than two.

    Args:
        features: of m chunks.
        near: their likeliest neighbours.
        label: int64 (m,), community of each chunk, from 0 without gaps.
        length: float64 (m,), bp of each chunk.
        settled: float64 (dims,), variance below which no mean is known.
        composition: number of dimensions of composition.
        rules: thresholds.
        forbidden: bool (k, k), pairs that must not merge; communities from k on do not take part.

    Returns:
        int64 (m,), numbered by first chunk.
    """
    n, k = int(label.max()) + 1, len(forbidden)
    precision, weighted = summed_evidence(features, label, n, rules.tempering)
    groups = Groups(
        precision=precision[:k],
        weighted=weighted[:k],
        length=np.bincount(label, weights=length, minlength=n)[:k],
        ties=_ties(near, label, k),
        between=features.between,
        settled=settled,
        composition=composition,
        allowance=rules.allowance,
        no_length=rules.no_allowance_bp,
        full_length=rules.allowance_bp,
        separate=rules.separate,
    )
    target = np.arange(n)
    target[:k] = merge_groups(groups, forbidden)
    return number_by_first(target[label])


def _ties(near: Neighbours, label: np.ndarray, k: int) -> np.ndarray:
    """Sum the likelihood ratios of neighbours in the first k groups, float64 (k, k)."""
    a, b = np.repeat(label, near.node.shape[1]), label[near.node].ravel()
    kept = (near.node.ravel() >= 0) & (near.ratio.ravel() > 0) & (a < k) & (b < k)
    weight = near.ratio.ravel()[kept].astype(np.float64)
    ties = np.bincount(a[kept] * k + b[kept], weights=weight, minlength=k * k).reshape(k, k)
    return ties + ties.T


def summed_evidence(
    features: Features, label: np.ndarray, n: int, tempering: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Sum the precision, and the coordinates weighted by it, of each of n groups.

    Returns:
        float64 (n, dims), twice.
    """
    precision = 1 / (tempering * features.noise)
    dims = range(features.x.shape[1])
    sums = [np.bincount(label, weights=precision[:, d], minlength=n) for d in dims]
    weighted = [
        np.bincount(label, weights=(features.x * precision)[:, d], minlength=n) for d in dims
    ]
    # In C order, for which kernels are compiled, whatever n is.
    return np.stack(sums, axis=1), np.stack(weighted, axis=1)
