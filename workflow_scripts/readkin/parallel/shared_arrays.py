"""Arrays that the ranks of a node have in common: one copy in memory, read-only.

They lie in files in memory (/dev/shm) that lose their names as soon as all ranks have opened
them: nothing stays behind, and the memory is free when the last array is gone, whenever that is
on which rank. An MPI window can only be freed by all ranks together, and Open MPI sets no memory
aside for it: if /dev/shm fills up later, a write ends in a bus error.
"""

import mmap
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mpi4py import MPI

MEMORY_FOLDER = "/dev/shm"


class NoSharedMemoryError(RuntimeError):
    """There is no room for an array that the ranks of a node share."""


def read_only(array: np.ndarray) -> np.ndarray:
    """The same array in C order, not to be written to."""
    view = np.asarray(array, order="C").view()
    view.flags.writeable = False
    return view


def share(node: "MPI.Comm", make: Callable[[], Iterable[np.ndarray]]) -> list[np.ndarray]:
    """The arrays that ``make`` makes on the node's first rank, read-only on all ranks of ``node``.

    Raises:
        NoSharedMemoryError: if there is no room for an array.
        TypeError: if an array holds Python objects.
    """
    if node.Get_size() == 1:
        return [read_only(array) for array in make()]
    if node.Get_rank() == 0:
        return _give(node, make())
    return _receive(node)


def _give(node: "MPI.Comm", arrays: Iterable[np.ndarray]) -> list[np.ndarray]:
    shared = []
    for array in arrays:
        shared.append(_give_one(node, array))
        del array  # before a generator makes the next one
    node.bcast(None)
    return shared


def _give_one(node: "MPI.Comm", array: np.ndarray) -> np.ndarray:
    if array.dtype.hasobject:
        raise TypeError(f"found an array of {array.dtype}, expected numbers; only those are shared")
    descriptor, path = _file_with_room(array.nbytes)
    with os.fdopen(descriptor, "r+b") as file:
        try:
            node.bcast((array.shape, array.dtype, path))
            node.Barrier()  # all have opened it
        finally:
            path.unlink()
        with mmap.mmap(file.fileno(), 0) as memory:
            np.ndarray(array.shape, array.dtype, memory)[...] = array
        node.Barrier()  # it is filled
        return _mapped(file, array.shape, array.dtype)


def _receive(node: "MPI.Comm") -> list[np.ndarray]:
    shared = []
    while message := node.bcast(None):
        shape, dtype, path = message
        with path.open("rb") as file:
            node.Barrier()
            node.Barrier()
            shared.append(_mapped(file, shape, dtype))
    return shared


def _mapped(file: IO[bytes], shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """The file's content as an array, which keeps the memory as long as it lives."""
    return np.ndarray(shape, dtype, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _file_with_room(n_bytes: int) -> tuple[int, Path]:
    """Descriptor and path of a new file for ``n_bytes``.

    In memory if there is room, else in $TMPDIR: containers often have 64 MB of /dev/shm.
    """
    failures = []
    for folder in dict.fromkeys([MEMORY_FOLDER, tempfile.gettempdir()]):
        try:
            return _reserve(folder, n_bytes)
        except OSError as error:
            failures.append(f"{folder}: {error.strerror}")
    raise NoSharedMemoryError(
        f"found no room for an array of {n_bytes / 1e9:.3g} GB that the ranks of a node share "
        f"({'; '.join(failures)}), expected room in {MEMORY_FOLDER} or $TMPDIR; enlarge "
        f"{MEMORY_FOLDER} (containers: --shm-size), or set TMPDIR to a folder with room"
    )


def _reserve(folder: str, n_bytes: int) -> tuple[int, Path]:
    """A new file in ``folder`` with its space set aside."""
    descriptor, name = tempfile.mkstemp(prefix="readkin-", dir=folder)
    try:
        os.posix_fallocate(descriptor, 0, max(n_bytes, 1))  # an empty file cannot be mapped
    except BaseException:
        os.close(descriptor)
        Path(name).unlink()
        raise
    return descriptor, Path(name)
