"""Profile of lengths and qualities of reads."""

from typing import Any

import numpy as np

from readkin.formats.fastq import Records

LOWEST_QUALITY, HIGHEST_QUALITY = 33, 126


class QualityProfile:
    """Histograms of lengths and qualities of reads, summed chunk by chunk."""

    def __init__(self) -> None:
        self.reads = self.bases = 0
        self.lengths = np.zeros(1, np.int64)
        self.mean_qualities = np.zeros(1, np.int64)
        self.quality_sums = np.zeros(1)
        self.quality_counts = np.zeros(1, np.int64)
        self.lowest, self.highest = HIGHEST_QUALITY, LOWEST_QUALITY

    def add(self, records: Records) -> None:
        """Add ``records`` to the profile."""
        lengths = np.fromiter(map(len, records.bases), np.int64, len(records))
        quality = np.frombuffer("".join(records.qualities).encode("ascii"), np.uint8)
        self.reads += len(records)
        self.bases += int(lengths.sum())
        self.lengths = _summed(self.lengths, np.bincount(lengths))
        if not quality.size:
            return
        self.lowest = min(self.lowest, int(quality.min()))
        self.highest = max(self.highest, int(quality.max()))
        phred = quality.astype(np.float64) - LOWEST_QUALITY
        starts = np.cumsum(lengths) - lengths
        position = np.arange(len(phred)) - np.repeat(starts, lengths)
        self.quality_sums = _summed(self.quality_sums, np.bincount(position, phred))
        self.quality_counts = _summed(self.quality_counts, np.bincount(position))
        filled = lengths > 0
        means = np.add.reduceat(phred, starts[filled]) / lengths[filled]
        rounded = np.clip(np.rint(means), 0, HIGHEST_QUALITY).astype(np.int64)
        self.mean_qualities = _summed(self.mean_qualities, np.bincount(rounded))

    def quality_by_position(self) -> list[float]:
        """Return the mean Phred quality at each position of the reads, rounded to 0.01."""
        means = self.quality_sums / np.maximum(self.quality_counts, 1)
        return [round(float(mean), 2) for mean in means[: len(self.quality_counts)]]


def _summed(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    longer, shorter = (first, second) if len(first) >= len(second) else (second, first)
    total = longer.copy()
    total[: len(shorter)] += shorter
    return total


def combined_profile(profiles: list[QualityProfile]) -> dict[str, Any]:
    """Combine the profiles of single reads or of both mates for the counts of the stage.

    Returns:
        ``{"reads", "bases", "length_histogram": {length: reads}, "mean_quality_histogram":
        {Phred: reads}, "quality_by_position": {"R1": [Phred, ...], "R2": [...]}}``.
    """
    lengths, means = np.zeros(1, np.int64), np.zeros(1, np.int64)
    for profile in profiles:
        lengths = _summed(lengths, profile.lengths)
        means = _summed(means, profile.mean_qualities)
    return {
        "reads": sum(profile.reads for profile in profiles),
        "bases": sum(profile.bases for profile in profiles),
        "length_histogram": {str(i): int(lengths[i]) for i in np.flatnonzero(lengths)},
        "mean_quality_histogram": {str(i): int(means[i]) for i in np.flatnonzero(means)},
        "quality_by_position": {
            f"R{mate}": profile.quality_by_position()
            for mate, profile in enumerate(profiles, start=1)
        },
    }
