"""Strict reader of FASTA and FASTQ files, recognised by content, not by name.

All files of sequences are read here: references, queries and databases of a search, genomes of
simulated communities. Residues are checked in formats.sequences.
"""

import bz2
import lzma
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, NoReturn

import dnaio
from isal import igzip
from isal.igzip_lib import IsalError

from readkin.errors import InputError
from readkin.formats.compression import BZIP2, GZIP, XZ, Compression, compression_of_content

OPENERS: dict[Compression, Callable[..., Any]] = {
    GZIP: igzip.open,
    BZIP2: bz2.open,
    XZ: lzma.open,
}
LONGEST_MAGIC = max(len(kind.magic) for kind in OPENERS)
BLOCK_BYTES = 256 << 10
MAX_HEADER_BYTES = 16 << 20
START_BYTES = 512  # read to recognise the format of a file

FASTA, FASTQ = "FASTA", "FASTQ"
FASTA_ONLY, FASTA_OR_FASTQ = (FASTA,), (FASTA, FASTQ)
FIRST_CHARACTERS = {b">": FASTA, b"@": FASTQ}
CHECK = "check or replace the file"
OTHER_FORMATS = {  # first bytes of files that are often taken for FASTA
    b"LOCUS ": ("a GenBank file", "convert it to FASTA"),
    b"ID   ": ("an EMBL file", "convert it to FASTA"),
    b"##gff": ("a GFF file", "provide the FASTA file of the same genome"),
    b"#NEXUS": ("a NEXUS file", "convert it to FASTA without gaps"),
    b"CLUSTAL": ("a Clustal alignment", "convert it to FASTA without gaps"),
    b"<": ("a web page or XML", "download the FASTA file itself"),
    b"{": ("JSON", "download the FASTA file itself"),
    b";": ("a comment line (;)", "remove the lines that start with ;"),
    b"C'A\x1a": ("a 2bit file", "convert it with `twoBitToFa`"),
    b"\x1aA'C": ("a 2bit file", "convert it with `twoBitToFa`"),
    b"MMI\2": ("an index of minimap2", "provide the FASTA file that it was made from"),
    b"BAM\1": ("a BAM file", "convert it with `samtools fasta`"),
    **dict.fromkeys(
        (b"@HD\t", b"@SQ\t", b"@RG\t", b"@PG\t", b"@CO\t"),
        ("a SAM file", "convert it with `samtools fasta`"),
    ),
    b"CRAM": ("a CRAM file", "convert it with `samtools fasta`"),
    b"PK\x03\x04": ("a zip archive", "unpack it"),
    b"7z\xbc\xaf": ("a 7z archive", "unpack it"),
    b"\x1f\x9d": ("data of compress (.Z)", "unpack it, or compress it with gzip"),
    b"\x28\xb5\x2f\xfd": ("Zstandard data", "unpack it, or compress it with gzip"),
    b"\xef\xbb\xbf": ("a byte-order mark", "save it without byte-order mark (BOM)"),
    b"\xff\xfe": ("UTF-16 text", "save it as ASCII or UTF-8"),
    b"\xfe\xff": ("UTF-16 text", "save it as ASCII or UTF-8"),
}
TAR_MAGIC, TAR_MAGIC_POSITION = b"ustar", 257
HEADER_START, LINE_END = ord(">"), ord("\n")


class Piece(NamedTuple):
    """Part of a record's sequence, or all of it; never white space only.

    Attributes:
        name: first word of the record's header.
        header_line: line of the header, from 1.
        line: line of the first character of ``text``.
        text: residues as in the file, with line ends.
    """

    name: str
    header_line: int
    line: int
    text: bytes


def sequence_pieces(path: Path, formats: tuple[str, ...] = FASTA_OR_FASTQ) -> Iterator[Piece]:
    """Yield the sequences of all records in order, in pieces of about ``BLOCK_BYTES``.

    Args:
        path: the file; plain, or compressed with gzip, bzip2 or xz.
        formats: those accepted.

    Raises:
        InputError: if the content is damaged or has another format, if there is no record, or if a
            record has no name, a name that occurs twice, or no residue; it contains the line.
    """
    number_of_lines = 0
    header_lines: dict[str, int] = {}
    try:
        with ExitStack() as stack:
            file = _opened(Path(path), stack)
            read = {FASTA: _fasta_pieces, FASTQ: _fastq_pieces}[_format_of(path, file, formats)]
            for piece in read(path, file):
                first = header_lines.setdefault(piece.name, piece.header_line)
                if first != piece.header_line:
                    found = f"the name {piece.name} again (first in line {first})"
                    what_to_do = "give each record a name of its own"
                    refuse(path, piece.header_line, found, "each name once", what_to_do)
                number_of_lines = piece.line + piece.text.count(b"\n")
                yield piece
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    # isal's stub calls its error class an instance
    except (OSError, EOFError, lzma.LZMAError, IsalError) as error:  # type: ignore[misc]
        found = f"damaged data ({error})"
        refuse(path, number_of_lines, found, "a complete file", "copy or download it again")


def refuse(path: Path, line: int, found: str, expected: str, what_to_do: str) -> NoReturn:
    """Raise an InputError of a line; of the whole file if the line is 0."""
    raise InputError(f"{path}:{line}" if line else path, found, expected, what_to_do)


def _opened(path: Path, stack: ExitStack) -> BinaryIO:
    """Open a file for reading its uncompressed content."""
    with path.open("rb") as file:
        compression = compression_of_content(file.read(LONGEST_MAGIC))
    if compression is None:
        return stack.enter_context(path.open("rb"))
    return stack.enter_context(OPENERS[compression](path, "rb"))


def _format_of(path: Path, file: BinaryIO, formats: tuple[str, ...]) -> str:
    """Return the format of a file by its first bytes, and rewind the file."""
    start = file.read(START_BYTES)
    while start.isspace() and (more := file.read(START_BYTES)):
        start = more
    file.seek(0)
    text = start.lstrip()
    expected = f"{' or '.join(formats)}, plain or compressed (gz, bz2, xz)"
    if not text:
        refuse(path, 0, "no sequence", "at least one", "provide a non-empty file")
    for magic, (found, what_to_do) in OTHER_FORMATS.items():
        if text.startswith(magic):
            refuse(path, 0, found, expected, what_to_do)
    if start[TAR_MAGIC_POSITION:].startswith(TAR_MAGIC):
        refuse(path, 0, "a tar archive", expected, "unpack it")
    kind = FIRST_CHARACTERS.get(text[:1])
    if kind is None:
        refuse(path, 0, f"a file that starts with {_shown(text)}", expected, CHECK)
    if kind not in formats:
        found = f"{kind}, which starts with {_shown(text)}"
        refuse(path, 0, found, expected, f"provide a {' or '.join(formats)} file")
    return kind


def _shown(text: bytes) -> str:
    """Return the start of the first line for a message."""
    return repr(text.splitlines()[0][:20].strip().decode("utf-8", "replace"))


def _fasta_pieces(path: Path, file: BinaryIO) -> Iterator[Piece]:
    name, header_line, line, is_empty = "", 0, 1, False
    for is_header, text in _headers_and_sequences(path, file):
        if is_header:
            if is_empty:
                _refuse_empty(path, header_line, name)
            name, header_line, is_empty = _name(path, line, text[1:]), line, True
        elif not text.isspace():
            if not header_line:
                found = f"{_shown(text.lstrip())} before the first header"
                refuse(path, line, found, "> as the first character of the line", CHECK)
            is_empty = False
            yield Piece(name, header_line, line, text)
        line += text.count(b"\n")
    if is_empty:
        _refuse_empty(path, header_line, name)


def _headers_and_sequences(path: Path, file: BinaryIO) -> Iterator[tuple[bool, bytes]]:
    """Yield header lines (True), and blocks of the lines between them (False), in order."""
    rest, is_line_start = b"", True
    while True:
        block = file.read(BLOCK_BYTES)
        data, position = rest + block, 0
        while position < len(data):
            is_header = is_line_start and data[position] == HEADER_START
            end = data.find(b"\n", position) + 1 if is_header else _end(data, position)
            if is_header and not end and block:
                break  # the header continues in the next block
            end = end or len(data)
            yield is_header, data[position:end]
            position, is_line_start = end, data[end - 1] == LINE_END
        rest = data[position:]
        if not block:
            return
        if len(rest) > MAX_HEADER_BYTES:
            found = f"a header longer than {MAX_HEADER_BYTES:,} bytes: {_shown(rest)}"
            refuse(path, 0, found, "lines that end with LF", "convert the line ends")


def _end(data: bytes, start: int) -> int:
    """Return the end of the sequence lines that begin at ``start``: the next >; 0 if there is none.

    A > within a line is no header; it becomes the last character, which no alphabet contains.
    """
    position = data.find(b">", start)
    is_header = position > start and data[position - 1] == LINE_END
    return position if is_header else position + 1


def _fastq_pieces(path: Path, file: BinaryIO) -> Iterator[Piece]:
    try:
        with dnaio.open(file, fileformat="fastq") as reader:
            for line, record in enumerate(reader):
                header_line = 4 * line + 1
                name = _name(path, header_line, record.name.encode())
                if not record.sequence:
                    _refuse_empty(path, header_line, name)
                yield Piece(name, header_line, header_line + 1, record.sequence.encode())
    except dnaio.FileFormatError as error:
        line = 0 if error.line is None else error.line + 1
        reason = str(error).partition(": ")[2] or str(error)
        refuse(path, line, f"no readable record ({reason})", "FASTQ records of four lines", CHECK)


def _name(path: Path, line: int, header: bytes) -> str:
    """Return the first word of a header without its > or @."""
    text = header.rstrip()
    expected = "a name directly after > or @"
    if not text:
        refuse(path, line, "no name", expected, "name the record")
    if text[:1].isspace():
        refuse(path, line, f"a space before the name {_shown(text.strip())}", expected, "remove it")
    if b"\r" in text:
        found = "line ends of old Mac text (CR)"
        refuse(path, line, found, "lines that end with LF or CRLF", "convert the line ends")
    try:
        name = text.split(maxsplit=1)[0].decode()
    except UnicodeDecodeError:
        refuse(path, line, "a name that is not UTF-8 text", expected, "rename the record")
    if not name.isprintable() or ">" in name:
        found = f"the name {name!r}"
        refuse(path, line, found, "printable characters without >", "rename the record")
    return name


def _refuse_empty(path: Path, line: int, name: str) -> NoReturn:
    refuse(path, line, f"no sequence in record {name}", "residues", "remove the record")
