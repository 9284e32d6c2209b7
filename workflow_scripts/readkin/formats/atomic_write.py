"""Files and folders that appear whole or not at all, written by a job's current attempt only."""

import glob
import gzip
import io
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from readkin.errors import SupersededError


@contextmanager
def atomic_write(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``target``; on success sync it and rename it to ``target``.

    The temporary name keeps all suffixes of ``target``, since tools choose formats by them, and
    contains host and process id, so that a surviving writer of an earlier job cannot interfere. On
    an error the temporary file is removed and nothing appears under the target's name.

    Raises:
        SupersededError: this job has been started again elsewhere.
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
def atomic_folder(target: Path) -> Iterator[Path]:
    """Yield a temporary folder beside ``target``; on success rename it to ``target``.

    Whoever writes files into it syncs them. An earlier folder of that name is replaced.

    Raises:
        SupersededError: this job has been started again elsewhere.
    """
    stop_if_superseded()
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".partial-{socket.gethostname()}-{os.getpid()}-{target.name}")
    replaced = temporary.with_name(f"{temporary.name}-replaced")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        yield temporary
        sync_folder(temporary)
        stop_if_superseded()
        if target.exists():
            target.replace(replaced)
        temporary.replace(target)
        sync_folder(target.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(replaced, ignore_errors=True)


def linked_or_copied(path: Path, folder: Path) -> None:
    """Put a finished file into a folder, too: as a hard link, or as a copy where that fails."""
    try:
        os.link(path, folder / path.name)
    except OSError:  # another file system, or one without hard links
        shutil.copyfile(path, folder / path.name)
        with (folder / path.name).open("rb") as file:
            os.fsync(file.fileno())


def remove_unfinished(target: Path) -> None:
    """Remove what interrupted runs have left of ``target``, a file or folder written as above.

    Raises:
        SupersededError: this job has been started again elsewhere.
    """
    stop_if_superseded()
    target = Path(target)
    for left in target.parent.glob(f".partial-*-{glob.escape(target.name)}*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


@contextmanager
def atomic_gzip(target: Path, level: int = 4) -> Iterator[gzip.GzipFile]:
    """Open ``target`` for compressed writing; it appears under its name only if all went well."""
    with (
        atomic_write(target) as temporary,
        temporary.open("wb") as file,
        reproducible_gzip(file, level) as compressed,
    ):
        yield compressed


def reproducible_gzip(file: BinaryIO, level: int = 4) -> gzip.GzipFile:
    """Open a file for compressed writing.

    Equal content gives equal bytes with the same zlib: no file name, no time stamp. ISA-L, though
    faster, is not used, because it picks its match finder by processor.
    """
    return gzip.GzipFile("", "wb", compresslevel=level, fileobj=file, mtime=0)


def gzip_member(content: bytes) -> bytes:
    """Return compressed content; such members, one after the other, are a gzip file."""
    buffer = io.BytesIO()
    with reproducible_gzip(buffer) as compressed:
        compressed.write(content)
    return buffer.getvalue()


@contextmanager
def removed_at_end(path: Path) -> Iterator[Path]:
    """Yield ``path`` for a scratch file; whatever happens, it is removed afterwards."""
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make renames in ``folder`` survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def stop_if_superseded() -> None:
    """Stop a superseded attempt of a cluster job before it replaces or removes output.

    Slurm and Ray start a job again when they lose its node; a node that is only cut off continues
    to write to the shared folders. Each attempt therefore writes its own fencing token to a file
    (rules/slurm_guard/claims.py), and an attempt that finds another token there is superseded, or
    none, after the start of another run. Outside such jobs this does nothing.

    Raises:
        SupersededError: another attempt of this job owns the output.
    """
    file, own = os.environ.get("JOB_GUARD_TOKEN_FILE"), os.environ.get("JOB_GUARD_TOKEN")
    if not file:
        return
    try:
        current = Path(file).read_text()
        found = f"{current!r}, a later attempt of this job"
    except FileNotFoundError:
        current, found = "", "no token, as another run has started"
    if current != own:
        what_to_do = "nothing to do: the later attempt writes the output"
        raise SupersededError(file, found, f"{own!r}", what_to_do)
