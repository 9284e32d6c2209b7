"""Gzip files with the same bytes each time: no file name, no time stamp."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from formats.whole_files import written_whole


@contextmanager
def gzip_written_whole(target: Path, level: int = 4) -> Iterator[gzip.GzipFile]:
    """Open ``target`` for compressed writing; it appears under its name only if all went well.

    Equal content gives equal bytes with the same zlib. ISA-L, though faster, is not used, because
    it picks its match finder by processor.
    """
    with (
        written_whole(target) as temporary,
        temporary.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=level, fileobj=file, mtime=0) as compressed,
    ):
        yield compressed
