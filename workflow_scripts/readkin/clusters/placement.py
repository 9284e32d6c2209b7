"""Placement of pieces: posterior probability of each genome, and copies per genome."""

from dataclasses import dataclass

import numpy as np

from readkin.clusters.communities import Features, summed_evidence
from readkin.kernels.likelihood.posterior import GroupModel, Posteriors, place_pieces


@dataclass(frozen=True, kw_only=True)
class PlacementRules:
    """Probabilities for single pieces; all values were chosen by measurement.

    Attributes:
        outside: prior probability that a piece is of none of the genomes.
        tempering: factor of the variance of a piece: real genomes have heavier tails than Gaussian.
        outlying: probability that a piece lies outside of the depth of its genome.
        outlying_short: the same for pieces below ``short_bp``.
        short_bp: bp.
    """

    outside: float = 0.02
    tempering: float = 1.5
    outlying: float = 0.02
    outlying_short: float = 0.05
    short_bp: int = 10_000


def genome_model(
    features: Features,
    label: np.ndarray,
    length: np.ndarray,
    settled: np.ndarray,
    depth: int,
    rules: PlacementRules,
) -> GroupModel:
    """Describe genomes by the chunks of their communities.

    Args:
        features: of m chunks.
        label: int64 (m,), genome of each chunk, from 0 without gaps; -1 for none.
        length: float64 (m,), bp of each chunk; the prior of a genome is its share.
        settled: float64 (dims,), variance below which no mean is known.
        depth: dimension of the log depth.
        rules: probabilities.
    """
    known = label >= 0
    n = int(label.max()) + 1 if label.size else 0
    part = Features(x=features.x[known], noise=features.noise[known], between=features.between)
    precision, weighted = summed_evidence(part, label[known], n)
    damping = 1 / (1 + precision * settled)
    spread = features.between / (1 + features.between * precision * damping)
    size = np.bincount(label[known], weights=length[known], minlength=n)
    return GroupModel(
        mean=weighted * damping * spread,
        spread=spread,
        log_prior=np.log((1 - rules.outside) * size / size.sum()),
        between=features.between,
        log_outside=float(np.log(rules.outside)),
        depth=depth,
    )


def place(
    features: Features,
    length: np.ndarray,
    is_shared: np.ndarray,
    given: np.ndarray,
    model: GroupModel,
    rules: PlacementRules,
) -> Posteriors:
    """Compute the posterior of the genomes for pieces.

    The depth of a piece of shared sequence counts for nothing; that of a short one may be a
    multiple of the depth of its genome.

    Args:
        features: of the pieces.
        length: int64 (p,), bp.
        is_shared: bool (p,), whether a piece is shared sequence.
        given: int64 (p,), genome whose probability to return too, or -1.
        model: the genomes.
        rules: probabilities.
    """
    outlying = np.where(length < rules.short_bp, rules.outlying_short, rules.outlying)
    outlying = np.where(is_shared, 1.0, outlying)
    return place_pieces(features.x, features.noise * rules.tempering, outlying, given, model)
