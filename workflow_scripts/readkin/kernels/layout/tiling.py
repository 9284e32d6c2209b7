"""Sequence of a layout of long reads: parts of single reads, one after the other.

Because of the indels of long reads, bases at the same position of the axis do not belong together,
so they cannot vote. Instead few reads that cover the whole layout follow each other. From one to
the next the sequence changes in the middle of their overlap, where both have the same bases.
"""

from typing import Any

import numpy as np
from numba import njit

from readkin.kernels.layout.junctions import base_along_axis
from readkin.kernels.typed_constants import INT_0

SEED_BP = 20  # equal bases at which the sequence changes from one read to the next
SEED_STEP_BP = 7
MAX_SEEDS = 400
SAFE_OVERLAP_BP = 500  # so large that both reads do overlap, wherever they are exactly
WINDOW_BP, WINDOW_SHARE = 64, 16  # in which a seed is looked for: 64 bp and 1/16 of the overlap


@njit(cache=True, nogil=True)
def tile_reads(placements: Any, reads: np.ndarray, out: np.ndarray) -> None:
    """Write the sequence of one layout.

    Its length may differ a little from that of the layout, whose positions do not account for
    indels: ``out`` ends with unknown bases, or the last bases are left out.

    Args:
        placements: consensus.Placements of all reads.
        reads: int64 (k,), the laid-out reads, sorted by position.
        out: uint8 (span,), filled with unknown bases.
    """
    offsets, position = placements.offsets, placements.position
    read, begin, at, following = reads[0], INT_0, INT_0, 1
    while True:
        length = offsets[read + 1] - offsets[read]
        end = position[read] + length
        furthest, longest = -1, end
        for least in (SAFE_OVERLAP_BP, 1):
            while following < reads.size and position[reads[following]] <= end - least:
                other = reads[following]
                if position[other] + offsets[other + 1] - offsets[other] > longest:
                    furthest, longest = other, position[other] + offsets[other + 1] - offsets[other]
                following += 1
            if furthest >= 0:
                break
        if furthest >= 0:
            change, begin_of_next = _change(placements, read, begin, furthest)
            at = _write(placements, read, begin, change, out, at)
            read, begin = furthest, begin_of_next
            continue
        at = _write(placements, read, begin, length, out, at)
        if following == reads.size:
            return
        read, begin = reads[following], INT_0
        at += position[read] - end
        following += 1


@njit(cache=True, nogil=True)
def _write(placements: Any, read: int, begin: int, end: int, out: np.ndarray, at: int) -> int:
    """Write bases ``begin:end`` of a read from ``out[at]`` on; return the end in ``out``."""
    for k in range(begin, end):
        if at < out.size:
            out[at] = base_along_axis(
                placements.residues, placements.offsets, placements.is_forward, read, k
            )
        at += 1
    return at


@njit(cache=True, nogil=True)
def _change(placements: Any, read: int, begin: int, other: int) -> tuple[int, int]:
    """Return where to leave a read, after base ``begin``, and where to enter the other one."""
    offsets, position = placements.offsets, placements.position
    low = max(position[other], position[read] + begin)
    high = position[read] + offsets[read + 1] - offsets[read]
    middle = (low + high) // 2
    window = WINDOW_BP + (high - low) // WINDOW_SHARE
    for seed in range(MAX_SEEDS):
        step = (seed + 1) // 2 * SEED_STEP_BP
        place = middle + step if seed % 2 else middle - step
        if place < low or place + SEED_BP > high:
            continue
        of_other = place - position[other]
        of_read = place - position[read]
        found = _find_seed(
            placements, other, of_other, read, max(begin, of_read - window), of_read + window
        )
        if found >= 0:
            return found, of_other
    return middle - position[read], middle - position[other]


@njit(cache=True, nogil=True)
def _find_seed(placements: Any, read: int, at: int, other: int, first: int, end: int) -> int:
    """Return where the seed at ``at`` of a read begins in ``first:end`` of the other one.

    Returns:
        The position in the other read; -1 if there is none, or more than one.
    """
    residues, offsets, is_forward = placements.residues, placements.offsets, placements.is_forward
    end = min(end, offsets[other + 1] - offsets[other] - SEED_BP + 1)
    found = -1
    for start in range(first, end):
        k = 0
        while k < SEED_BP and base_along_axis(
            residues, offsets, is_forward, read, at + k
        ) == base_along_axis(residues, offsets, is_forward, other, start + k):
            k += 1
        if k == SEED_BP:
            if found >= 0:
                return -1
            found = start
    return found
