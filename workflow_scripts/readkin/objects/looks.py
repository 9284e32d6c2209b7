"""First look at all objects of a run, 16 at a time: version and first bytes, or what is wrong.

If the server does not answer at all, one object reports it and the others are left out.
"""

import io
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

from readkin.objects.failures import ObjectError, PassingObjectError
from readkin.objects.store import ObjectStore
from readkin.objects.uri import Addressed, parse_uri

AT_ONCE = 16
START_BYTES = 32 << 10
_MORE_BYTES = 1 << 20  # at once, where the start does not contain the first records


class ObjectStart(Addressed):
    """First bytes of an object; what follows is requested when it is read.

    It has the parts of ``pathlib.Path`` that the check of first records uses.

    Attributes:
        version: of the object.
    """

    def __init__(self, store: ObjectStore, address: str) -> None:
        self.version = store.look(address)
        super().__init__(address)
        self._store = store
        self._start = self._read(0, min(START_BYTES, self.version.size))

    def open(self, _mode: Literal["rb"], /) -> io.BufferedReader:
        """Open it for reading."""
        return io.BufferedReader(_StartReader(self._start, self._read, self.version.size))

    def _read(self, first: int, end: int) -> bytearray:
        uri = parse_uri(self._address)
        return self._store.read_range(uri, self.version, first, end)


class _StartReader(io.RawIOBase):
    """Reads the first bytes from memory, further ones by ``read``."""

    def __init__(self, start: bytearray, read: Callable[[int, int], bytearray], size: int) -> None:
        self._block, self._first = start, 0
        self._read_more, self._size, self._position = read, size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._position >= self._first + len(self._block):
            self._first = self._position
            end = min(self._size, self._position + _MORE_BYTES)
            self._block = (
                self._read_more(self._position, end) if end > self._position else bytearray()
            )
        offset = self._position - self._first
        part = self._block[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        self._position += len(part)
        return len(part)


def look_at_all(
    store: ObjectStore, addresses: Iterable[str]
) -> dict[str, ObjectStart | ObjectError]:
    """Look at objects, 16 at a time.

    Args:
        store: of the objects.
        addresses: of the objects.

    Returns:
        Start or error of each object; objects that were left out, as the server does not answer,
        are missing.
    """
    is_away = threading.Event()

    def look(address: str) -> ObjectStart | ObjectError | None:
        if is_away.is_set():
            return None
        try:
            return ObjectStart(store, address)
        except PassingObjectError as error:
            is_away.set()
            return error
        except ObjectError as error:
            return error

    unique = list(dict.fromkeys(addresses))
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        results = zip(unique, pool.map(look, unique), strict=True)
        found = {address: result for address, result in results if result is not None}
    away = [a for a, result in found.items() if isinstance(result, PassingObjectError)]
    for address in away[1:]:
        del found[address]
    return found
