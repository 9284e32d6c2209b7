"""Genomes: pieces of reads, joined by composition and by their depth in every sample."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from readkin.clusters.communities import (
    GraphRules,
    find_communities,
    merge_communities,
    number_by_first,
)
from readkin.clusters.metric import learned_metric
from readkin.clusters.placement import PlacementRules, genome_model, place
from readkin.clusters.profiles import (
    AbundanceScale,
    Chunks,
    PieceProfiles,
    cut_into_chunks,
    piece_profiles,
)
from readkin.clusters.space import Space, space_of
from readkin.clusters.strains import (
    StrainRules,
    conflicting_share,
    divide_cluster,
    species_of_clusters,
)
from readkin.formats.metric import Metric
from readkin.formats.pieces import Pieces
from readkin.kernels.likelihood.posterior import GroupModel

BLOCK = 1 << 16  # pieces that are placed at a time
UNPHASED_SHARE = 0.05  # of the reads of a cluster beside others that differ, to be reported


@dataclass(frozen=True, kw_only=True)
class GenomeRules:
    """Settings ``cluster``, and thresholds that were chosen by measurement.

    Attributes:
        rounds: how often the metric is learned again.
        strains: whether to look for strains.
        seed: of the search for communities.
        founding_bp: shorter pieces found no genome.
        chunk_bp: length of the chunks into which founding pieces are cut.
        max_chunks: the shortest founding pieces are left out if there would be more.
        settled_bp: the mean of a genome is never known better than from so much sequence.
        smallest_bp: genomes with less founding sequence are none.
        overdispersion: variance of log depths within a genome beyond that of counts.
        graph, placement, strain: thresholds of the steps.
    """

    rounds: int = 2
    strains: bool = True
    seed: int = 1
    founding_bp: int = 1000
    chunk_bp: int = 10_000
    max_chunks: int = 100_000
    settled_bp: int = 300_000
    smallest_bp: int = 50_000
    overdispersion: float = 0.02
    graph: GraphRules = field(default_factory=GraphRules)
    placement: PlacementRules = field(default_factory=PlacementRules)
    strain: StrainRules = field(default_factory=StrainRules)


@dataclass(frozen=True, eq=False, kw_only=True)
class Genomes:
    """Clusters of p pieces: g genomes, numbered from 0 by falling number of reads.

    Attributes:
        cluster: int32 (p,), most probable genome; -1 if it is more probable that the piece is of
            none of them.
        confidence: float32 (p,), posterior probability of that genome, 0 for -1.
        second: int32 (p,), the next best one, or -1.
        second_confidence: float32 (p,), its posterior probability.
        strain: int32 (p,), 0 where no strains were found in the cluster; else from 1.
        strain_confidence: float32 (p,), posterior probability of the strain within the cluster.
        copy_number: float32 (p,), depth relative to that of the cluster; nan without a cluster.
        evidence: numbers behind each division into strains.
        metric: metric learned in this run.
    """

    cluster: np.ndarray
    confidence: np.ndarray
    second: np.ndarray
    second_confidence: np.ndarray
    strain: np.ndarray
    strain_confidence: np.ndarray
    copy_number: np.ndarray
    evidence: list[dict[str, Any]]
    metric: Metric

    @property
    def n_clusters(self) -> int:
        """Number of genomes."""
        return int(self.cluster.max(initial=-1)) + 1


def find_genomes(
    pieces: Pieces,
    sample_of_read: np.ndarray,
    n_samples: int,
    rules: GenomeRules,
    metric: Metric,
    threads: int = 1,
) -> Genomes:
    """Join pieces into genomes; their number need not be known.

    Args:
        pieces: the pieces.
        sample_of_read: int64 (n,), sample of each read, from 0.
        n_samples: number of samples.
        rules: settings and thresholds.
        metric: metric of composition to start with.
        threads: threads to use; the result does not depend on it.
    """
    profiles = piece_profiles(pieces, sample_of_read, n_samples)
    chunks = cut_into_chunks(profiles, rules.founding_bp, rules.chunk_bp, rules.max_chunks)
    if not len(chunks.founders):
        return _no_genomes(len(pieces), metric)
    space, label = _found(profiles, chunks, rules, metric, threads)
    placed = _place_all(profiles, chunks, space, _large_genomes(chunks, label, rules), rules)
    if rules.strains:
        _find_strains(profiles, space.scale, placed, rules.strain)
    return _numbered(profiles, placed, space.metric)


def _found(
    profiles: PieceProfiles, chunks: Chunks, rules: GenomeRules, metric: Metric, threads: int
) -> tuple[Space, np.ndarray]:
    """Return the space learned from the genomes found, and the genome of each founder."""
    space = space_of(metric, profiles, chunks, rules.overdispersion)
    label = np.zeros(0, np.int64)
    for turn in range(rules.rounds + 1):
        if turn:
            learned = learned_metric(metric, chunks.words, chunks.length, label[chunks.owner])
            space = space_of(learned, profiles, chunks, rules.overdispersion)
        features = space.of_chunks(profiles, chunks)
        graph = replace(rules.graph, seed=rules.seed + turn)
        community = find_communities(features, chunks.owner, graph, threads)
        label = majority(chunks.owner, community, chunks.length)
        merged = merge_communities(
            features, label[chunks.owner], chunks.length, space.settled(rules.settled_bp), graph
        )
        label = merged[np.flatnonzero(np.diff(chunks.owner, prepend=-1))]
    return space, label


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


def _large_genomes(chunks: Chunks, label: np.ndarray, rules: GenomeRules) -> np.ndarray:
    """Return the genome of each founder, numbered without gaps; -1 in genomes that are too small.

    The largest genome counts at any size.
    """
    size = np.bincount(label[chunks.owner], weights=chunks.length)
    is_large = size >= min(rules.smallest_bp, size.max())
    return np.where(is_large, np.cumsum(is_large) - 1, -1)[label]


@dataclass(eq=False)
class _Placed:
    """Genomes of all pieces before they are numbered; attributes as those of ``Genomes``."""

    cluster: np.ndarray
    confidence: np.ndarray
    second: np.ndarray
    second_confidence: np.ndarray
    strain: np.ndarray
    strain_confidence: np.ndarray
    evidence: list[dict[str, Any]] = field(default_factory=list)


def _place_all(
    profiles: PieceProfiles, chunks: Chunks, space: Space, label: np.ndarray, rules: GenomeRules
) -> _Placed:
    """Place all pieces; founders keep their genome and get its probability."""
    model = genome_model(
        space.of_chunks(profiles, chunks),
        label[chunks.owner],
        chunks.length,
        space.settled(rules.settled_bp),
        space.depth,
        rules.placement,
    )
    p = len(profiles.pieces)
    given = np.full(p, -1, np.int64)
    given[chunks.founders] = label
    placed = _Placed(
        cluster=given.copy(),
        confidence=np.zeros(p),
        second=np.full(p, -1, np.int64),
        second_confidence=np.zeros(p),
        strain=np.zeros(p, np.int64),
        strain_confidence=np.zeros(p),
    )
    for start in range(0, p, BLOCK):
        rows = np.arange(start, min(start + BLOCK, p))
        _place_block(profiles, rows, space, given[rows], model, rules, placed)
    return placed


def _place_block(
    profiles: PieceProfiles,
    rows: np.ndarray,
    space: Space,
    given: np.ndarray,
    model: GroupModel,
    rules: GenomeRules,
    placed: _Placed,
) -> None:
    """Place the pieces ``rows``, and fill in their rows of ``placed``."""
    features = space.of_pieces(profiles, rows)
    is_shared = profiles.pieces.is_shared_piece[rows]
    found = place(features, profiles.length[rows], is_shared, given, model, rules.placement)
    is_placed = (found.p_first > found.p_outside) & (profiles.length[rows] > 0)
    is_given = given >= 0
    cluster = np.where(is_given, given, np.where(is_placed, found.first, -1))
    is_first = (cluster == found.first) | ~is_given
    placed.cluster[rows] = cluster
    placed.confidence[rows] = np.where(
        is_given, found.p_given, np.where(is_placed, found.p_first, 0)
    )
    placed.second[rows] = np.where(is_first, found.second, found.first)
    placed.second_confidence[rows] = np.where(is_first, found.p_second, found.p_first)


def _find_strains(
    profiles: PieceProfiles, scale: AbundanceScale, placed: _Placed, rules: StrainRules
) -> None:
    """Join rival clusters into species with strains, and divide others, in place."""
    pieces = profiles.pieces
    n = int(placed.cluster.max(initial=-1)) + 1
    species = species_of_clusters(pieces, placed.cluster, n, rules)
    _join_rivals(profiles, placed, species)
    n = int(species.max(initial=-1)) + 1
    conflicts = conflicting_share(pieces, placed.cluster, n)
    for cluster in np.flatnonzero(np.bincount(species) == 1):
        members = np.flatnonzero(placed.cluster == cluster)
        division = divide_cluster(profiles, members, scale, rules)
        if division:
            is_first = division.log_odds > 0
            placed.strain[members] = np.where(is_first, 1, 2)
            placed.strain_confidence[members] = 1 / (1 + np.exp(-np.abs(division.log_odds)))
            placed.evidence.append({"cluster": int(cluster)} | division.evidence)
        elif conflicts[cluster] > UNPHASED_SHARE:
            share = round(float(conflicts[cluster]), 3)
            placed.evidence.append(
                {"cluster": int(cluster), "kind": "not phased", "reads_in_conflict": share}
            )


def _join_rivals(profiles: PieceProfiles, placed: _Placed, species: np.ndarray) -> None:
    """Replace clusters by their species, and number the strains in those with several clusters."""
    n_species = int(species.max(initial=-1)) + 1
    size = np.bincount(species, minlength=n_species)
    strain = np.zeros(len(species) + 1, np.int64)  # the last one for pieces without a cluster
    for number in np.flatnonzero(size > 1):
        clusters = np.flatnonzero(species == number)
        strain[clusters] = 1 + np.arange(len(clusters))
        placed.evidence.append(
            {"cluster": int(number), "kind": "clusters side by side", "strains": len(clusters)}
        )
    padded = np.append(species, -1)
    is_same = (padded[placed.cluster] == padded[placed.second]) & (placed.cluster >= 0)
    both = placed.confidence + placed.second_confidence
    placed.strain[:] = strain[placed.cluster]
    certainty = np.where(is_same, placed.confidence / np.maximum(both, 1e-300), 1)
    placed.strain_confidence[:] = np.where(placed.strain > 0, certainty, 0)
    placed.confidence[:] = np.where(is_same, both, placed.confidence)
    placed.cluster[:] = padded[placed.cluster]
    placed.second[:] = np.where(is_same, -1, padded[placed.second])
    placed.second_confidence[is_same] = 0


def _numbered(profiles: PieceProfiles, placed: _Placed, metric: Metric) -> Genomes:
    """Number genomes, and strains within them, by falling number of reads."""
    pieces = profiles.pieces
    cluster, number = _renumbered(placed.cluster, pieces.n_reads)
    strain = placed.strain.copy()
    for old in np.unique(placed.cluster[strain > 0]):
        members = np.flatnonzero((placed.cluster == old) & (strain > 0))
        strain[members] = 1 + _renumbered(strain[members] - 1, pieces.n_reads[members])[0]
    return Genomes(
        cluster=cluster.astype(np.int32),
        confidence=placed.confidence.astype(np.float32),
        second=number[placed.second].astype(np.int32),
        second_confidence=placed.second_confidence.astype(np.float32),
        strain=strain.astype(np.int32),
        strain_confidence=placed.strain_confidence.astype(np.float32),
        copy_number=copy_numbers(profiles, _strain_groups(cluster, strain)),
        evidence=[
            entry | {"cluster": int(number[entry["cluster"]])}
            for entry in sorted(placed.evidence, key=lambda entry: number[entry["cluster"]])
        ],
        metric=metric,
    )


def _renumbered(label: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number labels by falling weight, ties by first occurrence; -1 stays.

    Returns:
        int64 (n,), new numbers; int64 (labels + 1,), the new number of each old one, with -1 last.
    """
    n = int(label.max(initial=-1)) + 1
    known = label >= 0
    total = np.bincount(label[known], weights=weight[known], minlength=n)
    first = np.full(n, len(label))
    np.minimum.at(first, label[known], np.flatnonzero(known))
    number = np.full(n + 1, -1, np.int64)
    number[np.lexsort((first, -total))] = np.arange(n)
    return number[label], number


def _strain_groups(cluster: np.ndarray, strain: np.ndarray) -> np.ndarray:
    """Return one number for each strain, or cluster without strains; -1 without a cluster."""
    width = int(strain.max(initial=0)) + 1
    return np.where(cluster >= 0, cluster * width + strain, -1)


def copy_numbers(profiles: PieceProfiles, cluster: np.ndarray) -> np.ndarray:
    """Return the depth of each piece relative to the median base of its cluster.

    Args:
        profiles: of all pieces.
        cluster: int64 (p,), -1 for none.

    Returns:
        float32 (p,), nan without a cluster.
    """
    order = np.lexsort((profiles.log_depth, cluster))
    order = order[cluster[order] >= 0]
    copies = np.full(len(cluster), np.nan, np.float32)
    if not order.size:
        return copies
    bases = np.cumsum(profiles.length[order])
    starts = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    before = np.where(starts > 0, bases[starts - 1], 0)
    ends = np.append(starts[1:], len(order))
    middle = np.searchsorted(bases, (before + bases[ends - 1]) / 2)
    median = profiles.log_depth[order[np.minimum(middle, len(order) - 1)]]
    copies[order] = np.exp(profiles.log_depth[order] - np.repeat(median, ends - starts))
    return copies


def _no_genomes(p: int, metric: Metric) -> Genomes:
    none, zero = np.full(p, -1, np.int32), np.zeros(p, np.float32)
    return Genomes(
        cluster=none,
        confidence=zero,
        second=none,
        second_confidence=zero,
        strain=np.zeros(p, np.int32),
        strain_confidence=zero,
        copy_number=np.full(p, np.nan, np.float32),
        evidence=[],
        metric=metric,
    )
