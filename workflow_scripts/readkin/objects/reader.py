"""An object as a file: read in ranges, some ahead of the reader, each requested again if it breaks.

A stream of many gigabytes over one connection rarely survives; a range is requested again from the
byte at which it broke.
"""

import io
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

BLOCK_BYTES = 4 << 20
BLOCKS_AHEAD = 4
BLOCKS_KEPT = 1  # behind the reader, or around earlier positions

ReadRange = Callable[[int, int, threading.Event], bytes | bytearray]
"""Takes first byte, end, and an event that ends its tries; returns the bytes."""


class RangeReader(io.RawIOBase):
    """A seekable file of ranges.

    Args:
        read_range: function that reads a range, from several threads.
        size: bytes of the object.
        block_bytes: bytes of a range.
        ahead: number of ranges requested before the reader reaches them.
    """

    def __init__(
        self,
        read_range: ReadRange,
        size: int,
        block_bytes: int = BLOCK_BYTES,
        ahead: int = BLOCKS_AHEAD,
    ) -> None:
        self._read_range, self._size = read_range, size
        self._block_bytes, self._ahead = block_bytes, ahead
        self._position = 0
        self._blocks: OrderedDict[int, Future[bytes | bytearray]] = OrderedDict()
        self._is_closing = threading.Event()

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position; return it."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer`` from the block at the position; return the number of bytes, 0 at the end.

        Raises:
            ObjectError: if the range cannot be read.
        """
        if self._position >= self._size:
            return 0
        number, offset = divmod(self._position, self._block_bytes)
        part = memoryview(self._block(number))[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        self._position += len(part)
        return len(part)

    def _block(self, number: int) -> bytes | bytearray:
        last = (self._size - 1) // self._block_bytes
        for wanted in range(number, min(last, number + self._ahead) + 1):
            if wanted not in self._blocks:
                self._blocks[wanted] = self._request(wanted)
        self._blocks.move_to_end(number)
        outside = [other for other in self._blocks if not 0 <= other - number <= self._ahead]
        for other in outside[:-BLOCKS_KEPT]:
            del self._blocks[other]
        return self._blocks[number].result()

    def _request(self, number: int) -> "Future[bytes | bytearray]":
        first = number * self._block_bytes
        end = min(self._size, first + self._block_bytes)
        block: Future[bytes | bytearray] = Future()

        def read() -> None:
            try:
                block.set_result(self._read_range(first, end, self._is_closing))
            except Exception as error:
                block.set_exception(error)

        # Of a pool's threads Python would wait for the last answer before it ends.
        threading.Thread(target=read, daemon=True).start()
        return block

    def close(self) -> None:
        """End the requests."""
        if not self.closed:
            self._is_closing.set()
            self._blocks.clear()
        super().close()
