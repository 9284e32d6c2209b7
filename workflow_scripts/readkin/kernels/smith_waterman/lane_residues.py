"""Residues of sequences interleaved by lane: one vector for each position of the sequences.

Residues are first written sequence by sequence and then transposed in blocks of 8 x 8 bytes, each
in eight 64-bit numbers (for bits: Warren 2012, Hacker's Delight, 7-3). That takes a fraction of the
time of writing each residue directly to its lane, which needs one store per residue.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.sequences.sequences import UNKNOWN_BASE

BLOCK = 8


class TransposeBuffer(NamedTuple):
    """Memory in which residues are transposed.

    Attributes:
        by_lane: uint8 (lanes, positions), flat.
        by_position: uint8 (positions, lanes), flat.
    """

    by_lane: np.ndarray
    by_position: np.ndarray


def allocate_transpose_buffer(lanes: int, positions: int) -> TransposeBuffer:
    """Allocate a buffer for up to `positions` residues in each lane; `lanes` is a multiple of 8."""
    size = lanes * _whole_blocks(positions)
    return TransposeBuffer(np.empty(size, np.uint8), np.empty(size, np.uint8))


@njit(cache=True, nogil=True)
def _whole_blocks(positions: int) -> int:
    return (positions + BLOCK - 1) // BLOCK * BLOCK


@njit(cache=True, nogil=True)
def clear_lanes(buffer: TransposeBuffer, lanes: int, positions: int, residue: int) -> int:
    """Set all positions of all lanes to one residue, and return the distance between lanes.

    Lane i begins at index i * distance of ``by_lane``.
    """
    length = _whole_blocks(positions)
    buffer.by_lane[: lanes * length] = residue
    return length


@njit(cache=True, nogil=True, forceinline=True)
def write_bases(bases: np.ndarray, codes: np.ndarray, is_reverse: bool, target: np.ndarray) -> None:
    """Write the lane codes of bases, in reverse order if `is_reverse`.

    `codes` are the lane codes of ACGT, which are 0 to 3 or 3 to 0, and that of all other bases.
    """
    first, unknown = codes[0], codes[codes.size - 1]
    size = bases.size
    if is_reverse:
        for position in range(size):
            # The index is unsigned: Numba would check whether a signed one counts from the end.
            base = bases[np.uint64(size - 1 - position)]
            target[position] = base ^ first if base < UNKNOWN_BASE else unknown
    else:
        for position in range(size):
            base = bases[position]
            target[position] = base ^ first if base < UNKNOWN_BASE else unknown


@njit(cache=True, nogil=True)
def transpose_lanes(
    buffer: TransposeBuffer, lanes: int, positions: int, target: np.ndarray
) -> None:
    """Write the residues of all lanes to `target` (any dtype; positions x lanes, flat)."""
    rows, columns = _whole_blocks(positions) // BLOCK, lanes // BLOCK
    source = buffer.by_lane.view(np.uint64)
    transposed = buffer.by_position.view(np.uint64)
    for column in range(columns):
        for row in range(rows):
            _transpose_block(
                source[column * BLOCK * rows + row :],
                rows,
                transposed[row * BLOCK * columns + column :],
                columns,
            )
    for index in range(positions * lanes):
        target[index] = buffer.by_position[index]


@njit(cache=True, nogil=True, forceinline=True)
def _transpose_block(source: np.ndarray, step: int, target: np.ndarray, target_step: int) -> None:
    """Transpose 8 x 8 bytes in 8 numbers that are `step` elements apart."""
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
    """Exchange the upper parts of `low` and the lower parts of `high`."""
    shift = np.uint64(bits)
    moved = ((low >> shift) ^ high) & np.uint64(mask)
    return low ^ (moved << shift), high ^ moved
