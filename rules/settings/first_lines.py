"""First lines of a plain or compressed file, without reading the rest of it."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from readkin.formats.compression import (
    BZIP2,
    GZIP,
    XZ,
    Compression,
    compression_of_content,
    compression_of_name,
)
from rules.settings.mistakes import Diagnosis

BLOCK_BYTES = 16 << 10
MAX_BYTES = 8 << 20
"""Reading stops after this many bytes of text."""


_DECOMPRESSORS: dict[Compression, Callable[[], Any]] = {  # of one member
    GZIP: lambda: zlib.decompressobj(wbits=31),
    BZIP2: bz2.BZ2Decompressor,
    XZ: lzma.LZMADecompressor,
}
_OTHER_KINDS = {
    b"\x28\xb5\x2f\xfd": "Zstandard data",
    b"PK\x03\x04": "a zip or Excel file",
    b"CRAM": "a CRAM file",
    b"\x89HDF": "an HDF5 file",
}


def first_lines(path: Path, count: int) -> list[bytes] | Diagnosis:
    """Read the first lines of a file.

    Args:
        path: an existing file.
        count: number of lines.

    Returns:
        The lines without line ends, at least one; fewer than ``count`` if the file ends or
        MAX_BYTES are reached earlier. If the file cannot be read, the diagnosis.
    """
    named = compression_of_name(path.suffix)
    kind = named.name if named else "plain text"
    text, line_ends = bytearray(), 0
    try:
        with path.open("rb") as file:
            start = file.read(BLOCK_BYTES)
            if diagnosis := _wrong_format(path.name, start, named):
                return diagnosis
            for block in _decompressed(start, file, named) if named else _plain(start, file):
                text += block
                line_ends += block.count(b"\n")
                if line_ends >= count or len(text) > MAX_BYTES:
                    break
    except EOFError:
        found = f"truncated {kind} data"
        return Diagnosis(found, "a complete file", "copy the file again")
    except (zlib.error, lzma.LZMAError) as error:
        return _corrupt(kind, error)
    except OSError as error:
        if error.errno is None:  # as bz2 reports corrupt data
            return _corrupt(kind, error)
        found = f"a file that cannot be read ({error.strerror})"
        return Diagnosis(found, "a readable file", "correct its permissions or copy it again")
    if not text:
        return Diagnosis("an empty file", "at least one record", "provide a non-empty file")
    return [line.removesuffix(b"\r") for line in bytes(text).split(b"\n")[:count]]


def _corrupt(kind: str, error: Exception) -> Diagnosis:
    return Diagnosis(f"corrupt {kind} data ({error})", f"valid {kind} data", "copy the file again")


def _plain(block: bytes, file: BinaryIO) -> Iterator[bytes]:
    while block:
        yield block
        block = file.read(BLOCK_BYTES)


def _decompressed(block: bytes, file: BinaryIO, compression: Compression) -> Iterator[bytes]:
    """Yield the text of all compressed members of a file; EOFError if it is truncated."""
    new_member = _DECOMPRESSORS[compression]
    member, is_empty = new_member(), not block
    while block:
        yield member.decompress(block)
        block = member.unused_data or file.read(BLOCK_BYTES)
        if member.eof:
            block = block.lstrip(b"\0")  # padding by tape and object stores
            member = new_member() if block else member
    if not (member.eof or is_empty):
        raise EOFError


def _wrong_format(name: str, start: bytes, named: Compression | None) -> Diagnosis | None:
    """Compare the first bytes with the suffix of the name."""
    suffix = Path(name).suffix
    expected = f"{named.name if named else 'uncompressed'} data, according to its name"
    for magic, kind in _OTHER_KINDS.items():
        if start.startswith(magic):
            return Diagnosis(kind, expected, "convert it to plain or gzip text")
    actual = compression_of_content(start)
    if actual is named or not start:
        return None
    stem = name.removesuffix(suffix) if named else name
    if actual is not None:
        what_to_do = f"rename it to {stem}{actual.suffixes[0]}"
        return Diagnosis(f"{actual.name} data", expected, what_to_do)
    what_to_do = f"rename it to {stem} if it is plain text, or compress it"
    return Diagnosis("data of another format", expected, what_to_do)
