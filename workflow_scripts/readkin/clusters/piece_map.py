"""Map of the pieces for figures: two axes on which the genomes of a run lie far apart.

The axes are principal axes of the learned composition, of depth and, with several samples, of the
shares of the samples. Every dimension is in units of its spread within a genome.
"""

import numpy as np

from readkin.clusters.metric import coordinates
from readkin.clusters.profiles import (
    AbundanceScale,
    PieceProfiles,
    abundance_scale,
    piece_profiles,
)
from readkin.formats.metric import Metric
from readkin.formats.pieces import Pieces

BLOCK = 1 << 16  # pieces whose words are counted at a time
LONG_BP = 1000  # composition and depth of shorter pieces show little
MAX_LONG_PIECES = 100_000  # that determine the axes
DIGITS = 4  # behind the point; what threads and processors change in sums lies below
WITHIN = 0.05  # weight of the variance within clusters, which decides where clusters are few


def map_of_pieces(
    pieces: Pieces,
    sample_of_read: np.ndarray,
    n_samples: int,
    cluster: np.ndarray,
    metric: Metric,
) -> np.ndarray:
    """Return the coordinates of p pieces on the map.

    Args:
        pieces: the pieces.
        sample_of_read: int64 (n,), sample of each read, from 0.
        n_samples: number of samples.
        cluster: int32 (p,), cluster of each piece, -1 for none.
        metric: metric of composition that the run has learned.

    Returns:
        float32 (p, 2), nan where nothing of the sequence is known.
    """
    places = np.full((len(pieces), 2), np.nan, np.float32)
    profiles = piece_profiles(pieces, sample_of_read, n_samples)
    known = np.flatnonzero(profiles.length >= 4)
    if not known.size:
        return places
    long = _longest(known, profiles.length)
    scale = abundance_scale(profiles, long, 0.0)
    unit = _spread(profiles, long, scale)
    centre = _mean_shares(profiles, long)

    def features(rows: np.ndarray) -> np.ndarray:
        composition = coordinates(profiles.words(rows), metric, centre)
        return np.hstack([composition, scale.dimensions(profiles, rows)[0] / unit])

    of_long = np.vstack([features(block) for block in _blocks(long)])
    axes = _main_axes(of_long, profiles.length[long], cluster[long])
    for block in _blocks(known):
        places[block] = np.round(np.einsum("nd,dk->nk", features(block), axes), DIGITS)
    return places


def _blocks(rows: np.ndarray) -> list[np.ndarray]:
    return np.split(rows, range(BLOCK, len(rows), BLOCK))


def _longest(known: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Return the pieces of at least ``LONG_BP``, or all if there are none; the longest ones."""
    long = known[length[known] >= LONG_BP]
    long = long if long.size else known
    return long[np.argsort(-length[long], kind="stable")[:MAX_LONG_PIECES]]


def _spread(profiles: PieceProfiles, chosen: np.ndarray, scale: AbundanceScale) -> np.ndarray:
    """Return the spread of depth and shares by which counts of a mean base vary, (dims,)."""
    _, noise = scale.dimensions(profiles, chosen)
    return np.sqrt(np.average(noise, axis=0, weights=profiles.length[chosen]) + 0.02)


def _mean_shares(profiles: PieceProfiles, chosen: np.ndarray) -> np.ndarray:
    total = sum(profiles.words(block).sum(axis=0, dtype=np.float64) for block in _blocks(chosen))
    return np.asarray(total / max(np.sum(total), 1))


def _main_axes(x: np.ndarray, length: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """Return the two principal axes of the means of clusters, float64 (dims, 2).

    Args:
        x: float64 (m, dims).
        length: int64 (m,), bp.
        cluster: int64 (m,), -1 for none; each cluster counts by the square root of its length.
    """
    weight = length / length.sum()
    covariance = WITHIN * _covariance(x, weight)
    known = cluster >= 0
    _, group = np.unique(cluster[known], return_inverse=True)
    if group.size:
        size = np.bincount(group, weights=length[known])
        means = np.zeros((len(size), x.shape[1]))
        np.add.at(means, group, x[known] * length[known, None])
        means /= size[:, None]
        covariance += _covariance(means, np.sqrt(size) / np.sqrt(size).sum())
    axes = np.linalg.eigh(covariance)[1][:, :-3:-1]
    largest = np.abs(axes).argmax(axis=0)
    return np.asarray(axes * np.sign(axes[largest, range(2)]))


def _covariance(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the weighted covariance of rows, float64 (dims, dims), summed in a fixed order."""
    deviation = x - np.einsum("n,nd->d", weight, x)
    return np.einsum("n,nd,ne->de", weight, deviation, deviation)
