"""Reader of raw reads: also checks that layout and encoding of the files are those declared."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from readkin.errors import InputError
from readkin.formats.fastq import FastqInput, Records, checked_chunks
from readkin.mates import Copies, mates_in_turn, read_names
from readkin.raw_reads.quality_encoding import check_encoding, first_other_than_64, to_phred_33


def raw_chunks(source: FastqInput) -> Iterator[tuple[Records, ...]]:
    """Read the files of one unit as ``checked_chunks``; yield qualities in Phred+33.

    Raises:
        InputError: as ``checked_chunks``; if there are no reads, if single reads are mates, if
            second mates are copies of the first ones, or if the qualities are of another encoding.
    """
    single_reads, copies = SingleReads(), Copies()
    ranges = [QualityRange() for _ in source.files]
    for mates in checked_chunks(source):
        for mate, records in enumerate(mates):
            ranges[mate % len(ranges)].add(records)
        if source.is_paired:
            copies.add(mates[0].bases, mates[1].bases)
            _check_copies(mates[1], copies)
        else:
            single_reads.check(*mates)
        yield tuple(map(_in_phred_33, mates)) if source.encoding == "64" else mates
    for path, qualities in zip(source.files, ranges, strict=True):
        if not qualities.has_reads:
            raise InputError(path, "no reads", "at least one", "remove this unit from the sheet")
        if source.encoding == "auto":
            check_encoding(path, qualities.header, qualities.lowest, qualities.highest)


class SingleReads:
    """Check that a file does not contain both mates of pairs, chunk by chunk."""

    def __init__(self) -> None:
        self._last: list[str] = []  # name of the last read
        self._first: dict[str, str] = {}  # bases by name, of the first chunk
        self._second_mates: frozenset[str] = frozenset()  # of these, as /1 and /2 number them

    def check(self, records: Records) -> None:
        """Check a chunk against itself and the chunks before it.

        Raises:
            InputError: if adjacent reads are mates, or if other reads have the names of the first
                ones, as mates 2 after all mates 1.
        """
        names = read_names(records.headers)
        index = mates_in_turn([*self._last, *names])
        if index is not None:
            first, second = [*self._last, *names][index : index + 2]
            raise InputError(
                records.where(index + 1 - len(self._last)),
                f"{second!r} after {first!r}, as mates in turn (an interleaved file)",
                "single reads, each with its own name",
                "write true in the column interleaved of the sample sheet, or give each read its"
                " own name",
            )
        if not self._first:
            # Of equal names the first one counts.
            self._first = dict(zip(reversed(names), reversed(records.bases), strict=True))
            self._second_mates = frozenset(f"{n[:-1]}2" for n in names if n.endswith("/1"))
        index = self._first_recurring(names, records.bases)
        if index is not None:
            raise InputError(
                records.where(index),
                f"{names[index]!r}, the name of an earlier read or of its mate",
                "single reads, each with its own name",
                "if the file contains all mates 1 and then all mates 2, split it into fastq_1 and"
                " fastq_2; otherwise rename the reads",
            )
        self._last = names[-1:]

    def _first_recurring(self, names: list[str], bases: list[str]) -> int | None:
        """Return the index of the first read with the name of another read of the first chunk."""
        if not self._first.keys().isdisjoint(names):
            for index, name in enumerate(names):
                if self._first.get(name, bases[index]) != bases[index]:
                    return index
        mates = self._second_mates.intersection(names)
        if len(mates) < 2:  # x/1, x/2 and x/3 may be single reads
            return None
        return next(index for index, name in enumerate(names) if name in mates)


class QualityRange:
    """Lowest and highest quality character of a file, and its first header."""

    def __init__(self) -> None:
        self.header, self.has_reads = "", False
        self.lowest, self.highest = 126, 33

    def add(self, records: Records) -> None:
        """Add ``records``, which are not empty."""
        self.header = self.header or records.headers[0]
        self.has_reads = True
        codes = np.frombuffer(records.joined_qualities, np.uint8)
        self.lowest = min(self.lowest, int(codes.min(initial=126)))
        self.highest = max(self.highest, int(codes.max(initial=33)))


def _check_copies(records: Records, copies: Copies) -> None:
    if copies.are_most:
        raise InputError(
            records.path,
            f"the bases of R1 again in most pairs, first in pair {copies.first}",
            "reads of the other end of each fragment",
            "provide the file of the second mates",
        )


def _in_phred_33(records: Records) -> Records:
    """Return records with qualities converted from Phred+64."""
    index = first_other_than_64(records.qualities)
    if index is not None:
        raise InputError(
            records.where(index, 3),
            f"{min(records.qualities[index])!r} among the qualities",
            "characters from @ to ~, as quality_encoding is 64",
            "write 33 there for files of any present instrument; convert files of Solexa's first"
            " pipelines with Biopython (fastq-solexa)",
        )
    return replace(records, qualities=list(map(to_phred_33, records.qualities)))
