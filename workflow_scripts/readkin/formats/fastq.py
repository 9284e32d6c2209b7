"""The reader of FASTQ files: every byte of the user's reads passes through here, checked.

Content alone decides: compression and format are not taken from the name. What this reader accepts
can be trimmed and stored in BAM, so the check of all reads is reading them.
"""

import lzma
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from io import BufferedReader
from itertools import chain
from typing import NamedTuple, NoReturn

from isal import isal_zlib
from isal.igzip_lib import IsalError

from readkin.errors import InputError
from readkin.formats.compression import (
    DECOMPRESSORS,
    GZIP,
    TEXT_FILE,
    ReadableFile,
    conversion_of,
    other_kind,
    uncompressed_blocks,
)
from readkin.formats.fastq_records import (
    LONGEST_NAME,
    USUAL_BASES,
    FastqMistake,
    as_text,
    consists_of,
    first_mistake,
    long_name,
    other_format,
    truncated,
)
from readkin.mates import first_mismatch, read_name, shared_name

BLOCK_BYTES = 32 << 10  # read at once; larger ones, and longer texts, leave the cache
TEXT_BYTES = 512 << 10  # of records, at least, in a chunk
FAST_DECOMPRESSORS = {**DECOMPRESSORS, GZIP: lambda: isal_zlib.decompressobj(wbits=31)}
PRINTABLE = bytes([9, *range(32, 127)])
CANONICAL_BASES = str.maketrans("acgtnryswkmbdhv.", "ACGTNRYSWKMBDHVN")
UNPRINTABLE = re.compile(r"[^\t -~]")


class FastqInput(NamedTuple):
    """FASTQ files of one unit, and how to read them.

    Attributes:
        fastq_1: file or object of single reads, of the first mates, or of both mates if
            ``is_interleaved``.
        fastq_2: that of the second mates, or None.
        is_interleaved: whether mates 1 and 2 follow each other in ``fastq_1``.
        encoding: of the qualities, "33", "64" or "auto"; ``raw_chunks`` converts them to 33.
    """

    fastq_1: ReadableFile
    fastq_2: ReadableFile | None = None
    is_interleaved: bool = False
    encoding: str = "33"

    @property
    def is_paired(self) -> bool:
        """Whether the reads are mates."""
        return self.fastq_2 is not None or self.is_interleaved

    @property
    def files(self) -> list[ReadableFile]:
        """One or two files."""
        return [self.fastq_1] if self.fastq_2 is None else [self.fastq_1, self.fastq_2]


@dataclass(frozen=True)
class Records:
    """Records of one file, checked; all bytes are ASCII.

    Attributes:
        path: the file.
        first: number of the first of these records in the file, from 1.
        step: 1, or 2 for one mate of interleaved pairs.
        headers: without @; the name of the read, then perhaps white space and a comment.
        bases: upper case, N for unknown bases.
        qualities: characters from ! to ~, as many as bases.
    """

    path: ReadableFile
    first: int
    step: int
    headers: list[str]
    bases: list[str]
    qualities: list[str]

    def __len__(self) -> int:
        return len(self.headers)

    @cached_property
    def joined_qualities(self) -> bytes:
        """All qualities, one read after the other."""
        return "".join(self.qualities).encode("ascii")

    def where(self, index: int, line: int = 0) -> str:
        """Return the position of a record, or of a line of it from 0 to 3, for messages."""
        return record_position(self.path, self.first + index * self.step, line)

    def part(self, start: int, stop: int | None = None, step: int = 1) -> "Records":
        """Return the records ``[start:stop:step]``."""
        chosen = slice(start, stop, step)
        return Records(
            path=self.path,
            first=self.first + start * self.step,
            step=self.step * step,
            headers=self.headers[chosen],
            bases=self.bases[chosen],
            qualities=self.qualities[chosen],
        )


def record_position(path: ReadableFile, number: int, line: int = 0) -> str:
    """Return the position of a record in a file, for messages: ``a.fq: record 10 (line 37)``."""
    return f"{path}: record {number} (line {4 * (number - 1) + line + 1})"


def checked_chunks(source: FastqInput) -> Iterator[tuple[Records, ...]]:
    """Read the files of one unit in chunks of limited size and check every record and pair.

    Yields:
        For single reads one element; for pairs two of equal length, the first and second mates.

    Raises:
        InputError: if a file is damaged or not FASTQ, if a record is invalid, if files contain
            different numbers of reads, or if records are not mates; with the file and the record.
    """
    if not source.is_paired:
        for records in read_records(source.fastq_1):
            _check_lengths_of_names(records, map(read_name, records.headers))
            yield (records,)
        return
    if source.fastq_2 is None:
        pairs = _interleaved_mates(source.fastq_1)
    else:
        pairs = _mates_of_two_files(source.fastq_1, source.fastq_2)
    for mates_1, mates_2 in pairs:
        _check_mates(mates_1, mates_2)
        yield mates_1, mates_2


def interleaved_fastq(mates: tuple[Records, ...]) -> bytes:
    """Return records as plain FASTQ, with mates 1 and 2 of each pair next to each other."""
    step = 4 * len(mates)
    lines = ["+"] * (step * len(mates[0]))
    for mate, records in enumerate(mates):
        lines[4 * mate :: step] = [f"@{header}" for header in records.headers]
        lines[4 * mate + 1 :: step] = records.bases
        lines[4 * mate + 3 :: step] = records.qualities
    lines.append("")
    return "\n".join(lines).encode("ascii")


def read_records(path: ReadableFile, group: int = 1) -> Iterator[Records]:
    """Yield all records of a file in chunks that are not empty.

    Blank lines at the end of the file are ignored.

    Args:
        path: the file.
        group: the number of records in a chunk, except the last one, is a multiple of this.

    Raises:
        InputError: if the file is damaged or not FASTQ, or if a record is invalid.
    """
    number = 0  # of records
    lines: list[str] = []
    has_ended = False
    for more in chain(_lines_of(path), [None]):
        lines += more or []
        complete = len(lines) - len(lines) % (4 if more is None else 4 * group)
        mistake = first_mistake(*(lines[line:complete:4] for line in range(4)))
        valid = complete // 4 if mistake is None else mistake.record
        if mistake and lines[4 * valid].strip():
            _refuse_record(path, number + valid + 1, lines[4 * valid], mistake)
        if valid:
            yield _records(path, number + 1, lines[: 4 * valid])
            number += valid
            del lines[: 4 * valid]
        has_ended = has_ended or mistake is not None or more is None
        if has_ended:
            _check_blank(path, number, lines)


def _lines_of(path: ReadableFile) -> Iterator[list[str]]:
    """Yield the lines of a file without line ends, many at a time."""
    parts: list[bytes] = []
    size, enough, lines = 0, TEXT_BYTES, 0
    try:
        with path.open("rb") as file:
            _check_kind(path, file)
            for block in uncompressed_blocks(file, BLOCK_BYTES, FAST_DECOMPRESSORS):
                parts.append(block)
                size += len(block)
                if size < enough:
                    continue
                whole, line_end, rest = b"".join(parts).rpartition(b"\n")
                parts, size = [rest], len(rest)
                enough = max(TEXT_BYTES, 2 * size)  # a line may be longer than the usual chunk
                if line_end:
                    split = _split(whole)
                    lines += len(split)
                    yield split
    except EOFError:
        _refuse_file(path, lines, "the end of the file within compressed data")
    # isal's stub calls its error class an instance
    except (OSError, zlib.error, lzma.LZMAError, IsalError) as error:  # type: ignore[misc]
        if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
            raise
        is_damaged = not isinstance(error, OSError) or error.errno is None
        kind = "corrupt compressed data" if is_damaged else "a file that cannot be read"
        _refuse_file(path, lines, f"{kind} ({error})")
    if text := b"".join(parts):
        yield _split(text.removesuffix(b"\n"))


def _split(text: bytes) -> list[str]:
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").removesuffix(b"\r")
    return as_text(text).split("\n")


def _records(path: ReadableFile, first: int, lines: list[str]) -> Records:
    """Return checked lines as records in canonical form."""
    headers = [header[1:] for header in lines[::4]]
    if not consists_of(" ".join(headers), PRINTABLE):
        headers = list(map(_printable, headers))
    bases = lines[1::4]
    if not consists_of("".join(bases), USUAL_BASES):
        bases = [text.translate(CANONICAL_BASES) for text in bases]
    return Records(path, first, step=1, headers=headers, bases=bases, qualities=lines[3::4])


def _printable(header: str) -> str:
    """Return a header in ASCII; only the comment, which is not used, changes."""
    name, *comment = header.split(maxsplit=1)
    return " ".join([name, *(UNPRINTABLE.sub("?", text) for text in comment)])


def _mates_of_two_files(
    path_1: ReadableFile, path_2: ReadableFile
) -> Iterator[tuple[Records, Records]]:
    files = read_records(path_1), read_records(path_2)
    first, second = (next(file, None) for file in files)
    number = 0
    while first and second:
        common = min(len(first), len(second))
        number += common
        yield first.part(0, common), second.part(0, common)
        first = first.part(common) if len(first) > common else next(files[0], None)
        second = second.part(common) if len(second) > common else next(files[1], None)
    if first or second:
        shorter, longer = (path_2, path_1) if first else (path_1, path_2)
        raise InputError(
            shorter,
            f"{number} records",
            f"as many as in {longer}",
            "one of the files is incomplete; copy both again",
        )


def _interleaved_mates(path: ReadableFile) -> Iterator[tuple[Records, Records]]:
    for records in read_records(path, group=2):
        if len(records) % 2:
            raise InputError(
                records.where(len(records) - 1),
                "a read without its mate at the end of the file",
                "pairs, mate 1 before mate 2",
                "provide the complete file",
            )
        yield records.part(0, step=2), records.part(1, step=2)


def _check_mates(mates_1: Records, mates_2: Records) -> None:
    if found := first_mismatch(mates_1.headers, mates_2.headers):
        index, mismatch = found
        in_turn = "provide mates 1 and 2 in turn, or write false under interleaved"
        raise InputError(
            mates_2.where(index),
            f"{mates_2.headers[index]!r}, {mismatch.found}",
            f"mate 2 of {mates_1.headers[index]!r}",
            in_turn if mates_1.path == mates_2.path else mismatch.what_to_do,
        )
    headers = zip(mates_1.headers, mates_2.headers, strict=True)
    names = (shared_name(read_name(one), read_name(two)) or "" for one, two in headers)
    _check_lengths_of_names(mates_1, names)


def _check_lengths_of_names(records: Records, names: Iterator[str]) -> None:
    """Check that BAM can store the names of reads without their mate numbers."""
    if max(map(len, records.headers)) <= LONGEST_NAME:
        return
    for index, name in enumerate(names):
        if mistake := long_name(name):
            raise InputError(records.where(index), *mistake.message)


def _check_kind(path: ReadableFile, file: BufferedReader) -> None:
    """Refuse formats that are not text, by the first bytes."""
    if kind := other_kind(file.peek()):
        raise InputError(path, kind, TEXT_FILE, conversion_of(kind))


def _check_blank(path: ReadableFile, number: int, lines: list[str]) -> None:
    """Check that no text follows the last record; clear the list."""
    if any(map(str.strip, lines)):
        _refuse_record(path, number + 1, lines[0], truncated(lines))
    lines.clear()


def _refuse_record(path: ReadableFile, number: int, header: str, mistake: FastqMistake) -> NoReturn:
    if number == 1 and (message := other_format(header)):
        raise InputError(path, *message)
    raise InputError(record_position(path, number, mistake.line), *mistake.message)


def _refuse_file(path: ReadableFile, lines: int, found: str) -> NoReturn:
    where = f"{path}: after record {lines // 4}"
    raise InputError(where, found, "a complete FASTQ file", "copy the file again") from None
