"""Profile of lengths and qualities of reads."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from readkin.formats.fastq import Records

LOWEST_QUALITY, HIGHEST_QUALITY = 33, 126
ROWS_IN_UINT16 = 65535 // (HIGHEST_QUALITY - LOWEST_QUALITY)  # reads whose qualities have that sum


class QualityProfile:
    """Histograms of lengths and qualities of reads, summed chunk by chunk."""

    def __init__(self) -> None:
        self.reads = self.bases = 0
        self.lengths = np.zeros(1, np.int64)
        self.mean_qualities = np.zeros(1, np.int64)
        self.quality_sums = np.zeros(1, np.int64)
        self.quality_counts = np.zeros(1, np.int64)

    def add(self, records: Records) -> None:
        """Add ``records`` to the profile."""
        lengths = np.fromiter(map(len, records.bases), np.int64, len(records))
        quality = np.frombuffer(records.joined_qualities, np.uint8)
        self.reads += len(records)
        self.bases += int(lengths.sum())
        self.lengths = _summed(self.lengths, np.bincount(lengths))
        if not quality.size:
            return
        phred = quality - np.uint8(LOWEST_QUALITY)
        sums, counts = _by_position(phred, lengths)
        self.quality_sums = _summed(self.quality_sums, sums)
        self.quality_counts = _summed(self.quality_counts, counts)
        filled = lengths[lengths > 0]
        starts = np.cumsum(filled) - filled
        means = np.add.reduceat(phred, starts, dtype=np.int64) / filled
        rounded = np.clip(np.rint(means), 0, HIGHEST_QUALITY).astype(np.int64)
        self.mean_qualities = _summed(self.mean_qualities, np.bincount(rounded))

    def quality_by_position(self) -> list[float]:
        """Return the mean Phred quality at each position of the reads, rounded to 0.01."""
        means = self.quality_sums / np.maximum(self.quality_counts, 1)
        return [round(float(mean), 2) for mean in means[: len(self.quality_counts)]]


def _by_position(phred: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return sum and number of the values at each position of reads, which are concatenated."""
    longest = int(lengths.max())
    if len(lengths) * longest > 2 * phred.size:  # reads of very different lengths
        starts = np.cumsum(lengths) - lengths
        position = np.arange(phred.size) - np.repeat(starts, lengths)
        return np.bincount(position, phred).astype(np.int64), np.bincount(position)
    has_base = np.arange(longest, dtype=np.int32) < lengths.astype(np.int32)[:, np.newaxis]
    rows = np.zeros(has_base.shape, np.uint16)
    rows[has_base] = phred
    sums = np.zeros(longest, np.int64)
    for first in range(0, len(rows), ROWS_IN_UINT16):
        sums += np.add.reduce(rows[first : first + ROWS_IN_UINT16], axis=0, dtype=np.uint16)
    counts = np.cumsum(np.bincount(lengths)[:0:-1])[::-1]
    return sums, counts


def _summed(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    longer, shorter = (first, second) if len(first) >= len(second) else (second, first)
    total = longer.copy()
    total[: len(shorter)] += shorter
    return total


def profiled(
    chunks: Iterable[tuple[Records, ...]], profiles: Sequence[QualityProfile]
) -> Iterator[tuple[Records, ...]]:
    """Yield chunks of single reads or mates; add each mate to its profile."""
    for mates in chunks:
        for profile, records in zip(profiles, mates, strict=True):
            profile.add(records)
        yield mates


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
