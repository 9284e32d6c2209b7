"""The space in which genomes are distinguished: composition, depth, and shares of the samples."""

from dataclasses import dataclass

import numpy as np

from readkin.clusters.communities import Features
from readkin.clusters.metric import coordinates, variance_of_length
from readkin.clusters.profiles import AbundanceScale, Chunks, PieceProfiles, abundance_scale
from readkin.formats.metric import Metric

LEAST_SETTLED = 0.005  # variance of mean log depths and log shares


@dataclass(frozen=True, eq=False, kw_only=True)
class Space:
    """Axes of composition, then log depth, then with several samples one log share for each.

    Attributes:
        metric: axes of composition.
        centre: float64 (136,), composition at the origin: that of all founders.
        scale: dimensions of depth and shares.
    """

    metric: Metric
    centre: np.ndarray
    scale: AbundanceScale

    @property
    def depth(self) -> int:
        """Dimension of the log depth."""
        return len(self.metric.variance)

    @property
    def between(self) -> np.ndarray:
        """Variance over genomes, float64 (dims,)."""
        return np.concatenate([self.metric.variance, self.scale.variance])

    def settled(self, length: float) -> np.ndarray:
        """Return the variance below which no mean of a genome is known, float64 (dims,).

        Regions of a genome differ in depth by half of the overdispersion of its pieces.

        Args:
            length: bp, from which the composition is never known better.
        """
        composition = np.full(self.depth, variance_of_length(np.array([length]))[0])
        return np.append(composition, LEAST_SETTLED + self.scale.overdispersion / 2)

    def of_chunks(self, profiles: PieceProfiles, chunks: Chunks) -> Features:
        """Return the features of chunks; depth and shares are those of their pieces."""
        x, noise = self.scale.dimensions(profiles, chunks.founders)
        return self._features(chunks.words, chunks.length, x[chunks.owner], noise[chunks.owner])

    def of_pieces(self, profiles: PieceProfiles, chosen: np.ndarray) -> Features:
        """Return the features of chosen pieces."""
        words = profiles.words(chosen)
        length = np.maximum(profiles.length[chosen], 100)
        return self._features(words, length, *self.scale.dimensions(profiles, chosen))

    def _features(
        self, words: np.ndarray, length: np.ndarray, x: np.ndarray, noise: np.ndarray
    ) -> Features:
        composition = coordinates(words, self.metric, self.centre)
        spread = np.repeat(variance_of_length(length)[:, None], self.depth, axis=1)
        return Features(
            x=np.hstack([composition, x]),
            noise=np.hstack([spread, noise]),
            between=self.between,
        )


def space_of(
    metric: Metric,
    profiles: PieceProfiles,
    chunks: Chunks,
    overdispersion: np.ndarray | float,
) -> Space:
    """Return the space of a metric, with its origin in the mean of the founders."""
    total = chunks.words.sum(axis=0, dtype=np.float64)
    return Space(
        metric=metric,
        centre=total / max(total.sum(), 1),
        scale=abundance_scale(profiles, chunks.founders, overdispersion),
    )
