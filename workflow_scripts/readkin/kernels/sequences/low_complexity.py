"""Stretches of low complexity: one base, or a unit of up to 8 bases, repeated over and over.

Unrelated genomes share such stretches, and so do reads of two-colour sequencers, which write G
where they see no base. Equal bases there are no sign of kinship.

Each base is compared with those 5, 6, 7 and 8 bases before it: one of these distances is a multiple
of any unit of 1 to 8 bases. At each distance, equal bases score 1 and unequal ones -2. A stretch is
of low complexity if it scores 12 or more, so it has at least 17 to 20 bases. As in a local
alignment, it begins and ends where its score is highest, and single errors do not end it.

Compositional measures as DUST (Morgulis et al. 2006, "A fast and symmetric DUST implementation to
mask low-complexity DNA sequences", Journal of Computational Biology 13:1028) would also mask large
parts of genomes that consist mainly of two bases, although these identify their origin.
"""

from typing import Any

import numpy as np
from numba import njit

from readkin.kernels.kmers.codes import check_reads
from readkin.kernels.sequences.sequences import UNKNOWN_BASE

DISTANCES = (5, 6, 7, 8)
UNEQUAL_COST = 2
LEAST_SCORE = 12

# The scores at all distances are bytes of one word: from 0 to LEAST_SCORE - 1, plus 64.
EACH = np.uint64(0x01010101)
FLOOR = EACH << np.uint64(6)
TO_TOP_BIT = EACH * np.uint64(128 - 64 - LEAST_SCORE)
TOP_BITS = EACH << np.uint64(7)
BELOW_TOP_BITS = TOP_BITS - EACH
NO_BASES = np.uint64(0x0707070707070707)  # unequal to every base
ONE = np.uint64(1)

# Where a score first reaches 12, at least 11 of the last 16 bases are equal.
WINDOW, EQUAL_IN_WINDOW = 16, 11
BLOCK = 2048  # bases searched at a time, so that all buffers stay in the first-level cache
MARGIN = 32  # bases before a block: at least WINDOW and the largest distance


def low_complexity(bases: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mark the bases of each sequence that lie in stretches of low complexity.

    The reverse complement has the same marks, mirrored. Unknown bases count as equal to each other.

    Args:
        bases: uint8 (total bases,), A 0, C 1, G 2, T 3, unknown bases 4 or higher.
        offsets: int64 (n + 1,), sequence i is ``bases[offsets[i]:offsets[i + 1]]``.

    Returns:
        uint8 (total bases,), 1 for bases of low complexity, else 0; uint32 (n,), the number of
        these bases in each sequence.

    Raises:
        ValueError, TypeError: for arrays of another form.

    >>> read = np.array(["ACGT".index(base) for base in "CAGTCACACACACACACACACATTG"], np.uint8)
    >>> marks, counts = low_complexity(read, np.array([0, 25]))
    >>> "".join(map(str, marks.tolist())), counts.tolist()
    ('0000111111111111111111000', [18])
    """
    check_reads(bases, offsets)
    bases = np.ascontiguousarray(bases)
    marks = np.zeros(bases.size, np.uint8)
    counts = np.zeros(offsets.size - 1, np.uint32)
    _mark_dense_windows(bases, np.zeros((3, MARGIN + BLOCK), np.uint8), marks)
    _mark_stretches(bases, offsets, np.empty(len(DISTANCES), np.int64), marks, counts)
    return marks, counts


@njit(cache=True, nogil=True)
def _mark_dense_windows(bases: np.ndarray, buffers: np.ndarray, marks: np.ndarray) -> None:
    """Mark the last base of each window with EQUAL_IN_WINDOW equal bases at one distance.

    Sequences without such marks have no stretch, which spares nearly all of them the exact search.
    The beginnings of sequences are ignored here.
    """
    own, is_equal, in_four = buffers
    margin, unknown = np.uint64(MARGIN), np.uint8(UNKNOWN_BASE)
    for first in range(0, bases.size, BLOCK):
        begin, length = np.uint64(first), np.uint64(min(BLOCK, bases.size - first))
        for i in range(margin):
            own[i] = own[np.uint64(BLOCK) + i]
        for i in range(length):
            own[margin + i] = min(bases[begin + i], unknown)
        for distance in range(np.uint64(DISTANCES[0]), np.uint64(DISTANCES[-1] + 1)):
            for i in range(np.uint64(8), margin + length):
                is_equal[i] = own[i] == own[i - distance]
            for i in range(np.uint64(16), margin + length):
                in_four[i] = (
                    is_equal[i]
                    + is_equal[i - np.uint64(1)]
                    + is_equal[i - np.uint64(2)]
                    + is_equal[i - np.uint64(3)]
                )
            for i in range(length):
                last = margin + i
                in_window = np.uint8(
                    in_four[last]
                    + in_four[last - np.uint64(4)]
                    + in_four[last - np.uint64(8)]
                    + in_four[last - np.uint64(12)]
                )
                marks[begin + i] |= np.uint8(in_window >= np.uint8(EQUAL_IN_WINDOW))


@njit(cache=True, nogil=True)
def _mark_stretches(
    bases: np.ndarray,
    offsets: np.ndarray,
    marked_to: np.ndarray,
    marks: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Replace the marks of dense windows by those of the stretches, and count the bases."""
    for number in range(offsets.size - 1):
        first, end = offsets[number], offsets[number + 1]
        if not _is_any_set(marks, first, end):
            continue
        marks[first:end] = 0
        marked_to[:] = first - 1
        before, scores = NO_BASES, FLOOR
        for i in range(np.uint64(first), np.uint64(end)):
            base = np.uint64(min(bases[i], UNKNOWN_BASE))
            differing = before >> np.uint64(32) ^ base * EACH
            unequal = (differing + BELOW_TOP_BITS & TOP_BITS) >> np.uint64(7)
            before = before << np.uint64(8) | base
            # In each byte, the number added is 1 or -UNEQUAL_COST, and no byte becomes negative.
            scores += EACH - unequal * np.uint64(1 + UNEQUAL_COST)
            below = FLOOR & ~scores
            scores = (scores | below) & ~(below - (below >> np.uint64(6)))
            reached = scores + TO_TOP_BIT & TOP_BITS
            if reached:
                scores -= reached >> np.uint64(7)
                _mark_backwards(bases, np.int64(i), reached, marked_to, marks)
        counts[number] = marks[first:end].sum()


@njit(inline="always")
def _is_any_set(marks: np.ndarray, first: int, end: int) -> bool:
    bits = np.uint8(0)
    for i in range(np.uint64(first), np.uint64(end)):
        bits |= marks[i]
    return bool(bits)


@njit(cache=True, nogil=True)
def _mark_backwards(
    bases: np.ndarray,
    last: Any,
    reached: np.uint64,
    marked_to: np.ndarray,
    marks: np.ndarray,
) -> None:
    """Mark the stretches that end at ``last``, at the distances whose bytes in ``reached`` are set.

    Counted backwards from ``last``, the score is LEAST_SCORE where a stretch begins, unless it
    continues the one that ends at ``marked_to``.
    """
    for row in range(len(DISTANCES)):
        if not reached >> np.uint64(8 * row + 7) & ONE:
            continue
        distance = DISTANCES[0] + row
        begin, score = last, 1
        while score < LEAST_SCORE and begin - 1 > marked_to[row]:
            begin -= 1
            is_equal = min(bases[begin], UNKNOWN_BASE) == min(bases[begin - distance], UNKNOWN_BASE)
            score += 1 if is_equal else -UNEQUAL_COST
        marks[begin - distance : last + 1] = 1
        marked_to[row] = last
