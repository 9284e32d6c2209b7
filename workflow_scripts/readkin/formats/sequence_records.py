"""Records of FASTA and FASTQ files, plain or compressed, recognised by content, not by name."""

import bz2
import lzma
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import dnaio
from isal import igzip
from isal.igzip_lib import IsalError

from readkin.errors import InputError
from readkin.formats.compression import BZIP2, GZIP, XZ, Compression, compression_of_content
from readkin.mates import read_name

OPENERS: dict[Compression, Callable[..., Any]] = {
    GZIP: igzip.open,
    BZIP2: bz2.open,
    XZ: lzma.open,
}
LONGEST_MAGIC = max(len(kind.magic) for kind in OPENERS)
FORMATS = {b">": "fasta", b"@": "fastq"}
CHECK = "check or replace the file"
EXPECTED = "FASTA or FASTQ, plain or compressed (gz, bz2, xz)"


def sequence_records(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the sequence, unchanged, of each record in order.

    An empty file has no records.

    Raises:
        InputError: if the content is damaged or has another format, or if a record has no name or
            an empty sequence; it contains the file and, if known, the line or record.
    """
    number = 0
    try:
        with ExitStack() as stack:
            file = _opened(Path(path), stack)
            start = _first_character(file)
            if not start:
                return
            if start not in FORMATS:
                _refuse(str(path), f"a file that starts with {start!r}")
            reader = stack.enter_context(dnaio.open(file, fileformat=FORMATS[start]))
            for number, record in enumerate(reader, start=1):
                name = read_name(record.name)
                if not name:
                    _refuse(f"{path}: record {number}", "no name", "a name after > or @")
                if not record.sequence:
                    _refuse(f"{path}:>{name}", "an empty sequence", "residues")
                yield name, record.sequence
    except dnaio.FileFormatError as error:
        where = f"{path}:{error.line + 1}" if error.line is not None else f"{path}"
        _refuse(where, f"no readable record ({_reason(error)})")
    except UnicodeError as error:
        _refuse(f"{path}: after record {number}", f"bytes that are not text ({error})")
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    # isal's stub calls its error class an instance
    except (OSError, EOFError, lzma.LZMAError, IsalError) as error:  # type: ignore[misc]
        _refuse(f"{path}: after record {number}", f"a damaged file ({error})")


def _opened(path: Path, stack: ExitStack) -> BinaryIO:
    """Open a file for reading its uncompressed content."""
    with path.open("rb") as file:
        compression = compression_of_content(file.read(LONGEST_MAGIC))
    if compression is None:
        return stack.enter_context(path.open("rb"))
    return stack.enter_context(OPENERS[compression](path, "rb"))


def _first_character(file: BinaryIO) -> bytes:
    """Return the first character other than white space; rewind the file."""
    while (character := file.read(1)).isspace():
        pass
    file.seek(0)
    return character


def _reason(error: dnaio.FileFormatError) -> str:
    """Return dnaio's message without its position."""
    return str(error).partition(": ")[2] or str(error)


def _refuse(where: str, found: str, expected: str = EXPECTED) -> NoReturn:
    raise InputError(where, found, expected, CHECK)
