"""What a valid FASTQ record is, for the look at the first records and for the check of all.

A record has four lines: @ and the header, bases, + (with or without the name), qualities. All
that is accepted here can be trimmed and stored in BAM. Text is decoded by ``as_text``, which makes
one character of each byte and white space of none beyond ASCII.

Standard library only: the rules look at all input files before the first job starts.
"""

import re
from typing import NamedTuple

from readkin.mates import MATE_NUMBER_LENGTH, read_name

LONGEST_NAME = 254  # in BAM
USUAL_BASES = b"ACGTN"
BASES = b"ACGTNRYSWKMBDHVacgtnryswkmbdhv."
QUALITIES = bytes(range(33, 127))
NAME_CHARACTERS = bytes(set(range(33, 127)) - {ord("@")})
SAM_HEADERS = ("@HD\t", "@SQ\t", "@RG\t", "@PG\t", "@CO\t")

# Possessive: a name is not tried again at each of its lengths.
_UNUSUAL_HEADER = re.compile(rf"\n(?!@[!-?A-~]{{1,{LONGEST_NAME + MATE_NUMBER_LENGTH}}}+(?:\s|\Z))")
_FASTQ = "FASTQ (line 1 starts with @)"
_FOUR_LINES = "records of four lines (@name, bases, +, qualities)"
_CHECK = "check or replace the file"


class FastqMistake(NamedTuple):
    """What is wrong with one of several records.

    Attributes:
        record: its index.
        line: its wrong line, from 0 to 3.
        found, expected, what_to_do: parts of the message.
    """

    record: int
    line: int
    found: str
    expected: str
    what_to_do: str

    @property
    def message(self) -> tuple[str, str, str]:
        """Parts of the message."""
        return self.found, self.expected, self.what_to_do


def as_text(content: bytes) -> str:
    """Decode bytes; those beyond ASCII become lone surrogates."""
    return content.decode("ascii", "surrogateescape")


def as_bytes(text: str) -> bytes:
    """Reverse ``as_text``."""
    return text.encode("ascii", "surrogateescape")


def quoted(line: str) -> str:
    """Return a line for a message: in quotes, shortened, with escapes for unprintable bytes."""
    text = ascii(as_bytes(line).decode("latin-1"))[1:-1]
    return f'"{text}"' if len(text) <= 40 else f'"{text[:37]}..."'


def first_mistake(
    headers: list[str], bases: list[str], pluses: list[str], qualities: list[str]
) -> FastqMistake | None:
    """Check records; return the first mistake.

    Names may be longer than BAM's by a mate number: whether BAM stores it depends on the mate. See
    ``long_name``.

    Args:
        headers, bases, pluses, qualities: equally many lines without line ends, the headers with @.
    """
    if _are_valid(headers, bases, pluses, qualities):
        return None
    for record, lines in enumerate(zip(headers, bases, pluses, qualities, strict=True)):
        if mistake := _mistake(*lines):
            return mistake._replace(record=record)
    return None


def truncated(lines: list[str]) -> FastqMistake:
    """Return the mistake of a last record that has fewer than four lines."""
    if mistake := _wrong_header(lines[0]):
        return mistake
    last = len(lines) - 1
    return FastqMistake(0, last, "the end of the file", _FOUR_LINES, "copy the file again")


def other_format(header: str) -> tuple[str, str, str] | None:
    """Recognise other formats by the first line of a file whose first record is not valid.

    Returns:
        Parts of the message; None if the file may be a damaged FASTQ file.
    """
    if header.startswith(">"):
        return "FASTA (line 1 starts with >)", _FASTQ, "provide reads with qualities"
    if header.startswith("BAM\1"):
        return "a BAM file", _FASTQ, "convert it with `samtools fastq`"
    if header.startswith(SAM_HEADERS):
        return "a SAM file", _FASTQ, "convert it with `samtools fastq`"
    if header.startswith(as_text(b"\xef\xbb\xbf")):
        what_to_do = "save it without byte-order mark (BOM)"
        return "a byte-order mark before line 1", _FASTQ, what_to_do
    if header.startswith(as_text(b"\x1f\x8b")):
        return "gzip data within the compressed data", _FASTQ, "decompress it once"
    if "\r" in header:
        what_to_do = "convert the line ends"
        return "line ends of old Mac text (CR)", "lines that end with LF or CRLF", what_to_do
    if not header.startswith("@"):
        return f"{_shown_line(header)} in line 1", _FASTQ, "provide another file"
    return None


def long_name(name: str, longest: int = LONGEST_NAME) -> FastqMistake | None:
    """Check the length of a name, without mate number if the read has a mate."""
    if len(name) <= longest:
        return None
    found = f"a read name of {len(name)} characters, {quoted(name)}"
    return FastqMistake(0, 0, found, f"at most {LONGEST_NAME}, as in BAM", "shorten the read names")


def _are_valid(
    headers: list[str], bases: list[str], pluses: list[str], qualities: list[str]
) -> bool:
    """Check all records at once; False for some rare valid ones, too."""
    return (
        (pluses.count("+") == len(pluses) or _repeat(pluses, headers))
        and [*map(len, bases)] == [*map(len, qualities)]
        and _UNUSUAL_HEADER.search("\n".join(["", *headers])) is None
        and (consists_of(joined := "".join(bases), USUAL_BASES) or consists_of(joined, BASES))
        and consists_of("".join(qualities), QUALITIES)
    )


def _repeat(pluses: list[str], headers: list[str]) -> bool:
    return all(
        plus == "+" or (plus[:1] == "+" and plus[1:] == header[1:])
        for plus, header in zip(pluses, headers, strict=True)
    )


def consists_of(text: str, characters: bytes) -> bool:
    """Return whether a text has these characters only."""
    return not as_bytes(text).translate(None, delete=characters)


def _mistake(header: str, bases: str, plus: str, qualities: str) -> FastqMistake | None:
    """Check one record."""
    if mistake := _wrong_header(header):
        return mistake
    if not consists_of(bases, BASES):
        wrong = next(base for base in bases if not consists_of(base, BASES))
        found = f"{quoted(wrong)} among the bases {quoted(bases)}"
        is_rna = consists_of(bases, BASES + b"Uu")
        return FastqMistake(
            0,
            1,
            found,
            "bases (A, C, G, T, N, a dot, or IUPAC codes of several bases)",
            "replace U by T in reads of RNA" if is_rna else _CHECK,
        )
    if not plus.startswith("+"):
        what_to_do = "write each record in four lines"
        return FastqMistake(0, 2, f"{quoted(plus)}", "a +", what_to_do)
    if plus[1:] and read_name(plus[1:]) != read_name(header[1:]):
        found = f"{quoted(plus)} after the bases of {quoted(header)}"
        return FastqMistake(0, 2, found, "a + alone or with the same name", _CHECK)
    if len(bases) != len(qualities):
        found = f"{len(bases)} bases, but {len(qualities)} qualities"
        return FastqMistake(0, 3, found, "as many qualities as bases", _CHECK)
    if not consists_of(qualities, QUALITIES):
        wrong = next(quality for quality in qualities if not consists_of(quality, QUALITIES))
        found = f"{quoted(wrong)} among the qualities {quoted(qualities)}"
        return FastqMistake(0, 3, found, "characters from ! to ~", _CHECK)
    return None


def _wrong_header(header: str) -> FastqMistake | None:
    if not header.startswith("@"):
        return FastqMistake(0, 0, _shown_line(header), _FOUR_LINES, _CHECK)
    name = read_name(header[1:])
    if not name or header[1].isspace():  # other programs see no name before white space
        return FastqMistake(0, 0, "no name after the @", _FOUR_LINES, _CHECK)
    if not consists_of(name, NAME_CHARACTERS):
        expected = "1 to 254 printable ASCII characters except @, as in BAM"
        return FastqMistake(0, 0, f"the read name {quoted(name)}", expected, "rename the reads")
    return long_name(name, LONGEST_NAME + MATE_NUMBER_LENGTH)


def _shown_line(line: str) -> str:
    return quoted(line) if line.strip() else "a blank line"
