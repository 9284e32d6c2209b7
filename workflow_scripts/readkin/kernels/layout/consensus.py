"""Span, depth and consensus of layouts: reads placed on the common axis of their piece."""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.sequences.sequences import UNKNOWN_BASE, read_only

N_BASES = 4


class Placements(NamedTuple):
    """Reads with their places on the axes of their pieces; read i is ``offsets[i]`` to the next.

    Attributes:
        bases: uint8 (total bases,), A 0, C 1, G 2, T 3, anything else 4 or higher.
        qualities: uint8 (total bases,), Phred.
        offsets: int64 (n + 1,).
        position: int32 (n,), first base of each read on the axis; -1: it is not laid out.
        is_forward: bool (n,), whether the read, not its reverse complement, runs along the axis.
    """

    bases: np.ndarray
    qualities: np.ndarray
    offsets: np.ndarray
    position: np.ndarray
    is_forward: np.ndarray


class Members(NamedTuple):
    """Reads of each piece, grouped as by kernels.radix_sort.partition.

    Attributes:
        read: int64 (reads,).
        bounds: int64 (pieces + 1,); the reads of piece p are ``read[bounds[p]:bounds[p + 1]]``.
    """

    read: np.ndarray
    bounds: np.ndarray


def measure(placements: Placements, members: Members) -> tuple[np.ndarray, np.ndarray]:
    """Return the length of each layout in bp, and the number of bases laid out.

    Returns:
        uint32 (pieces,) and uint64 (pieces,); both are 0 for a piece without any base.
    """
    n_pieces = members.bounds.size - 1
    span, laid_out = np.zeros(n_pieces, np.uint32), np.zeros(n_pieces, np.uint64)
    arrays = placements.offsets, placements.position, *members
    _measure(*map(read_only, arrays), span, laid_out)
    return span, laid_out


def consensus(placements: Placements, members: Members, span: np.ndarray) -> np.ndarray:
    """Return the base with the largest sum of qualities at each position of each layout.

    A known base of quality 0 counts as one of quality 1. Of bases with equal sums the first in
    the order A, C, G, T is taken. Each piece takes time in proportion to its bases and its span.

    Args:
        placements: all reads.
        members: the pieces; a part of all is sufficient.
        span: uint32 (pieces,), length of each layout, at least the ends of its reads.

    Returns:
        uint8 (sum of ``span``,), the pieces one after the other; 4 where no read has a known base.
    """
    bases = np.empty(int(span.sum(dtype=np.int64)), np.uint8)
    arrays = map(read_only, (*placements, *members, span))
    _consensus(*arrays, np.zeros((int(span.max(initial=0)), N_BASES), np.uint32), bases)
    return bases


@njit(cache=True, nogil=True)
def _measure(
    offsets: np.ndarray,
    position: np.ndarray,
    read: np.ndarray,
    bounds: np.ndarray,
    span: np.ndarray,
    laid_out: np.ndarray,
) -> None:
    for piece in range(span.size):
        end, total = np.int64(0), np.int64(0)
        for at in range(bounds[piece], bounds[piece + 1]):
            i = read[at]
            if position[i] >= 0:
                length = offsets[i + 1] - offsets[i]
                end = max(end, position[i] + length)
                total += length
        span[piece], laid_out[piece] = end, total


@njit(cache=True, nogil=True)
def _consensus(
    bases: np.ndarray,
    qualities: np.ndarray,
    offsets: np.ndarray,
    position: np.ndarray,
    is_forward: np.ndarray,
    read: np.ndarray,
    bounds: np.ndarray,
    span: np.ndarray,
    sums: np.ndarray,
    out: np.ndarray,
) -> None:
    """Fill ``out``; ``sums`` (longest span, 4) is zero before and after each piece."""
    begin = 0
    for piece in range(span.size):
        for at in range(bounds[piece], bounds[piece + 1]):
            i = read[at]
            if position[i] < 0:
                continue
            step = 1 if is_forward[i] else -1
            place = position[i] if is_forward[i] else position[i] + offsets[i + 1] - offsets[i] - 1
            for k in range(offsets[i], offsets[i + 1]):
                base = bases[k]
                if base < N_BASES:
                    sums[place, base if is_forward[i] else 3 - base] += max(qualities[k], 1)
                place += step
        for place in range(span[piece]):
            out[begin + place] = _best_base(sums[place])
            sums[place, :] = 0
        begin += span[piece]


@njit(cache=True, nogil=True)
def _best_base(sums: np.ndarray) -> int:
    best, highest = UNKNOWN_BASE, 0
    for base in range(N_BASES):
        if sums[base] > highest:
            best, highest = base, sums[base]
    return best
