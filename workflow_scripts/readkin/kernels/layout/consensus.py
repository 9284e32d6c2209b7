"""Span, depth and consensus of layouts: reads placed on the common axis of their piece."""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.layout.overlaps import LONG_READ_BP
from readkin.kernels.layout.tiling import tile_reads
from readkin.kernels.sequences.sequences import UNKNOWN_BASE, read_only

N_BASES = 4


class Placements(NamedTuple):
    """Reads with their places on the axes of their pieces; read i is ``offsets[i]`` to the next.

    Attributes:
        residues: uint8 (total bases,), bases with their qualities (residues.py).
        offsets: int64 (n + 1,).
        position: int32 (n,), first base of each read on the axis; -1: it is not laid out.
        is_forward: bool (n,), whether the read, not its reverse complement, runs along the axis.
    """

    residues: np.ndarray
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
    _measure(*_read_only(placements, members), span, laid_out)
    return span, laid_out


def consensus(placements: Placements, members: Members, span: np.ndarray) -> np.ndarray:
    """Return the base with the largest sum of qualities at each position of each layout.

    A known base of quality 0 counts as one of quality 1, one above 63 as one of quality 63. Of
    bases with equal sums the first in the order A, C, G, T is taken. Layouts with reads above
    LONG_READ_BP consist of parts of single reads instead (tiling.py). Each piece takes time in
    proportion to its bases and its span.

    Args:
        placements: all reads.
        members: the pieces; a part of all is sufficient.
        span: uint32 (pieces,), length of each layout, at least the ends of its reads.

    Returns:
        uint8 (sum of ``span``,), the pieces one after the other; 4 where no read has a known base.
    """
    bases = np.empty(int(span.sum(dtype=np.int64)), np.uint8)
    sums = np.zeros(N_BASES * int(span.max(initial=0)), np.uint32)
    _consensus(*_read_only(placements, members), read_only(span), sums, bases)
    return bases


def _read_only(placements: Placements, members: Members) -> tuple[Placements, Members]:
    return Placements(*map(read_only, placements)), Members(*map(read_only, members))


@njit(cache=True, nogil=True)
def _measure(
    placements: Placements, members: Members, span: np.ndarray, laid_out: np.ndarray
) -> None:
    for piece in range(span.size):
        end, total = np.int64(0), np.int64(0)
        for at in range(members.bounds[piece], members.bounds[piece + 1]):
            i = members.read[at]
            if placements.position[i] >= 0:
                length = placements.offsets[i + 1] - placements.offsets[i]
                end = max(end, placements.position[i] + length)
                total += length
        span[piece], laid_out[piece] = end, total


@njit(cache=True, nogil=True)
def _consensus(
    placements: Placements, members: Members, span: np.ndarray, sums: np.ndarray, out: np.ndarray
) -> None:
    """Fill ``out``; ``sums`` (4 * longest span,) is zero before and after each piece."""
    begin = 0
    for piece in range(span.size):
        reads = members.read[members.bounds[piece] : members.bounds[piece + 1]]
        reads = reads[placements.position[reads] >= 0]
        of_piece = out[begin : begin + span[piece]]
        begin += span[piece]
        if _longest(placements, reads) > LONG_READ_BP:
            of_piece[:] = UNKNOWN_BASE
            by_position = np.argsort(placements.position[reads], kind="mergesort")
            tile_reads(placements, reads[by_position], of_piece)
            continue
        for read in reads:
            _add_read(placements, read, sums)
        _take_best(sums, of_piece)


@njit(cache=True, nogil=True)
def _longest(placements: Placements, reads: np.ndarray) -> int:
    longest = 0
    for read in reads:
        longest = max(longest, placements.offsets[read + 1] - placements.offsets[read])
    return longest


@njit(cache=True, nogil=True)
def _add_read(placements: Placements, i: int, sums: np.ndarray) -> None:
    """Add the qualities of a laid-out read to those of its bases; unknown bases add 0."""
    first, end = placements.offsets[i], placements.offsets[i + 1]
    residues = placements.residues[first:end]
    is_forward = placements.is_forward[i]
    last = 0 if is_forward else end - first - 1
    start, flip = np.uint64(placements.position[i]), np.uint64(0 if is_forward else N_BASES - 1)
    for k in range(np.uint64(end - first)):
        residue = residues[k]
        place = start + (k if is_forward else np.uint64(last) - k)
        base = (np.uint64(residue) & np.uint64(3)) ^ flip
        sums[place * np.uint64(N_BASES) + base] += np.uint32(residue >> np.uint8(2))


@njit(cache=True, nogil=True)
def _take_best(sums: np.ndarray, out: np.ndarray) -> None:
    """Write the base with the largest sum of each position, the first of equal ones; zero sums."""
    for place in range(np.uint64(out.size)):
        best, highest = np.uint8(UNKNOWN_BASE), np.uint32(0)
        for base in range(np.uint64(N_BASES)):
            value = sums[place * np.uint64(N_BASES) + base]
            if value > highest:
                best, highest = np.uint8(base), value
            sums[place * np.uint64(N_BASES) + base] = 0
        out[place] = best
