"""Founding of genomes: rounds of communities and of learning the metric from them."""

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from readkin.clusters.communities import (
    GraphRules,
    agreement_of_neighbours,
    find_communities,
    merge_communities,
    neighbours_of,
    number_by_first,
)
from readkin.clusters.contacts import contacts_of_groups, rivals
from readkin.clusters.metric import learned_metric
from readkin.clusters.profiles import Chunks, PieceProfiles, overdispersion_within
from readkin.clusters.space import Space, space_of
from readkin.formats.metric import Metric
from readkin.kernels.likelihood.neighbours import Neighbours


@dataclass(frozen=True, kw_only=True)
class FoundingRules:
    """How genomes are founded; all values were chosen by measurement.

    Attributes:
        founding_bp: shorter pieces found no genome.
        chunk_bp: length of the chunks into which founding pieces are cut.
        max_chunks: the shortest founding pieces are left out if there would be more.
        settled_bp: the mean composition of a genome is never known better than from so much
            sequence.
        smallest_bp: genomes with less founding sequence are none.
        max_groups: number of communities, the longest ones, that may merge.
        rivals_per_read: contradicting alignments between two communities, for each read of the
            smaller one, that keep them apart as strains.
        overdispersion: variance of log depths within a genome beyond that of counts, before it
            is estimated.
        graph: thresholds of the communities.
    """

    founding_bp: int = 1000
    chunk_bp: int = 10_000
    max_chunks: int = 100_000
    settled_bp: int = 300_000
    smallest_bp: int = 40_000
    max_groups: int = 5000
    rivals_per_read: float = 0.5
    overdispersion: float = 0.02
    graph: GraphRules = field(default_factory=GraphRules)


@dataclass(frozen=True, eq=False, kw_only=True)
class Founding:
    """Genomes of the f founders.

    Attributes:
        chunks: chunks of the founders.
        space: dimensions of the features, learned from the genomes.
        label: int64 (f,), genome of each founder, from 0 by falling length.
        agreement: float64 (f,), share of its likely neighbours that are of its species.
    """

    chunks: Chunks
    space: Space
    label: np.ndarray
    agreement: np.ndarray


def found_genomes(
    profiles: PieceProfiles,
    chunks: Chunks,
    metric: Metric,
    rounds: int,
    rules: FoundingRules,
    threads: int,
) -> Founding:
    """Found genomes, and learn the metric again from them in each round.

    Args:
        profiles: of all pieces.
        chunks: of the founders, at least one.
        metric: metric of composition to start with.
        rounds: how often it is learned again.
        rules: thresholds.
        threads: threads to use.
    """
    space = space_of(metric, profiles, chunks, rules.overdispersion)
    near, label = _round(profiles, chunks, space, 0, rules, threads)
    for turn in range(1, rounds + 1):
        learned = learned_metric(metric, chunks.words, chunks.length, label[chunks.owner])
        spread = overdispersion_within(profiles, chunks.founders, label, space.scale)
        space = space_of(learned, profiles, chunks, spread)
        near, label = _round(profiles, chunks, space, turn, rules, threads)
    is_rival = csr_array(_rivals(profiles, chunks, label, rules))
    species = np.arange(int(label.max()) + 1)
    species[: is_rival.shape[0]] = connected_components(is_rival, directed=False)[1]
    agreement = agreement_of_neighbours(near, species[label[chunks.owner]])
    bases = np.bincount(chunks.owner, weights=chunks.length)
    agreement = np.bincount(chunks.owner, weights=agreement * chunks.length) / np.maximum(bases, 1)
    return Founding(chunks=chunks, space=space, label=label, agreement=agreement)


def _round(
    profiles: PieceProfiles,
    chunks: Chunks,
    space: Space,
    turn: int,
    rules: FoundingRules,
    threads: int,
) -> tuple[Neighbours, np.ndarray]:
    """Return the likeliest neighbours of the chunks, and the genome of each founder."""
    features = space.of_chunks(profiles, chunks)
    near = neighbours_of(features, rules.graph.neighbours, threads)
    graph = replace(rules.graph, seed=rules.graph.seed + turn)
    community = find_communities(near, chunks.owner, graph)
    label = by_falling_length(majority(chunks.owner, community, chunks.length), chunks)
    settled = space.settled(rules.settled_bp)
    forbidden = _rivals(profiles, chunks, label, rules)
    merged = merge_communities(
        features, near, label[chunks.owner], chunks.length, settled, space.depth, graph, forbidden
    )
    label = merged[np.flatnonzero(np.diff(chunks.owner, prepend=-1))]
    return near, by_falling_length(label, chunks)


def _rivals(
    profiles: PieceProfiles, chunks: Chunks, label: np.ndarray, rules: FoundingRules
) -> np.ndarray:
    """Return which of the longest communities are strains of one species, bool (k, k)."""
    k = min(int(label.max()) + 1, rules.max_groups)
    group = np.full(len(profiles.pieces), -1, np.int64)
    group[chunks.founders] = np.where(label < k, label, -1)
    return rivals(contacts_of_groups(profiles.pieces, group, k), rules.rivals_per_read)


def by_falling_length(label: np.ndarray, chunks: Chunks) -> np.ndarray:
    """Number the labels of founders from 0 by falling length, ties by number, int64 (founders,)."""
    size = np.bincount(label[chunks.owner], weights=chunks.length)
    number = np.empty(len(size), np.int64)
    number[np.argsort(-size, kind="stable")] = np.arange(len(size))
    return number[label]


def majority(owner: np.ndarray, community: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Return the community with most bases of each piece, ties by number, from 0 without gaps.

    Args:
        owner, community: int64 (m,), piece and community of each chunk.
        length: float64 (m,), bp.
    """
    n = int(community.max()) + 1
    key, row = np.unique(owner * n + community, return_inverse=True)
    bases = np.bincount(row, weights=length)
    order = np.lexsort((key % n, -bases, key // n))
    first = np.flatnonzero(np.diff(key[order] // n, prepend=-1))
    return number_by_first((key % n)[order][first])


def large_genomes(founding: Founding, rules: FoundingRules) -> np.ndarray:
    """Return the genome of each founder, numbered without gaps; -1 in genomes that are too small.

    The largest genome counts at any size.
    """
    chunks, label = founding.chunks, founding.label
    size = np.bincount(label[chunks.owner], weights=chunks.length)
    is_large = size >= min(rules.smallest_bp, size.max())
    return np.where(is_large, np.cumsum(is_large) - 1, -1)[label]
