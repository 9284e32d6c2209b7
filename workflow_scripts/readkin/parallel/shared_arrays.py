"""Arrays shared by the ranks of a node: one copy in memory, read-only.

They are stored in files in memory (/dev/shm), which are unlinked as soon as all ranks have opened
them: no file remains, and the memory is free when the last rank has released the last array. An MPI
window can only be freed by all ranks together, and Open MPI reserves no memory for it: if /dev/shm
fills up later, a write ends in a bus error.
"""

import math
import mmap
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from readkin.errors import InputError

if TYPE_CHECKING:
    from mpi4py import MPI

MEMORY_FOLDER = "/dev/shm"
ShapeAndType = tuple[tuple[int, ...], type]
Fill = Callable[[list[np.ndarray], int, int], None]


class NoSharedMemoryError(InputError):
    """There is no memory for an array that the ranks of a node share."""

    is_retryable = True  # another node may have more


def read_only(array: np.ndarray) -> np.ndarray:
    """Return a read-only view or copy of the array in C order."""
    view = np.asarray(array, order="C").view()
    view.flags.writeable = False
    return view


def share(node: "MPI.Comm", make: Callable[[], Iterable[np.ndarray]]) -> list[np.ndarray]:
    """Return the arrays that ``make`` makes on the node's first rank, read-only on all its ranks.

    Args:
        node: communicator of the node's ranks; all must call this.
        make: returns or yields the arrays; runs on the first rank.

    Raises:
        NoSharedMemoryError: if there is no memory for an array.
        TypeError: if an array holds Python objects.
    """
    if node.Get_size() == 1:
        return [read_only(array) for array in make()]
    if node.Get_rank() == 0:
        return _send(node, make())
    return _receive(node)


def share_filled(node: "MPI.Comm", shapes: Sequence[ShapeAndType], fill: Fill) -> list[np.ndarray]:
    """Return arrays that all ranks of the node have filled together, read-only on all of them.

    Args:
        node: communicator of the node's ranks; all must call this.
        shapes: shape and dtype of each array.
        fill: is called as ``fill(arrays, part, parts)`` on each rank; the arrays contain zeros.

    Raises:
        NoSharedMemoryError: if there is no memory for an array.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(_shared_file(node, *of_array)) for of_array in shapes]
        fill(
            [
                np.ndarray(shape, dtype, mmap.mmap(file.fileno(), 0))
                for file, (shape, dtype) in zip(files, shapes, strict=True)
            ],
            node.Get_rank(),
            node.Get_size(),
        )
        node.Barrier()  # the content is complete
        return [
            _mapped(file, shape, np.dtype(dtype))
            for file, (shape, dtype) in zip(files, shapes, strict=True)
        ]


def _shared_file(node: "MPI.Comm", shape: tuple[int, ...], dtype: type) -> IO[bytes]:
    """Return a file of zeros for an array, the same one on all ranks of the node."""
    if node.Get_rank() > 0:
        file = node.bcast(None).open("r+b")
        node.Barrier()
        return file
    descriptor, path = _reserved_file(math.prod(shape) * np.dtype(dtype).itemsize)
    try:
        node.bcast(path)
        node.Barrier()  # all have opened it
    finally:
        path.unlink()
    return os.fdopen(descriptor, "r+b")


def _send(node: "MPI.Comm", arrays: Iterable[np.ndarray]) -> list[np.ndarray]:
    shared = []
    for array in arrays:
        shared.append(_send_one(node, array))
        del array  # before a generator makes the next one
    node.bcast(None)
    return shared


def _send_one(node: "MPI.Comm", array: np.ndarray) -> np.ndarray:
    if array.dtype.hasobject:
        raise TypeError(f"found an array of {array.dtype}, expected numbers; only those are shared")
    descriptor, path = _reserved_file(array.nbytes)
    with os.fdopen(descriptor, "r+b") as file:
        try:
            node.bcast((array.shape, array.dtype, path))
            node.Barrier()  # all have opened it
        finally:
            path.unlink()
        with mmap.mmap(file.fileno(), 0) as memory:
            np.ndarray(array.shape, array.dtype, memory)[...] = array
        node.Barrier()  # the content is complete
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
    """Return the file's content as an array, which owns the mapped memory."""
    return np.ndarray(shape, dtype, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _reserved_file(n_bytes: int) -> tuple[int, Path]:
    """Return descriptor and path of a new file of ``n_bytes``.

    It is in memory if there is space, else in $TMPDIR: containers often have 64 MB of /dev/shm.
    """
    failures = []
    for folder in dict.fromkeys([MEMORY_FOLDER, tempfile.gettempdir()]):
        try:
            return _reserve(folder, n_bytes)
        except OSError as error:
            failures.append(f"{folder}: {error.strerror}")
    size = f"{n_bytes / 1e9:.3g} GB"
    raise NoSharedMemoryError(
        f"shared array of {size}",
        f"no space ({'; '.join(failures)})",
        f"{size} in {MEMORY_FOLDER} or $TMPDIR",
        f"enlarge {MEMORY_FOLDER} (containers: --shm-size), or set TMPDIR to a folder with space",
    )


def _reserve(folder: str, n_bytes: int) -> tuple[int, Path]:
    """Return descriptor and path of a new file in ``folder`` whose space is reserved."""
    descriptor, name = tempfile.mkstemp(prefix="readkin-", dir=folder)
    try:
        os.posix_fallocate(descriptor, 0, max(n_bytes, 1))  # an empty file cannot be mapped
    except BaseException:
        os.close(descriptor)
        Path(name).unlink()
        raise
    return descriptor, Path(name)
