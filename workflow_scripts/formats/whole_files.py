"""Files that are there whole or not at all."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from formats.ownership import stop_if_superseded


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``target``; on success sync it and rename it to ``target``.

    The temporary name keeps all suffixes of ``target``, since tools choose formats by them, and
    holds host and process id, so that a surviving writer of an earlier job cannot mix into this
    one. On an error the temporary file is removed and nothing appears under the target's name.

    Raises:
        SupersededError: Slurm has started this job again elsewhere.
    """
    stop_if_superseded()
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".partial-{socket.gethostname()}-{os.getpid()}-{target.name}")
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        stop_if_superseded()
        temporary.replace(target)
        sync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def removed_at_end(path: Path) -> Iterator[Path]:
    """Yield ``path`` for a scratch file; whatever happens, it is gone afterwards."""
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make renames in ``folder`` last through a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
