"""Metrics of composition: coordinates of sequences, and learning from the clusters of a run."""

import numpy as np
from scipy.linalg import eigh

from readkin.formats.metric import Metric
from readkin.kernels.composition.counts import projected_shares

STRETCH = 4000  # bp, length at which the covariance within genomes is defined
DECAY = 0.8  # the variance within genomes falls as length^-DECAY
DIMENSIONS = 40
RIDGE = 0.01  # of the mean variance, added to the covariance within
SMALLEST_VARIANCE = 1e-3  # of genomes, relative to that within; axes below it show nothing
OWN_WEIGHT = 2  # genomes known before that count as much as one of the run
STRETCHES_BEFORE = 1000  # stretches of the run that count as much as all genomes known before
LEARNING_BP = 200_000  # clusters with less sequence teach nothing


def variance_of_length(length: np.ndarray) -> np.ndarray:
    """Return the variance within a genome along the axes of a metric, float64 (n,).

    Args:
        length: (n,), bp.
    """
    return (np.maximum(length, 1) / STRETCH) ** -DECAY


def coordinates(counts: np.ndarray, metric: Metric, centre: np.ndarray) -> np.ndarray:
    """Return the coordinates on the axes of ``metric``, relative to those of ``centre``.

    Args:
        counts: int32 (n, 136).
        metric: metric.
        centre: float64 (136,), shares at the origin.

    Returns:
        float64 (n, dims).
    """
    axes = metric.axes / np.sqrt(metric.background)[:, None]
    return projected_shares(counts, axes, centre @ axes)


def learned_metric(
    start: Metric, counts: np.ndarray, length: np.ndarray, cluster: np.ndarray
) -> Metric:
    """Estimate a metric from clusters and mix it with the one that it started from.

    Of the covariance between genomes, a genome of the run counts as much as two others; of that
    within genomes, each stretch counts.

    Args:
        start: metric that the run started from.
        counts: int32 (n, 136), of stretches.
        length: float64 (n,), bp of each stretch.
        cluster: int64 (n,), cluster of each stretch; -1 for none.
    """
    known = cluster >= 0
    size = np.bincount(cluster[known], weights=length[known])
    within = np.zeros_like(start.within)
    stretches = 0
    means = []
    for number in np.flatnonzero(size >= LEARNING_BP):
        members = cluster == number
        weight = 1 / variance_of_length(length[members])
        excess = excess_of(counts[members], start.background)
        mean = weight @ excess / weight.sum()
        deviation = (excess - mean) * np.sqrt(weight)[:, None]
        within += deviation.T @ deviation
        stretches += len(deviation)
        means.append(mean)
    if len(means) < 2:
        return start
    own = OWN_WEIGHT * len(means)
    total = start.genomes + own
    between = (start.genomes * start.between + own * np.cov(np.array(means).T)) / total
    within = (STRETCHES_BEFORE * start.within + within) / (STRETCHES_BEFORE + stretches)
    return metric_with_axes(start.background, within, between, start.genomes + len(means))


def excess_of(counts: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Return ``(share - background) / sqrt(background)``, float64 (n, 136)."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return (shares - background) / np.sqrt(background)


def metric_with_axes(
    background: np.ndarray, within: np.ndarray, between: np.ndarray, genomes: float
) -> Metric:
    """Return the metric with axes on which ``within`` is 1 and ``between`` diagonal.

    Args: as the attributes of ``Metric``.
    """
    ridge = RIDGE * np.trace(within) / len(within)
    variance, axes = eigh(between, within + ridge * np.eye(len(within)))
    kept = np.argsort(-variance, kind="stable")[:DIMENSIONS]
    kept = kept[variance[kept] > SMALLEST_VARIANCE]
    return Metric(
        background=background,
        within=within,
        between=between,
        axes=np.ascontiguousarray(axes[:, kept]),
        variance=variance[kept],
        genomes=float(genomes),
    )
