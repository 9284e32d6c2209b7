"""Junctions: where mates, which know a distance within some bases only, have joined two blocks.

A block is a set of reads that overlaps have joined. Where two blocks of a piece meet, their outer
reads mostly share a few bases, too few for an alignment. These bases give the exact distance.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.layout.joining import PieceState
from readkin.kernels.layout.residues import base_of
from readkin.kernels.sequences.sequences import UNKNOWN_BASE, read_only
from readkin.kernels.typed_constants import INT_0

LEAST_OVERLAP_BP = 12  # of random sequences one pair in 100,000 has it at one of 150 distances
BASES_PER_MISMATCH = 20


class Blocks(NamedTuple):
    """Ends of all blocks; a block is named by one of its reads. Arrays are (reads,).

    Attributes:
        low, high: int64, where the block begins and ends on the axis of its piece.
        first, last: int64, the read that begins first and the one that ends last.
    """

    low: np.ndarray
    high: np.ndarray
    first: np.ndarray
    last: np.ndarray


def close_junctions(
    state: PieceState, block: np.ndarray, residues: np.ndarray, offsets: np.ndarray, reach: int
) -> int:
    """Move the blocks of each piece so that neighbours overlap by the bases that they share.

    Two blocks that share none and were placed upon each other by up to ``reach`` are moved apart,
    with one base of unknown sequence between them. Blocks within another one keep their place.

    Args:
        state: of the pieces; positions and ends are changed.
        block: int32 (reads,), name of the block of each read.
        residues, offsets: of the reads.
        reach: bp by which the placement of a block may be wrong.

    Returns:
        Number of neighbours that were found to overlap.
    """
    blocks = _ends_of(block, state.read["position"], state.read["length"])
    names = np.flatnonzero(blocks.first >= 0)
    piece = state.read["piece"][names]
    order = names[np.lexsort((names, blocks.low[names], piece))]
    shift = np.zeros(block.size, np.int64)
    sequences = read_only(residues), read_only(offsets), state.is_forward
    found = _shifts(state.read["piece"][order], order, blocks, *sequences, reach, shift)
    state.read["position"] += shift[block].astype(np.int32)
    of_pieces = _ends_of(state.read["piece"].copy(), state.read["position"], state.read["length"])
    named = np.flatnonzero(of_pieces.first >= 0)
    state.low[named], state.high[named] = of_pieces.low[named], of_pieces.high[named]
    return int(found)


def _ends_of(name: np.ndarray, position: np.ndarray, length: np.ndarray) -> Blocks:
    """Return the ends of all sets of reads; ``name`` is the set of each read, int32 (reads,)."""
    n = name.size
    blocks = Blocks(*(np.full(n, -1, np.int64) for _ in Blocks._fields))
    _fill_ends(name, position, length, blocks)
    return blocks


@njit(cache=True, nogil=True)
def _fill_ends(name: np.ndarray, position: np.ndarray, length: np.ndarray, blocks: Blocks) -> None:
    for i in range(name.size):
        block = name[i]
        if blocks.first[block] < 0 or position[i] < blocks.low[block]:
            blocks.low[block], blocks.first[block] = position[i], i
        if blocks.last[block] < 0 or position[i] + length[i] > blocks.high[block]:
            blocks.high[block], blocks.last[block] = position[i] + length[i], i


@njit(cache=True, nogil=True)
def _shifts(
    piece: np.ndarray,
    order: np.ndarray,
    blocks: Blocks,
    residues: np.ndarray,
    offsets: np.ndarray,
    is_forward: np.ndarray,
    reach: int,
    shift: np.ndarray,
) -> int:
    """Fill the shift of each block; return the number of overlaps found.

    Args:
        piece: int32 (blocks,), piece of each block in ``order``.
        order: int64 (blocks,), names of the blocks by piece, then by where they begin.
        blocks: ends of the blocks.
        residues, offsets, is_forward: of the reads.
        reach: bp by which the placement of a block may be wrong.
        shift: int64 (reads,), zeros.
    """
    found = 0
    moved, end, outer = 0, 0, INT_0
    for k in range(order.size):
        block = order[k]
        if k == 0 or piece[k] != piece[k - 1]:
            moved, end, outer = 0, blocks.high[block], blocks.last[block]
            continue
        distance = blocks.low[block] + moved - end
        if distance <= reach and blocks.high[block] + moved > end:
            overlap = _overlap(
                residues, offsets, is_forward, outer, blocks.first[block], -distance, reach
            )
            if overlap:
                found += 1
                moved -= distance + overlap
            elif -reach <= distance < 1:
                moved += 1 - distance
        shift[block] = moved
        if blocks.high[block] + moved > end:
            end, outer = blocks.high[block] + moved, blocks.last[block]
    return found


@njit(cache=True, nogil=True)
def _overlap(
    residues: np.ndarray,
    offsets: np.ndarray,
    is_forward: np.ndarray,
    left: int,
    right: int,
    expected: int,
    reach: int,
) -> int:
    """Return the longest overlap of the end of one read with the begin of another; 0 if none.

    It differs from ``expected`` by at most ``reach``.
    """
    length_left = offsets[left + 1] - offsets[left]
    length_right = offsets[right + 1] - offsets[right]
    longest = min(length_left, length_right, expected + reach)
    for overlap in range(longest, max(LEAST_OVERLAP_BP, expected - reach) - 1, -1):
        allowed = overlap // BASES_PER_MISMATCH
        for k in range(overlap):
            a = base_along_axis(residues, offsets, is_forward, left, length_left - overlap + k)
            b = base_along_axis(residues, offsets, is_forward, right, k)
            if a != b or a >= UNKNOWN_BASE:
                allowed -= 1
                if allowed < 0:
                    break
        if allowed >= 0:
            return overlap
    return 0


@njit(inline="always")
def base_along_axis(
    residues: np.ndarray, offsets: np.ndarray, is_forward: np.ndarray, read: int, at: int
) -> int:
    """Return base ``at`` of a read in the direction of the axis."""
    if is_forward[read]:
        return base_of(residues[offsets[read] + at])
    base = base_of(residues[offsets[read + 1] - 1 - at])
    return 3 - base if base < UNKNOWN_BASE else base
