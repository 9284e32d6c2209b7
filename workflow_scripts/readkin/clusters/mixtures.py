"""Two strains in one cluster: mixtures of two depths, or of two profiles over samples."""

from dataclasses import dataclass

import numpy as np

STEPS = 50
LOW, HIGH = (0.05, 0.15, 0.25, 0.4), (0.6, 0.75, 0.85, 0.95)  # quantiles to start from
STRAY = 0.02  # share of pieces that fit neither
STRAY_DEVIATION = 1.4  # of the natural logarithm, of these pieces
LEAST_SHARE, MOST_SHARE = 0.01, 0.99


@dataclass(frozen=True, eq=False, kw_only=True)
class Mixture:
    """Two groups of pieces with different abundances.

    Attributes:
        first, second: float64 (dims,), mean log abundances of both.
        share: weight of the first.
        gain: log likelihood gained over a single group, per unit of weight.
    """

    first: np.ndarray
    second: np.ndarray
    share: float
    gain: float

    @property
    def separation(self) -> float:
        """Largest difference of both in any dimension, natural logarithm."""
        return float(np.abs(self.first - self.second).max())

    def log_odds(self, x: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """Return the log odds of the first group, float64 (n,)."""
        odds = _log_density(x, noise, self.first) - _log_density(x, noise, self.second)
        return odds + np.log(self.share) - np.log1p(-self.share)


def best_mixture(x: np.ndarray, noise: np.ndarray, weight: np.ndarray) -> Mixture:
    """Fit a mixture of two groups to pieces, from several starts; the most likely fit counts.

    Args:
        x, noise: float64 (n, dims), log abundances and their variances.
        weight: float64 (n,), weight of each piece.
    """
    centre = _mean(x, noise, weight)
    stray = np.log(STRAY) + _log_density(x, np.full_like(x, STRAY_DEVIATION**2), centre)
    alone = (weight * np.logaddexp(_log_density(x, noise, centre), stray)).sum()
    along = x @ _main_direction(x - centre, noise, weight)
    order = np.argsort(along, kind="stable")
    best: Mixture | None = None
    for low in LOW:
        for high in HIGH:
            ends = [order[round(q * (len(x) - 1))] for q in (low, high)]
            fit = _fit(x, noise, weight, stray, x[ends[0]], x[ends[1]], alone)
            if best is None or fit.gain > best.gain:
                best = fit
    assert best is not None
    return best


def _fit(
    x: np.ndarray,
    noise: np.ndarray,
    weight: np.ndarray,
    stray: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    alone: float,
) -> Mixture:
    """Improve a mixture by expectation maximisation."""
    share = 0.5
    likelihood = -np.inf
    for _ in range(STEPS):
        log_first = np.log(share) + _log_density(x, noise, first)
        log_second = np.log1p(-share) + _log_density(x, noise, second)
        total = np.logaddexp(np.logaddexp(log_first, log_second), stray)
        likelihood = float((weight * total).sum())
        parts = (weight * np.exp(log_first - total), weight * np.exp(log_second - total))
        first, second = (_mean(x, noise, part + 1e-12) for part in parts)
        sums = [part.sum() for part in parts]
        share = float(np.clip(sums[0] / max(sum(sums), 1e-300), LEAST_SHARE, MOST_SHARE))
    gain = (likelihood - alone) / weight.sum()
    return Mixture(first=first, second=second, share=share, gain=gain)


def _mean(x: np.ndarray, noise: np.ndarray, weight: np.ndarray) -> np.ndarray:
    weights = weight[:, None] / noise
    return (weights * x).sum(axis=0) / weights.sum(axis=0)


def _main_direction(deviation: np.ndarray, noise: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the direction in which pieces vary most, in units of their noise."""
    scaled = deviation * np.sqrt(weight[:, None] / noise)
    vector = np.linalg.eigh(scaled.T @ scaled)[1][:, -1]
    return vector * np.sign(vector[np.argmax(np.abs(vector))])


def _log_density(x: np.ndarray, noise: np.ndarray, mean: np.ndarray) -> np.ndarray:
    return -0.5 * ((x - mean) ** 2 / noise + np.log(2 * np.pi * noise)).sum(axis=1)
