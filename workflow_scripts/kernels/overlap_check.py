"""Whether two reads agree where a shared key says that they overlap: bits counted, no alignment.

Unequal bases are counted on the diagonal of the key (2 bits a base: exclusive or, population
count). Where these are too many the overlap is gone through in blocks of 8 bases, each on the best
of some neighbouring diagonals that is at most one away from that of the block before: so single
lost or additional bases cost part of a block, not the rest of the overlap.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from kernels.packed_bases import (
    BASES_PER_WORD,
    count_ones,
    unequal_bases,
)

DRIFT = 2  # diagonals to each side that are tried, and one more for each
BASES_PER_DRIFT = 256  # bases of overlap
BLOCKS = 4  # of a word
BITS = np.uint64(64 // BLOCKS)
ONE_BLOCK = np.uint64((1 << int(BITS)) - 1)


class Other(NamedTuple):
    """The second read of a comparison: its place in the words of all reads."""

    first_word: int
    length: int


@njit(inline="always")
def overlap_span(length: int, other_length: int, diagonal: int) -> tuple[int, int]:
    """First base and end, in the other read, of where both reads overlap.

    Args:
        length: bases of the read.
        other_length: bases of the other read.
        diagonal: position in the read less position in the other.
    """
    return max(0, -diagonal), min(other_length, length - diagonal)


@njit(inline="always")
def mismatches(
    margined: np.ndarray, length: int, words: np.ndarray, other: Other, diagonal: int
) -> Any:
    """Unequal bases on a diagonal; the read is ``margined`` (packed_bases.spread_out)."""
    span = overlap_span(length, other.length, diagonal)
    found = np.int64(0)
    if span[0] < span[1]:
        for block in range(span[0] // BASES_PER_WORD, (span[1] - 1) // BASES_PER_WORD + 1):
            found += count_ones(
                unequal_bases(margined, other.first_word, words, block, diagonal, span)
            )
    return found


@njit(cache=True, nogil=True)
def least_mismatches(
    margined: np.ndarray, length: int, words: np.ndarray, other: Other, diagonal: int,
    enough: Any, scratch: tuple[np.ndarray, np.ndarray],
) -> Any:  # fmt: skip
    """Unequal bases on the best way along neighbouring diagonals, in blocks of 8 bases.

    Args:
        margined, length, words, other, diagonal: as ``mismatches``.
        enough: with more unequal bases than that a lower number may be given, but above it.
        scratch: as from ``scratch_for`` the longest read.
    """
    whole = overlap_span(length, other.length, diagonal)
    if whole[0] >= whole[1]:
        return np.int64(0)
    drift = DRIFT + (whole[1] - whole[0]) // BASES_PER_DRIFT
    # One place more at each side, never the best.
    costs, apart = scratch[0][: 2 * drift + 3], scratch[1][: 2 * drift + 1]
    costs[:] = 0
    costs[0] = costs[-1] = np.int64(1 << 40)
    for word in range(whole[0] // BASES_PER_WORD, (whole[1] - 1) // BASES_PER_WORD + 1):
        start = word * BASES_PER_WORD
        for shift in range(apart.size):
            shifted = diagonal + shift - drift
            valid = overlap_span(length, other.length, shifted)
            span = max(whole[0], valid[0]), min(whole[1], valid[1])
            apart[shift] = 0
            if max(span[0], start) < min(span[1], start + BASES_PER_WORD):
                apart[shift] = unequal_bases(margined, other.first_word, words, word, shifted, span)
        for _ in range(BLOCKS):
            before = costs[0]
            for shift in range(apart.size):
                best = min(before, costs[shift + 1], costs[shift + 2])
                before = costs[shift + 1]
                costs[shift + 1] = best + count_ones(apart[shift] & ONE_BLOCK)
                apart[shift] >>= BITS
        if costs.min() > enough:
            break
    return costs.min()


def scratch_for(longest: int) -> tuple[np.ndarray, np.ndarray]:
    """Memory for ``least_mismatches`` of reads of up to so many bases."""
    drift = DRIFT + longest // BASES_PER_DRIFT
    return np.empty(2 * drift + 3, np.int64), np.empty(2 * drift + 1, np.uint64)
