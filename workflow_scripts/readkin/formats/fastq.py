"""FASTQ files: a full check of records and mates, with the profile of lengths and qualities."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import dnaio
import numpy as np

from readkin.errors import InputError

RECORDS_PER_CHUNK = 20_000
LOWEST_QUALITY, HIGHEST_QUALITY = 33, 126
MATE_ENDINGS = ("/1", ".1", "_1")


class QualityProfile:
    """Lengths and qualities of reads, summed chunk by chunk."""

    def __init__(self) -> None:
        self.reads = self.bases = 0
        self.lengths = np.zeros(1, np.int64)
        self.mean_qualities = np.zeros(1, np.int64)
        self.quality_sums = np.zeros(1)
        self.quality_counts = np.zeros(1, np.int64)
        self.lowest, self.highest = HIGHEST_QUALITY, LOWEST_QUALITY

    def add(self, records: list[dnaio.SequenceRecord]) -> None:
        """Count ``records``."""
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
        """Mean Phred quality at each position of the reads, rounded to 0.01."""
        means = self.quality_sums / np.maximum(self.quality_counts, 1)
        return [round(float(mean), 2) for mean in means[: len(self.quality_counts)]]


def _summed(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    longer, shorter = (first, second) if len(first) >= len(second) else (second, first)
    total = longer.copy()
    total[: len(shorter)] += shorter
    return total


def combined_profile(profiles: list[QualityProfile]) -> dict[str, Any]:
    """Profile of single reads or of both mates, as it goes into the stage's counts.

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
    """Read one unit's files side by side; the second list is empty for single reads.

    Raises:
        InputError: naming file and record, for what is no FASTQ, is truncated, or for mates whose
            number or names differ.
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
        for i in range(common):
            if mates_1[i].name != mates_2[i].name and not are_mates(
                mates_1[i].name, mates_2[i].name
            ):
                _refuse_names(fastq_2, before + i + 1, mates_1[i].name, mates_2[i].name)
        if len(mates_1) != len(mates_2):
            _refuse_counts(fastq_1, fastq_2, before + common, len(mates_1) > len(mates_2))
        if not mates_1:
            return
        before += common
        yield mates_1, mates_2


def are_mates(name_1: str, name_2: str) -> bool:
    """Whether two header lines name the same fragment: first words equal, or ending in 1 and 2."""
    word_1, word_2 = first_word(name_1), first_word(name_2)
    return word_1 == word_2 or fragment_name(word_1, word_2) != word_1


def first_word(name: str) -> str:
    """The read's name proper: what stands before the first white space of the header line."""
    return next(iter(name.split(maxsplit=1)), "")


def fragment_name(word_1: str, word_2: str) -> str:
    """The name that two mates share: ``word_1`` without an ending /1, .1 or _1."""
    if word_1.endswith(MATE_ENDINGS) and word_2 == f"{word_1[:-1]}2":
        return word_1[:-2]
    return word_1


def check_qualities(path: Path, profile: QualityProfile) -> None:
    """Refuse quality characters outside Phred+33.

    Raises:
        InputError: for characters below "!" or above "~", or for what looks like Phred+64.
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
        raise InputError(path, f"{error}", "a whole FASTQ file", "copy the file again") from None


def _refuse_names(path: Path, record: int, name_1: str, name_2: str) -> NoReturn:
    raise InputError(
        f"{path}: record {record}",
        f"mate name {first_word(name_2)!r}",
        f"the mate of {first_word(name_1)!r}",
        "give the two files of the same run, in the same order",
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
