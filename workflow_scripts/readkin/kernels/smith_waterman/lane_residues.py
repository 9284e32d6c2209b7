"""Letters of sequences side by side: written a sequence at a time, turned to a place at a time.

Written at once to where the lanes want them, each letter would be a store of its own, a whole
vector away from the last one. Turned in blocks of 8 x 8 bytes, which lie in 8 numbers (Warren 2012,
Hacker's Delight, 7-3, for bits), they cost a fraction of that.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

BLOCK = 8


class Desk(NamedTuple):
    """Memory for letters on their way into lanes; uint8, flat."""

    by_lane: np.ndarray  # (lanes, places)
    by_place: np.ndarray  # (places, lanes)


def make_desk(lanes: int, places: int) -> Desk:
    """Memory for so many lanes, a multiple of 8, with so many letters each."""
    size = lanes * _whole_blocks(places)
    return Desk(np.empty(size, np.uint8), np.empty(size, np.uint8))


@njit(cache=True, nogil=True)
def _whole_blocks(places: int) -> int:
    return (places + BLOCK - 1) // BLOCK * BLOCK


@njit(cache=True, nogil=True)
def clear_lanes(desk: Desk, lanes: int, places: int, letter: int) -> int:
    """The same letter everywhere; returns how far apart the first letters of two lanes lie."""
    length = _whole_blocks(places)
    desk.by_lane[: lanes * length] = letter
    return length


@njit(cache=True, nogil=True, forceinline=True)
def write_bases(
    letters: np.ndarray, table: np.ndarray, is_turned: bool, target: np.ndarray
) -> None:
    """The codes of bases; `is_turned`: the last one first.

    `table` gives the codes of ACGT (the numbers 0 to 3 or 3 to 0) and one for everything else.
    """
    first, unknown = table[0], table[table.size - 1]
    size = letters.size
    if is_turned:
        for place in range(size):
            # As an unsigned number: for a signed one, Numba asks whether it counts from the end.
            letter = letters[np.uint64(size - 1 - place)]
            target[place] = letter ^ first if letter < 4 else unknown
    else:
        for place in range(size):
            letter = letters[place]
            target[place] = letter ^ first if letter < 4 else unknown


@njit(cache=True, nogil=True)
def turn_lanes(desk: Desk, lanes: int, places: int, target: np.ndarray) -> None:
    """Write the letters of all lanes to `target` (any type; places x lanes, flat)."""
    rows, columns = _whole_blocks(places) // BLOCK, lanes // BLOCK
    source = desk.by_lane.view(np.uint64)
    turned = desk.by_place.view(np.uint64)
    for column in range(columns):
        for row in range(rows):
            _turn_block(
                source[column * BLOCK * rows + row :],
                rows,
                turned[row * BLOCK * columns + column :],
                columns,
            )
    for index in range(places * lanes):
        target[index] = desk.by_place[index]


@njit(cache=True, nogil=True, forceinline=True)
def _turn_block(source: np.ndarray, step: int, target: np.ndarray, target_step: int) -> None:
    """8 numbers of 8 bytes, `step` apart, with bytes for numbers and numbers for bytes."""
    a, b, c, d = source[0], source[step], source[2 * step], source[3 * step]
    e, f, g, h = source[4 * step], source[5 * step], source[6 * step], source[7 * step]
    a, e = _swapped(a, e, 32, 0x00000000FFFFFFFF)
    b, f = _swapped(b, f, 32, 0x00000000FFFFFFFF)
    c, g = _swapped(c, g, 32, 0x00000000FFFFFFFF)
    d, h = _swapped(d, h, 32, 0x00000000FFFFFFFF)
    a, c = _swapped(a, c, 16, 0x0000FFFF0000FFFF)
    b, d = _swapped(b, d, 16, 0x0000FFFF0000FFFF)
    e, g = _swapped(e, g, 16, 0x0000FFFF0000FFFF)
    f, h = _swapped(f, h, 16, 0x0000FFFF0000FFFF)
    a, b = _swapped(a, b, 8, 0x00FF00FF00FF00FF)
    c, d = _swapped(c, d, 8, 0x00FF00FF00FF00FF)
    e, f = _swapped(e, f, 8, 0x00FF00FF00FF00FF)
    g, h = _swapped(g, h, 8, 0x00FF00FF00FF00FF)
    target[0], target[target_step] = a, b
    target[2 * target_step], target[3 * target_step] = c, d
    target[4 * target_step], target[5 * target_step] = e, f
    target[6 * target_step], target[7 * target_step] = g, h


@njit(cache=True, nogil=True, forceinline=True)
def _swapped(low: np.uint64, high: np.uint64, bits: int, mask: int) -> tuple[np.uint64, np.uint64]:
    """The upper parts of `low` and the lower ones of `high` change places."""
    shift = np.uint64(bits)
    moved = ((low >> shift) ^ high) & np.uint64(mask)
    return low ^ (moved << shift), high ^ moved
