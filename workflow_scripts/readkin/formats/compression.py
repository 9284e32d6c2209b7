"""Compressions of the text files that users provide, recognised by the first bytes of a file.

Standard library only: the rules look at all input files before the first job starts.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator, Mapping
from io import BufferedReader
from typing import Any, BinaryIO, Literal, NamedTuple, Protocol


class ReadableFile(Protocol):
    """A path, or an object that is read as one; its text is the path for messages."""

    @property
    def name(self) -> str:
        """Name without folders."""

    def open(self, _mode: Literal["rb"], /) -> BufferedReader:
        """Open the file at its start."""


class Compression(NamedTuple):
    """A way to compress a file.

    Attributes:
        name: name in messages.
        magic: first bytes of compressed data.
    """

    name: str
    magic: bytes


GZIP = Compression("gzip", b"\x1f\x8b")
BZIP2 = Compression("bzip2", b"BZh")
XZ = Compression("xz", b"\xfd7zXZ\0")
COMPRESSIONS = (GZIP, BZIP2, XZ)
TEXT_FILE = "text, plain or compressed with gzip, bzip2 or xz"
OTHER_KINDS = {
    b"\x28\xb5\x2f\xfd": "Zstandard data",
    b"PK\x03\x04": "a zip or Excel file",
    b"CRAM": "a CRAM file",
    b"\x89HDF": "an HDF5 file",
    b"NCBI.sra": "an SRA file",
}
"""Formats that are not read, by their first bytes."""

Decompressors = Mapping[Compression, Callable[[], Any]]
DECOMPRESSORS: Decompressors = {  # of one member
    GZIP: lambda: zlib.decompressobj(wbits=31),
    BZIP2: bz2.BZ2Decompressor,
    XZ: lzma.LZMADecompressor,
}


def compression_of_content(start: bytes) -> Compression | None:
    """Return the compression of a file that starts with these bytes; None for any other content."""
    return next((kind for kind in COMPRESSIONS if start.startswith(kind.magic)), None)


def other_kind(start: bytes) -> str | None:
    """Return the name of a format that is not read, if a file starts with these bytes."""
    return next((kind for magic, kind in OTHER_KINDS.items() if start.startswith(magic)), None)


def conversion_of(kind: str) -> str:
    """Return how to convert a format of OTHER_KINDS."""
    if "SRA" in kind:
        return "convert it with `fasterq-dump` (Debian: apt-get install sra-toolkit)"
    return "convert it to plain or gzip text"


def uncompressed_blocks(
    file: BinaryIO, block_bytes: int, decompressors: Decompressors = DECOMPRESSORS
) -> Iterator[bytes]:
    """Yield the uncompressed content of a file; its first bytes, not its name, decide how.

    Whatever follows the last compressed member, except zeros (padding by tape and object stores),
    is an error: the readers of bz2 and lzma would ignore it.

    Args:
        file: file at its start.
        block_bytes: number of bytes read at once.
        decompressors: for each compression a function that returns a decompressor of one member.

    Raises:
        EOFError: if compressed data are truncated.
        OSError, zlib.error, lzma.LZMAError: if they are corrupt.
    """
    block = file.read(block_bytes)
    compression = compression_of_content(block)
    if compression is None:
        while block:
            yield block
            block = file.read(block_bytes)
        return
    new_member = decompressors[compression]
    member = new_member()
    while block:
        yield member.decompress(block)
        block = member.unused_data or file.read(block_bytes)
        if member.eof:
            while block and not block.strip(b"\0"):
                block = file.read(block_bytes)
            block = block.lstrip(b"\0")
            member = new_member() if block else member
    if not member.eof:
        raise EOFError
