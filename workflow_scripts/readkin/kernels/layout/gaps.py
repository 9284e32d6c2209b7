"""Position of the first gap of alignments, from their CIGARs."""

import numpy as np
from numba import njit

DIGIT_0, DIGIT_9 = ord("0"), ord("9")
INSERTION, DELETION = ord("I"), ord("D")


@njit(cache=True, nogil=True)
def first_gaps(
    text: np.ndarray, offsets: np.ndarray, is_reverse: np.ndarray, start_a: np.ndarray
) -> np.ndarray:
    """Return the position in read a before which the first gap lies.

    Args:
        text: uint8, CIGARs along b as sequenced (operations =, X, I, D).
        offsets: int32 (n + 1,), bounds of the CIGARs.
        is_reverse: bool (n,), whether the CIGAR runs against read a.
        start_a: int32 (n,), first aligned base of a.

    Returns:
        int32 (n,); the end of the alignment where there is no gap.
    """
    switch = np.empty(is_reverse.size, np.int32)
    for i in range(is_reverse.size):
        position, since_gap, number = 0, 0, 0
        has_gap = False
        for at in range(offsets[i], offsets[i + 1]):
            symbol = text[at]
            if DIGIT_0 <= symbol <= DIGIT_9:
                number = 10 * number + symbol - DIGIT_0
                continue
            if symbol in (INSERTION, DELETION):
                has_gap = True
                since_gap = 0
            else:
                since_gap += number
                position += 0 if has_gap else number
            number = 0
        switch[i] = start_a[i] + (since_gap if is_reverse[i] else position)
    return switch
