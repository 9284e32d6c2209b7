"""The first lines of a plain or compressed file, reading no more than they need."""

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
from rules.settings.error_list import Problem

BLOCK_BYTES = 16 << 10
MAX_BYTES = 8 << 20
"""Lines longer than this together are not read to their end."""


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


def first_lines(path: Path, count: int) -> list[bytes] | Problem:
    """First ``count`` lines without line ends, fewer if the file ends (or MAX_BYTES come) before.

    Args:
        path: an existing file.
        count: lines wanted.

    Returns:
        The lines, at least one, or what is wrong with the file.
    """
    named = compression_of_name(path.suffix)
    kind = named.name if named else "plain text"
    text, line_ends = bytearray(), 0
    try:
        with path.open("rb") as file:
            start = file.read(BLOCK_BYTES)
            if problem := _container_problem(path.name, start, named):
                return problem
            for block in _decompressed(start, file, named) if named else _plain(start, file):
                text += block
                line_ends += block.count(b"\n")
                if line_ends >= count or len(text) > MAX_BYTES:
                    break
    except EOFError:
        found = f"{kind} data that end in the middle"
        return Problem(found, "a whole file", "copy the file anew: it was cut short")
    except (zlib.error, lzma.LZMAError) as error:
        return _broken(kind, error)
    except OSError as error:
        if error.errno is None:  # how bz2 tells of broken data
            return _broken(kind, error)
        found = f"a file that cannot be read ({error.strerror})"
        return Problem(found, "a readable file", "mend its permissions or copy it anew")
    if not text:
        return Problem("an empty file", "at least one record", "give a file that holds something")
    return [line.removesuffix(b"\r") for line in bytes(text).split(b"\n")[:count]]


def _broken(kind: str, error: Exception) -> Problem:
    return Problem(f"broken {kind} data ({error})", f"sound {kind} data", "copy the file anew")


def _plain(block: bytes, file: BinaryIO) -> Iterator[bytes]:
    while block:
        yield block
        block = file.read(BLOCK_BYTES)


def _decompressed(block: bytes, file: BinaryIO, way: Compression) -> Iterator[bytes]:
    """Text of a file of any number of compressed members; EOFError if it is cut short."""
    new_member = _DECOMPRESSORS[way]
    member, is_empty = new_member(), not block
    while block:
        yield member.decompress(block)
        block = member.unused_data or file.read(BLOCK_BYTES)
        if member.eof:
            block = block.lstrip(b"\0")  # padding of tape and object stores
            member = new_member() if block else member
    if not (member.eof or is_empty):
        raise EOFError


def _container_problem(name: str, start: bytes, named: Compression | None) -> Problem | None:
    """Compare the first bytes with what the name says."""
    expected = f"{named.name} data, as its name says" if named else "plain text, as its name says"
    for magic, kind in _OTHER_KINDS.items():
        if start.startswith(magic):
            return Problem(kind, expected, "convert it to plain or gzip text")
    held = compression_of_content(start)
    if held is named or not start:
        return None
    stem = name.removesuffix(Path(name).suffix) if named else name
    if held is not None:
        return Problem(f"{held.name} data", expected, f"rename it to {stem}{held.suffixes[0]}")
    found = "data that are not compressed so"
    return Problem(found, expected, f"rename it to {stem} if it is plain text, or compress it")
