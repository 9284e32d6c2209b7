"""FASTQ files: check of all records and mates, and profile of lengths and qualities."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import dnaio
import numpy as np

from readkin.errors import InputError
from readkin.mates import MateMismatch, first_mismatch

RECORDS_PER_CHUNK = 20_000
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

    def add(self, records: list[dnaio.SequenceRecord]) -> None:
        """Add ``records`` to the profile."""
        lengths = np.fromiter(map(len, records), np.int64, len(records))
        text = "".join([record.qualities or "" for record in records]).encode("latin-1")
        quality = np.frombuffer(text, np.uint8)
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


def checked_chunks(
    fastq_1: Path, fastq_2: Path | None
) -> Iterator[tuple[list[dnaio.SequenceRecord], list[dnaio.SequenceRecord]]]:
    """Read the files of one unit in parallel, in chunks; the second list is empty for single reads.

    Args:
        fastq_1: file of single reads, of interleaved mates, or of the first mates.
        fastq_2: file of the second mates, or None.

    Raises:
        InputError: if a file is truncated or not FASTQ, or if the files contain different numbers
            of reads or records that are not mates; it contains the file and the record.
    """
    if fastq_2 is None:
        for chunk in _chunks(fastq_1):
            yield chunk, []
        return
    first, second = _chunks(fastq_1), _chunks(fastq_2)
    before = 0
    while True:
        mates_1, mates_2 = next(first, []), next(second, [])
        common = min(len(mates_1), len(mates_2))
        headers_1 = [record.name for record in mates_1[:common]]
        headers_2 = [record.name for record in mates_2[:common]]
        if found := first_mismatch(headers_1, headers_2):
            i, mismatch = found
            where = f"{fastq_2}: record {before + i + 1}"
            _refuse_mates(where, headers_1[i], headers_2[i], mismatch)
        if len(mates_1) != len(mates_2):
            _refuse_counts(fastq_1, fastq_2, before + common, len(mates_1) > len(mates_2))
        if not mates_1:
            return
        before += common
        yield mates_1, mates_2


def check_qualities(path: Path, profile: QualityProfile) -> None:
    """Check that the qualities of a file are encoded as Phred+33.

    Raises:
        InputError: if there are characters below "!" or above "~", or if the range of the
            characters is that of Phred+64.
    """
    if profile.lowest < LOWEST_QUALITY or profile.highest > HIGHEST_QUALITY:
        raise InputError(path, "quality characters outside ! to ~", "Phred+33", "check the file")
    if profile.lowest >= 59 and 80 < profile.highest <= 105:
        raise InputError(
            path,
            f"qualities from {chr(profile.lowest)} to {chr(profile.highest)}, as in Phred+64",
            "Phred+33",
            "convert the file first, for example with `seqtk seq -Q64 -V`",
        )


def _chunks(path: Path) -> Iterator[list[dnaio.SequenceRecord]]:
    try:
        with dnaio.open(path, fileformat="fastq") as reader:
            records = iter(reader)
            while chunk := list(islice(records, RECORDS_PER_CHUNK)):
                yield chunk
    except dnaio.FastqFormatError as error:
        where = f"{path}:{error.line + 1}" if error.line is not None else path
        message = str(error).partition(": ")[2] or str(error)
        raise InputError(where, message, "FASTQ records", "check or replace the file") from None
    except (EOFError, OSError, UnicodeDecodeError) as error:
        if isinstance(error, FileNotFoundError | PermissionError):
            raise
        raise InputError(path, f"{error}", "a complete FASTQ file", "copy the file again") from None


def _refuse_mates(where: str, header_1: str, header_2: str, mismatch: MateMismatch) -> NoReturn:
    raise InputError(
        where,
        f"{header_2!r}, {mismatch.found}",
        f"mate 2 of {header_1!r}",
        mismatch.what_to_do,
    )


def _refuse_counts(path_1: Path, path_2: Path, common: int, first_is_longer: bool) -> NoReturn:
    shorter = path_2 if first_is_longer else path_1
    longer = path_1 if first_is_longer else path_2
    raise InputError(
        shorter,
        f"{common} records",
        f"as many as in {longer}",
        "one of the files is incomplete; copy both again",
    )
