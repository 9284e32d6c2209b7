"""A callable with large arrays, kept in files for the processes that call it.

Workers of one machine map the arrays into memory, so that they share one copy of them; and a worker
that is started again finds them. (Ray may lose an argument of an actor that it restarts.)
"""

import mmap
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ALIGNMENT = 64  # of an array in its file, bytes


@dataclass(frozen=True)
class StoredFunction:
    """A function that calls the one stored in a folder; pickled, it is the path only."""

    folder: Path

    def __call__(self, item: Any) -> Any:
        """Return the stored function's result."""
        return self._function(item)

    @cached_property
    def _function(self) -> Callable[[Any], Any]:
        content, borders = pickle.loads((self.folder / "function.pickle").read_bytes())
        with (self.folder / "arrays").open("rb") as file:
            arrays = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        buffers = [arrays[start : start + size] for start, size in borders]
        function: Callable[[Any], Any] = pickle.loads(content, buffers=buffers)
        return function


def store_function(function: Callable[[Any], Any], folder: Path) -> StoredFunction:
    """Store a picklable function, and its NumPy arrays for mapping, in an existing folder."""
    buffers: list[pickle.PickleBuffer] = []
    content = pickle.dumps(function, protocol=5, buffer_callback=buffers.append)
    borders, position = [], 0
    with (folder / "arrays").open("wb") as file:
        for buffer in buffers:
            raw = buffer.raw()
            borders.append((position, raw.nbytes))
            file.write(raw)
            file.write(bytes(-raw.nbytes % ALIGNMENT))
            position += raw.nbytes + -raw.nbytes % ALIGNMENT
        file.write(bytes(ALIGNMENT))  # an empty file cannot be mapped
    (folder / "function.pickle").write_bytes(pickle.dumps((content, borders)))
    return StoredFunction(folder)
