"""Check whether two reads agree where a shared key suggests that they overlap, without alignment.

Unequal bases are counted on the diagonal of the key (2 bits a base: exclusive or, population
count). If there are too many, the overlap is divided into blocks of 8 bases. Each block is compared
on several neighbouring diagonals, and consecutive blocks may be at most one diagonal apart. A
deleted or inserted base then costs part of a block, not the rest of the overlap.
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

DRIFT = 2  # diagonals to each side that are compared
BASES_PER_DRIFT = 256  # bases of overlap that add one more diagonal to each side
MOST_DRIFT = (MARGIN - 1) * BASES_PER_WORD
BLOCKS_PER_WORD = 4
BLOCKS = BLOCKS_PER_WORD * WORDS_AT_A_TIME  # of a vector
UNREACHABLE = np.int64(1 << 40)  # cost


class PackedRead(NamedTuple):
    """A read among the words of all reads: index of its first word, and its length in bases."""

    first_word: int
    length: int


class DiagonalCosts(NamedTuple):
    """Working memory of ``least_mismatches``.

    Attributes:
        costs: int64 (diagonals + 2,), unequal bases of the best path to each diagonal.
        unequal: uint16 (diagonals * BLOCKS,), unequal bases of each block on each diagonal.
    """

    costs: np.ndarray
    unequal: np.ndarray


@njit(inline="always")
def overlap_span(length: int, other_length: int, diagonal: int) -> tuple[int, int]:
    """Return the first base and the end of the overlap, in the other read.

    Args:
        length: bases of the read.
        other_length: bases of the other read.
        diagonal: position in the read less position in the other.
    """
    return max(0, -diagonal), min(other_length, length - diagonal)


@njit(inline="always")
def mismatches(
    margined: np.ndarray, length: Any, words: np.ndarray, other: PackedRead, diagonal: Any
) -> Any:
    """Return the number of unequal bases on a diagonal.

    Args:
        margined: one strand of the first read, see ``packed_bases.write_strands``.
        length: bases of the first read.
        words: of all reads.
        other: the second read.
        diagonal: position in the first read less position in the second.
    """
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
    other: PackedRead,
    diagonal: Any,
    word: Any,
    span: tuple[Any, Any],
) -> Any:
    """Return ``packed_bases.unequal_bases`` from a word of the other read on.

    ``span`` is the range of bases of the other read that are compared.
    """
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
    other: PackedRead,
    diagonal: Any,
    enough: Any,
    memory: DiagonalCosts,
) -> Any:
    """Return the number of unequal bases on the best path along neighbouring diagonals.

    Args:
        margined, length, words, other, diagonal: see ``mismatches``.
        enough: if there are more unequal bases than this, the result may be too low, but is still
            above ``enough``.
        memory: from ``costs_for`` the longest read; overwritten.
    """
    whole = overlap_span(length, other.length, diagonal)
    if whole[0] >= whole[1]:
        return np.int64(0)
    drift = drift_of(whole[1] - whole[0])
    n_diagonals = 2 * drift + 1
    costs, unequal = memory.costs, memory.unequal
    for cell in range(n_diagonals + 2):
        costs[cell] = 0
    costs[0] = costs[n_diagonals + 1] = UNREACHABLE  # one more cell at each side, never the best
    best = np.int64(0)
    for word in range(whole[0] // BASES_PER_WORD, _end_word(whole), WORDS_AT_A_TIME):
        least = simd.splat(unequal, 2 * BASES_PER_WORD)
        for shift in range(n_diagonals):
            shifted = diagonal + shift - drift
            valid = overlap_span(length, other.length, shifted)
            span = max(whole[0], valid[0]), min(whole[1], valid[1])
            flags = _unequal_bases(margined, words, other, shifted, word, span)
            in_blocks = simd.count_ones(simd.as_shorts(flags))
            simd.store(unequal, shift * BLOCKS, in_blocks)
            least = simd.minimum(least, in_blocks)
        # No path can be better than the best diagonal in each block.
        if best + simd.total(least) > enough:
            return best + simd.total(least)
        n_blocks = min((_end_word(whole) - word) * BLOCKS_PER_WORD, BLOCKS)
        if n_diagonals == 5:
            best = _extend_five_paths(unequal, n_blocks, costs)
        else:
            best = _extend_paths(unequal, n_diagonals, n_blocks, costs)
        if best > enough:
            break
    return best


@njit(inline="always")
def _extend_paths(unequal: np.ndarray, n_diagonals: int, n_blocks: int, costs: np.ndarray) -> Any:
    """Extend the best path to each diagonal by some blocks; return the lowest cost."""
    for block in range(n_blocks):
        before = costs[0]
        for shift in range(n_diagonals):
            own = costs[shift + 1]
            costs[shift + 1] = min(before, own, costs[shift + 2]) + unequal[shift * BLOCKS + block]
            before = own
    best = UNREACHABLE
    for shift in range(n_diagonals):
        best = min(best, costs[shift + 1])
    return best


@njit(inline="always")
def _extend_five_paths(unequal: np.ndarray, n_blocks: int, costs: np.ndarray) -> Any:
    """Do the same for five diagonals, the number for all short reads, in registers."""
    one, two, three, four, five = costs[1], costs[2], costs[3], costs[4], costs[5]
    for block in range(n_blocks):
        left, right = min(two, three), min(three, four)
        one, two, three, four, five = (
            min(one, two) + unequal[block],
            min(one, left) + unequal[BLOCKS + block],
            min(left, four) + unequal[2 * BLOCKS + block],
            min(right, five) + unequal[3 * BLOCKS + block],
            min(four, five) + unequal[4 * BLOCKS + block],
        )
    costs[1], costs[2], costs[3], costs[4], costs[5] = one, two, three, four, five
    return min(one, two, three, four, five)


@njit(inline="always")
def drift_of(overlap: Any) -> Any:
    """Return how many diagonals to each side are compared for an overlap of that many bases."""
    return min(DRIFT + overlap // BASES_PER_DRIFT, MOST_DRIFT)


def costs_for(longest: int) -> DiagonalCosts:
    """Return memory for ``least_mismatches`` of reads of up to ``longest`` bases."""
    n_diagonals = 2 * int(drift_of(longest)) + 1
    return DiagonalCosts(
        np.empty(n_diagonals + 2, np.int64), aligned_zeros(n_diagonals * BLOCKS, np.uint16)
    )
