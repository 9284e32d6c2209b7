"""Pictures of points: the same pixels as by drawing one disc after another, and a valid PNG."""

import struct
import zlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.report.raster import SIGNATURE, data_address, draw_discs, png_of

SHAPE = (12, 17)
DISCS = st.lists(
    st.tuples(st.integers(-4, 15), st.integers(-4, 20), st.integers(0, 3), st.integers(1, 5)),
    max_size=30,
)


def one_after_another(discs):
    picture = np.zeros(SHAPE, int)
    for row, column, radius, ink in discs:
        for y in range(SHAPE[0]):
            for x in range(SHAPE[1]):
                if (y - row) ** 2 + (x - column) ** 2 <= (radius + 0.3) ** 2:
                    picture[y, x] = ink
    return picture


@given(DISCS)
def test_later_discs_cover_earlier_ones(discs):
    columns = np.array(discs, np.int64).reshape(-1, 4).T
    drawn = draw_discs(SHAPE, *columns[:3], columns[3].astype(np.uint8))
    assert drawn.dtype == np.uint8
    assert (drawn == one_after_another(discs)).all()


def test_png_has_the_pixels_and_colours():
    picture = np.arange(6, dtype=np.uint8).reshape(2, 3) % 3
    content = png_of(picture, ["#0072B2", "#E69F00"])
    assert content.startswith(SIGNATURE)
    chunks, rest = {}, content[len(SIGNATURE) :]
    while rest:
        (length,) = struct.unpack(">I", rest[:4])
        name, data = rest[4:8], rest[8 : 8 + length]
        assert struct.unpack(">I", rest[8 + length : 12 + length])[0] == zlib.crc32(name + data)
        chunks[name] = data
        rest = rest[12 + length :]
    assert struct.unpack(">IIBBBBB", chunks[b"IHDR"]) == (3, 2, 8, 3, 0, 0, 0)
    assert chunks[b"PLTE"] == bytes(3) + bytes.fromhex("0072B2E69F00")
    assert chunks[b"tRNS"] == b"\0"
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(2, 4)
    assert (lines[:, 0] == 0).all()
    assert (lines[:, 1:] == picture).all()
    assert data_address(content).startswith("data:image/png;base64,iVBOR")
