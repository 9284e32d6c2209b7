"""First lines of a plain or compressed file, without reading the rest of it."""

import lzma
import zlib

from readkin.formats.compression import (
    TEXT_FILE,
    ReadableFile,
    compression_of_content,
    conversion_of,
    other_kind,
    uncompressed_blocks,
)
from rules.settings.mistakes import Diagnosis

BLOCK_BYTES = 16 << 10
MAX_BYTES = 8 << 20
"""Reading stops after this many bytes of text."""


def first_lines(path: ReadableFile, count: int) -> list[bytes] | Diagnosis:
    """Read the first lines of a file.

    Args:
        path: an existing file.
        count: number of lines.

    Returns:
        The lines without line ends, at least one; fewer than ``count`` if the file ends or
        MAX_BYTES are reached earlier. If the file cannot be read, the diagnosis.
    """
    kind = "plain text"
    text, line_ends = bytearray(), 0
    try:
        with path.open("rb") as file:
            start = file.peek()
            if other := other_kind(start):
                return Diagnosis(other, TEXT_FILE, conversion_of(other))
            if compression := compression_of_content(start):
                kind = compression.name
            for block in uncompressed_blocks(file, BLOCK_BYTES):
                text += block
                line_ends += block.count(b"\n")
                if line_ends >= count or len(text) > MAX_BYTES:
                    break
    except EOFError:
        found = f"truncated {kind} data"
        return Diagnosis(found, "a complete file", "copy the file again")
    except (zlib.error, lzma.LZMAError) as error:
        return _corrupt(kind, error)
    except OSError as error:
        if error.errno is None:  # as bz2 reports corrupt data
            return _corrupt(kind, error)
        found = f"a file that cannot be read ({error.strerror})"
        return Diagnosis(found, "a readable file", "correct its permissions or copy it again")
    if not text:
        return Diagnosis("an empty file", "at least one record", "provide a non-empty file")
    lines = bytes(text).removesuffix(b"\n").split(b"\n")[:count]
    return [line.removesuffix(b"\r") for line in lines]


def _corrupt(kind: str, error: Exception) -> Diagnosis:
    return Diagnosis(f"corrupt {kind} data ({error})", f"valid {kind} data", "copy the file again")
