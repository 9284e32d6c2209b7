"""Exact histograms of integers, filled in batches, so that memory does not grow with the table."""

from collections.abc import Mapping
from typing import NamedTuple, Self

import numpy as np


class Bins(NamedTuple):
    """Bars of a histogram: bar i holds ``counts[i]`` values of [starts[i], starts[i] + width)."""

    starts: list[int]
    counts: list[int]
    width: int


class IntegerHistogram:
    """Number of occurrences of each integer >= 0; memory grows with the largest integer only."""

    def __init__(self) -> None:
        self.counts = np.zeros(0, dtype=np.int64)

    @classmethod
    def from_counts(cls, counts: Mapping[str, int]) -> Self:
        """Return a histogram of ``{"150": 2}``, as JSON stores it: the value 150 occurred twice."""
        histogram = cls()
        if counts:
            values = np.array([int(value) for value in counts])
            histogram.counts = np.zeros(values.max() + 1, dtype=np.int64)
            histogram.counts[values] = list(counts.values())
        return histogram

    def add(self, values: np.ndarray) -> None:
        """Count ``values``, integers >= 0 of shape (n,)."""
        self.merge(np.bincount(values.astype(np.int64)))

    def merge(self, counts: np.ndarray) -> None:
        """Add ``counts[i]`` occurrences of each value i."""
        summed = np.zeros(max(counts.size, self.counts.size), dtype=np.int64)
        summed[: self.counts.size] = self.counts
        summed[: counts.size] += counts
        self.counts = summed

    @property
    def total(self) -> int:
        """Number of values counted."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float | None:
        """Mean of the values."""
        return float(self.counts @ np.arange(self.counts.size)) / self.total if self.total else None

    def quantile(self, fraction: float) -> int | None:
        """Return the smallest value that at least ``fraction`` of the values do not exceed."""
        if not self.total:
            return None
        return int(np.searchsorted(np.cumsum(self.counts), fraction * self.total))

    def bins(self, most: int = 50) -> Bins:
        """Return up to ``most`` + 1 bars of one round width (1, 2, 5, 10, ...) with all values."""
        occurring = np.flatnonzero(self.counts)
        if not occurring.size:
            return Bins([], [], 1)
        least, largest = int(occurring[0]), int(occurring[-1])
        width = _round_width(largest - least + 1, most)
        starts = np.arange(least - least % width, largest + 1, width)
        return Bins(starts.tolist(), np.add.reduceat(self.counts, starts).tolist(), width)

    def counts_in(self, bins: Bins) -> list[int]:
        """Return the number of values in each bar of another histogram."""
        if not bins.starts:
            return []
        cumulated = np.concatenate(([0], np.cumsum(self.counts)))
        edges = np.array([*bins.starts, bins.starts[-1] + bins.width])
        return np.diff(cumulated[np.minimum(edges, self.counts.size)]).tolist()


def _round_width(extent: int, most: int) -> int:
    """Return the least of 1, 2, 5, 10, ... that covers ``extent`` with fewer than ``most`` bars."""
    scale = 1
    while True:
        for factor in (1, 2, 5):
            if extent < most * scale * factor:
                return scale * factor
        scale *= 10
