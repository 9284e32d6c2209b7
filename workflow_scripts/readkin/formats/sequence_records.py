"""Records of FASTA and FASTQ files, plain or compressed: told by content, whatever the name."""

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

OPENERS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": igzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
FORMATS = {b">": "fasta", b"@": "fastq"}
CHECK = "check or replace the file"
EXPECTED = "FASTA or FASTQ, plain or compressed (gz, bz2, xz)"


def sequence_records(path: Path) -> Iterator[tuple[str, str]]:
    """First word of the header and the letters, as they stand there, of each record, in order.

    Raises:
        InputError: naming file and, where known, line or record, for other or damaged content, and
            for a record without a name or without letters. An empty file has no records.
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
                words = record.name.split(maxsplit=1)
                if not words:
                    _refuse(f"{path}: record {number}", "no name", "a name after > or @")
                if not record.sequence:
                    _refuse(f"{path}:>{words[0]}", "an empty sequence", "letters")
                yield words[0], record.sequence
    except dnaio.FileFormatError as error:
        where = f"{path}:{error.line + 1}" if error.line is not None else f"{path}"
        _refuse(where, f"no readable record ({_reason(error)})")
    except UnicodeError as error:
        _refuse(f"{path}: behind record {number}", f"bytes that are no text ({error})")
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    # isal's stub calls its error class an instance
    except (OSError, EOFError, lzma.LZMAError, IsalError) as error:  # type: ignore[misc]
        _refuse(f"{path}: behind record {number}", f"a damaged file ({error})")


def _opened(path: Path, stack: ExitStack) -> BinaryIO:
    with path.open("rb") as file:
        start = file.read(6)
    for magic, opener in OPENERS.items():
        if start.startswith(magic):
            return stack.enter_context(opener(path, "rb"))
    return stack.enter_context(path.open("rb"))


def _first_character(file: BinaryIO) -> bytes:
    """The first one that is no white space; the file is at its beginning again afterwards."""
    while (character := file.read(1)).isspace():
        pass
    file.seek(0)
    return character


def _reason(error: dnaio.FileFormatError) -> str:
    """dnaio's message without its own words for the place."""
    return str(error).partition(": ")[2] or str(error)


def _refuse(where: str, found: str, expected: str = EXPECTED) -> NoReturn:
    raise InputError(where, found, expected, CHECK)
