"""Points drawn as a picture, for figures with more points than a browser can draw."""

import base64
import struct
import zlib
from collections.abc import Sequence

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PALETTE, NO_FILTER = 3, 0


def draw_discs(
    shape: tuple[int, int], row: np.ndarray, column: np.ndarray, radius: np.ndarray, ink: np.ndarray
) -> np.ndarray:
    """Draw n discs, each over those before it, and return the picture, uint8 (rows, columns).

    Args:
        shape: rows and columns of the picture, whose background is 0.
        row, column: int64 (n,), centres; what lies outside of the picture is cut off.
        radius: int64 (n,), pixels; 0 is a single pixel.
        ink: uint8 (n,), numbers of colours.
    """
    rows, columns = shape
    # The last disc on a pixel wins, whatever the order in which the discs are drawn.
    last = np.full(rows * columns, -1, np.int64)
    for size in np.unique(radius).tolist():
        discs = np.flatnonzero(radius == size)
        around = np.arange(-size, size + 1)
        down, right = (grid.ravel() for grid in np.meshgrid(around, around, indexing="ij"))
        inside = down**2 + right**2 <= (size + 0.3) ** 2
        for down_by, right_by in zip(down[inside].tolist(), right[inside].tolist(), strict=True):
            y, x = row[discs] + down_by, column[discs] + right_by
            is_visible = (y >= 0) & (y < rows) & (x >= 0) & (x < columns)
            pixel = (y * columns + x)[is_visible]
            np.maximum.at(last, pixel, discs[is_visible])
    picture = np.where(last >= 0, ink[last] if ink.size else 0, 0)
    return picture.reshape(shape).astype(np.uint8)


def png_of(picture: np.ndarray, colours: Sequence[str]) -> bytes:
    """Return a picture as PNG with a palette, in which the background is transparent.

    Args:
        picture: uint8 (rows, columns), 0 for the background, else number of the colour from 1.
        colours: at most 255, as ``#RRGGBB``.
    """
    rows, columns = picture.shape
    palette = bytes(3) + b"".join(bytes.fromhex(colour.removeprefix("#")) for colour in colours)
    header = struct.pack(">IIBBBBB", columns, rows, 8, PALETTE, 0, 0, 0)
    lines = np.hstack([np.full((rows, 1), NO_FILTER, np.uint8), picture])
    chunks = (
        (b"IHDR", header),
        (b"PLTE", palette),
        (b"tRNS", b"\0"),
        (b"IDAT", zlib.compress(lines.tobytes(), 9)),
        (b"IEND", b""),
    )
    return SIGNATURE + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    length, check = len(content), zlib.crc32(name + content)
    return struct.pack(">I", length) + name + content + struct.pack(">I", check)


def data_address(png: bytes) -> str:
    """Return a picture as an address that contains it."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
