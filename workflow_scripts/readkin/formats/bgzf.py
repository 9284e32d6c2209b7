"""Writer of BGZF, the blocked gzip of BAM (SAM/BAM specification v1, section 4.1).

zlib-ng compresses the blocks in half the time of the zlib in pysam's packages at level 1, and to
fewer bytes.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from zlib_ng import zlib_ng

LEVEL, WINDOW_BITS, MEMORY_LEVEL = 2, -12, 9  # a longer window takes more time, for 2 % of the size
BLOCK_BYTES = 0xFF00
"""Uncompressed bytes of a block: as htslib, so that incompressible ones fit into 64 KiB, too."""
_HEADER = struct.Struct("<4BI2BH2B2H")
_TRAILER = struct.Struct("<2I")
_END_OF_FILE = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


class BgzfWriter:
    """Writes blocks to a file that is open for writing."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._block_start = file.tell()
        self._waiting = b""

    def write(self, content: bytes) -> None:
        """Write ``content``."""
        content = self._waiting + content
        whole = len(content) - len(content) % BLOCK_BYTES
        for start in range(0, whole, BLOCK_BYTES):
            self._write_block(content[start : start + BLOCK_BYTES])
        self._waiting = content[whole:]

    def tell(self) -> int:
        """Return the virtual offset of what is written next."""
        return self._block_start << 16 | len(self._waiting)

    def finish(self) -> None:
        """Write what is left and the end of the file."""
        if self._waiting:
            self._write_block(self._waiting)
            self._waiting = b""
        self._file.write(_END_OF_FILE)

    def _write_block(self, content: bytes) -> None:
        deflate = zlib_ng.compressobj(LEVEL, zlib_ng.DEFLATED, WINDOW_BITS, MEMORY_LEVEL)
        compressed = deflate.compress(content) + deflate.flush()
        size = _HEADER.size + len(compressed) + _TRAILER.size
        # gzip's magic, deflate, extra field; no time, flags nor system; field BC with the size
        header = _HEADER.pack(31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, size - 1)
        checksum = zlib_ng.crc32(content)
        self._file.write(header + compressed + _TRAILER.pack(checksum, len(content)))
        self._block_start += size


@contextmanager
def open_bgzf(path: Path) -> Iterator[BgzfWriter]:
    """Open a new file; after an error it has no end and is not complete."""
    with path.open("wb") as file:
        writer = BgzfWriter(file)
        yield writer
        writer.finish()
