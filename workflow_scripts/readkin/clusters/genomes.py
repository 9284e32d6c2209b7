"""Genomes: pieces of reads, joined by composition and by their depth in every sample."""

from dataclasses import dataclass, field, replace

import numpy as np
from threadpoolctl import threadpool_limits

from readkin.clusters.assignments import Assignments, Genomes, numbered
from readkin.clusters.founding import FoundingRules, found_genomes, large_genomes
from readkin.clusters.placement import PlacementRules, place_all
from readkin.clusters.profiles import PieceProfiles, cut_into_chunks, piece_profiles
from readkin.clusters.strains import StrainRules, find_strains
from readkin.formats.metric import Metric
from readkin.formats.pieces import Pieces
from readkin.progress import log

__all__ = ["GenomeRules", "Genomes", "find_genomes"]

PURITY_OF_PIECES = 0.99  # share of their reads that are of one genome, measured at 2x and more


@dataclass(frozen=True, kw_only=True)
class GenomeRules:
    """Settings ``cluster``, and thresholds that were chosen by measurement.

    Attributes:
        rounds: how often the metric is learned again.
        strains: whether to look for strains.
        seed: of the search for communities.
        founding, placement, strain: thresholds of the steps.
    """

    rounds: int = 2
    strains: bool = True
    seed: int = 1
    founding: FoundingRules = field(default_factory=FoundingRules)
    placement: PlacementRules = field(default_factory=PlacementRules)
    strain: StrainRules = field(default_factory=StrainRules)


def _each_piece(profiles: PieceProfiles) -> Assignments:
    """Return each piece of several fragments as a cluster, without shared pieces."""
    pieces = profiles.pieces
    placed = Assignments.none_yet(len(pieces))
    several = np.flatnonzero((profiles.fragments.sum(axis=1) > 1) & ~pieces.is_shared_piece)
    placed.cluster[several] = np.arange(len(several))
    placed.confidence[several] = PURITY_OF_PIECES
    return placed


@threadpool_limits.wrap(limits=1, user_api="blas")  # whose sums depend on its threads
def find_genomes(
    pieces: Pieces,
    sample_of_read: np.ndarray,
    n_samples: int,
    rules: GenomeRules,
    metric: Metric,
    threads: int = 1,
) -> Genomes:
    """Join pieces into genomes; their number need not be known.

    Where no piece is long enough to found a genome, each piece of several fragments is a cluster.

    Args:
        pieces: the pieces.
        sample_of_read: int64 (n,), sample of each read, from 0.
        n_samples: number of samples.
        rules: settings and thresholds.
        metric: metric of composition to start with.
        threads: threads to use; the result does not depend on it.
    """
    profiles = piece_profiles(pieces, sample_of_read, n_samples)
    limits = rules.founding
    chunks = cut_into_chunks(profiles, limits.founding_bp, limits.chunk_bp, limits.max_chunks)
    if not len(chunks.founders):
        log.warning("cluster: no piece of %d bp or more: each is a cluster", limits.founding_bp)
        return numbered(profiles, _each_piece(profiles), metric)
    limits = replace(limits, graph=replace(limits.graph, seed=rules.seed))
    founding = found_genomes(profiles, chunks, metric, rules.rounds, limits, threads)
    founding = replace(founding, label=large_genomes(founding, limits))
    settled = founding.space.settled(limits.settled_bp)
    placed = place_all(profiles, founding, settled, rules.placement)
    if rules.strains:
        find_strains(profiles, founding.space.scale, placed, rules.strain)
    return numbered(profiles, placed, founding.space.metric)
