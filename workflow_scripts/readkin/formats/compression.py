"""Compressions of the text files that users provide, recognised by the first bytes of a file.

Standard library only: the rules look at all input files before the first job starts.
"""

from typing import NamedTuple


class Compression(NamedTuple):
    """A way to compress a file.

    Attributes:
        name: name in messages.
        suffixes: suffixes of file names; the first is the usual one.
        magic: first bytes of compressed data.
    """

    name: str
    suffixes: tuple[str, ...]
    magic: bytes


GZIP = Compression("gzip", (".gz", ".bgz"), b"\x1f\x8b")
BZIP2 = Compression("bzip2", (".bz2",), b"BZh")
XZ = Compression("xz", (".xz",), b"\xfd7zXZ\0")
COMPRESSIONS = (GZIP, BZIP2, XZ)


def compression_of_name(suffix: str) -> Compression | None:
    """Return the compression that the last suffix of a file name promises; None for plain text."""
    return next((kind for kind in COMPRESSIONS if suffix in kind.suffixes), None)


def compression_of_content(start: bytes) -> Compression | None:
    """Return the compression of a file that starts with these bytes; None for any other content."""
    return next((kind for kind in COMPRESSIONS if start.startswith(kind.magic)), None)
