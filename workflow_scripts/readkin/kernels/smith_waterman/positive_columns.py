"""Columns of alignments whose letters score above 0: the similar ones beside the equal ones."""

import numpy as np
from numba import njit

from readkin.kernels.smith_waterman.alignment import Alignments, Pairs

INSERTION, DELETION = 1, 2  # BAM's codes of letters of a only, of b only
UNKNOWN_BASE = 4


@njit(cache=True, nogil=True)
def positive_columns(pairs: Pairs, found: Alignments, matrix: np.ndarray) -> np.ndarray:
    """Count, for each pair's alignment, the columns with two letters whose score is above 0.

    Args:
        pairs: the sequences; only DNA (bases 0-3, above unknown) may be reverse.
        found: their alignments.
        matrix: score of each letter of a (row) over each of b.

    Returns:
        int32 (pairs,).
    """
    positives = np.zeros(found.score.size, dtype=np.int32)
    for pair in range(found.score.size):
        is_reverse = pairs.is_reverse[pair] != 0
        place_a = pairs.a.offsets[pairs.index_a[pair]] + found.start_a[pair]
        place_b = pairs.b.offsets[pairs.index_b[pair]] + found.start_b[pair]
        step = 1
        if is_reverse:
            place_b = pairs.b.offsets[pairs.index_b[pair] + 1] - 1 - found.start_b[pair]
            step = -1
        for run in found.cigar[found.cigar_offsets[pair] : found.cigar_offsets[pair + 1]]:
            kind, length = np.int64(run & 15), np.int64(run >> 4)
            if kind != INSERTION and kind != DELETION:
                for column in range(length):
                    letter_a = pairs.a.codes[place_a + column]
                    letter_b = pairs.b.codes[place_b + step * column]
                    if is_reverse and letter_b < UNKNOWN_BASE:
                        letter_b = 3 - letter_b
                    positives[pair] += matrix[letter_a, letter_b] > 0
            place_a += 0 if kind == DELETION else length
            place_b += 0 if kind == INSERTION else step * length
    return positives
