"""Whether two reads agree where a shared key says that they overlap: bits counted, no alignment.

Unequal bases are counted on the diagonal of the key (2 bits a base: exclusive or, population
count). Where these are too many the overlap is gone through in blocks of 8 bases, each on the best
of some neighbouring diagonals that is at most one away from that of the block before: so single
lost or additional bases cost part of a block, not the rest of the overlap.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.sequences.packed_bases import (
    BASES_PER_WORD,
    MARGIN,
    WORDS_AT_A_TIME,
    unequal_bases,
)
from readkin.kernels.simd import vectors as simd
from readkin.kernels.simd.vectors import aligned_zeros

DRIFT = 2  # diagonals to each side that are tried, and one more for each
BASES_PER_DRIFT = 256  # bases of overlap, but not more than
MOST_DRIFT = (MARGIN - 1) * BASES_PER_WORD
BLOCKS_PER_WORD = 4
BLOCKS = BLOCKS_PER_WORD * WORDS_AT_A_TIME  # of a vector
FAR = np.int64(1 << 40)


class Other(NamedTuple):
    """The second read of a comparison: its place in the words of all reads."""

    first_word: int
    length: int


class Scratch(NamedTuple):
    """Memory of ``least_mismatches``.

    Attributes:
        costs: int64 (diagonals + 2,), of ending on each diagonal.
        apart: uint16 (diagonals * BLOCKS,), unequal bases of each block on each diagonal.
    """

    costs: np.ndarray
    apart: np.ndarray


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
    margined: np.ndarray, length: Any, words: np.ndarray, other: Other, diagonal: Any
) -> Any:
    """Unequal bases on a diagonal; the read is ``margined`` (packed_bases.write_strands)."""
    span = overlap_span(length, other.length, diagonal)
    found = np.int64(0)
    if span[0] < span[1]:
        for word in range(span[0] // BASES_PER_WORD, _end_word(span), WORDS_AT_A_TIME):
            found += simd.total(
                simd.count_ones(_unequal_bases(margined, words, other, diagonal, word, span))
            )
    return found


@njit(inline="always")
def _end_word(span: tuple[Any, Any]) -> Any:
    return (span[1] + BASES_PER_WORD - 1) // BASES_PER_WORD


@njit(inline="always")
def _unequal_bases(
    margined: np.ndarray,
    words: np.ndarray,
    other: Other,
    diagonal: Any,
    word: Any,
    span: tuple[Any, Any],
) -> Any:
    """As ``packed_bases.unequal_bases``, from a word of the other read on, which ``span`` is of."""
    start = word * BASES_PER_WORD
    return unequal_bases(
        margined,
        start + diagonal,
        words,
        other.first_word + word,
        (span[0] - start, span[1] - start),
    )


@njit(cache=True, nogil=True)
def least_mismatches(
    margined: np.ndarray,
    length: Any,
    words: np.ndarray,
    other: Other,
    diagonal: Any,
    enough: Any,
    scratch: Scratch,
) -> Any:
    """Unequal bases on the best way along neighbouring diagonals, in blocks of 8 bases.

    Args:
        margined, length, words, other, diagonal: as ``mismatches``.
        enough: with more unequal bases than that a lower number may be given, but above it.
        scratch: as from ``scratch_for`` the longest read.
    """
    whole = overlap_span(length, other.length, diagonal)
    if whole[0] >= whole[1]:
        return np.int64(0)
    drift = drift_of(whole[1] - whole[0])
    n_diagonals = 2 * drift + 1
    costs, apart = scratch.costs, scratch.apart
    for place in range(n_diagonals + 2):
        costs[place] = 0
    costs[0] = costs[n_diagonals + 1] = FAR  # one place more at each side, never the best
    best = np.int64(0)
    for word in range(whole[0] // BASES_PER_WORD, _end_word(whole), WORDS_AT_A_TIME):
        least = simd.splat(apart, 2 * BASES_PER_WORD)
        for shift in range(n_diagonals):
            shifted = diagonal + shift - drift
            valid = overlap_span(length, other.length, shifted)
            span = max(whole[0], valid[0]), min(whole[1], valid[1])
            unequal = _unequal_bases(margined, words, other, shifted, word, span)
            in_blocks = simd.count_ones(simd.as_shorts(unequal))
            simd.store(apart, shift * BLOCKS, in_blocks)
            least = simd.minimum(least, in_blocks)
        # No way can be better than the best diagonal in each block.
        if best + simd.total(least) > enough:
            return best + simd.total(least)
        n_blocks = min((_end_word(whole) - word) * BLOCKS_PER_WORD, BLOCKS)
        if n_diagonals == 5:
            best = _walk_on_five(apart, n_blocks, costs)
        else:
            best = _walk(apart, n_diagonals, n_blocks, costs)
        if best > enough:
            break
    return best


@njit(inline="always")
def _walk(apart: np.ndarray, n_diagonals: int, n_blocks: int, costs: np.ndarray) -> Any:
    """Carry the costs of ending on each diagonal through some blocks; the least is returned."""
    for block in range(n_blocks):
        before = costs[0]
        for shift in range(n_diagonals):
            own = costs[shift + 1]
            costs[shift + 1] = min(before, own, costs[shift + 2]) + apart[shift * BLOCKS + block]
            before = own
    best = FAR
    for shift in range(n_diagonals):
        best = min(best, costs[shift + 1])
    return best


@njit(inline="always")
def _walk_on_five(apart: np.ndarray, n_blocks: int, costs: np.ndarray) -> Any:
    """As ``_walk`` on five diagonals, which are those of all short reads: in registers."""
    one, two, three, four, five = costs[1], costs[2], costs[3], costs[4], costs[5]
    for block in range(n_blocks):
        left, right = min(two, three), min(three, four)
        one, two, three, four, five = (
            min(one, two) + apart[block],
            min(one, left) + apart[BLOCKS + block],
            min(left, four) + apart[2 * BLOCKS + block],
            min(right, five) + apart[3 * BLOCKS + block],
            min(four, five) + apart[4 * BLOCKS + block],
        )
    costs[1], costs[2], costs[3], costs[4], costs[5] = one, two, three, four, five
    return min(one, two, three, four, five)


@njit(inline="always")
def drift_of(overlap: Any) -> Any:
    """Diagonals to each side that are tried for an overlap of so many bases."""
    return min(DRIFT + overlap // BASES_PER_DRIFT, MOST_DRIFT)


def scratch_for(longest: int) -> Scratch:
    """Memory for ``least_mismatches`` of reads of up to so many bases."""
    n_diagonals = 2 * int(drift_of(longest)) + 1
    return Scratch(
        np.empty(n_diagonals + 2, np.int64), aligned_zeros(n_diagonals * BLOCKS, np.uint16)
    )
