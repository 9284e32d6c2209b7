"""Texts as users' programs, editors and disks spoil them: strategies for files of bytes."""

import bz2
import gzip
import lzma
from collections.abc import Callable

from hypothesis import strategies as st

SURPRISING_BYTES = (
    *(bytes([byte]) for byte in b"\x00\t \r\n!\"#$%&'*+,-./0:;<=>?@[\\]^_`{|}~\x7f\xff"),
    b"\xef\xbb\xbf",
    "é".encode(),
    "日".encode(),
    b"N",
    b"X",
    b"U",
    b"\r\n",
    b"\n\n",
)
MOST_MUTATIONS = 3


def _inserted(text: bytes, position: int, piece: bytes) -> bytes:
    return text[:position] + piece + text[position:]


def _replaced(text: bytes, position: int, piece: bytes) -> bytes:
    return text[:position] + piece + text[position + len(piece) :]


def _truncated(text: bytes, position: int, piece: bytes) -> bytes:
    return text[:position]


def _without_line(text: bytes, position: int, piece: bytes) -> bytes:
    lines = text.split(b"\n")
    del lines[text.count(b"\n", 0, position)]
    return b"\n".join(lines)


def _with_line_twice(text: bytes, position: int, piece: bytes) -> bytes:
    lines = text.split(b"\n")
    number = text.count(b"\n", 0, position)
    return b"\n".join([*lines[: number + 1], *lines[number:]])


def _joined_to_next_line(text: bytes, position: int, piece: bytes) -> bytes:
    end = text.find(b"\n", position)
    return text if end < 0 else text[:end] + text[end + 1 :]


def _with_dos_line_ends(text: bytes, position: int, piece: bytes) -> bytes:
    return text.replace(b"\n", b"\r\n")


def _with_blank_lines_at_end(text: bytes, position: int, piece: bytes) -> bytes:
    return text + b"\n" * (1 + position % 3)


MUTATIONS: tuple[Callable[[bytes, int, bytes], bytes], ...] = (
    _inserted,
    _replaced,
    _truncated,
    _without_line,
    _with_line_twice,
    _joined_to_next_line,
    _with_dos_line_ends,
    _with_blank_lines_at_end,
)


@st.composite
def mutated(draw: st.DrawFn, text: bytes) -> bytes:
    """Draw ``text`` after none to ``MOST_MUTATIONS`` mutations; half of the draws are unchanged."""
    if draw(st.booleans()):
        return text
    for _ in range(draw(st.integers(1, MOST_MUTATIONS))):
        mutation = draw(st.sampled_from(MUTATIONS))
        position = draw(st.integers(0, max(len(text) - 1, 0)))
        text = mutation(text, position, draw(st.sampled_from(SURPRISING_BYTES)))
    return text


def _two_members(content: bytes) -> bytes:
    half = len(content) // 2
    return gzip.compress(content[:half]) + gzip.compress(content[half:])


COMPRESSORS: tuple[Callable[[bytes], bytes], ...] = (
    bytes,
    gzip.compress,
    _two_members,
    bz2.compress,
    lzma.compress,
)


@st.composite
def compressed(draw: st.DrawFn, content: bytes) -> tuple[bytes, bool]:
    """Draw the content as a file, plain or compressed; whether the file is complete."""
    data = draw(st.sampled_from(COMPRESSORS))(content)
    if data != content and draw(st.integers(0, 9)) == 0:
        return data[: draw(st.integers(1, len(data) - 1))], False
    return data, True


def decompressed(data: bytes) -> bytes:
    """Return the content of a complete file, by the standard library."""
    for magic, decompress in (
        (b"\x1f\x8b", gzip.decompress),
        (b"BZh", bz2.decompress),
        (b"\xfd7zXZ", lzma.decompress),
    ):
        if data.startswith(magic):
            return decompress(data)
    return data
