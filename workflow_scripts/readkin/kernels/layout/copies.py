"""Strand of copies."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def differs_from_original(
    bases: np.ndarray, offsets: np.ndarray, copies: np.ndarray, originals: np.ndarray
) -> np.ndarray:
    """Return which copies differ from their originals as sequenced, bool (copies,).

    Args:
        bases: uint8, of all reads; unknown bases (4) equal everything.
        offsets: int64 (reads + 1,), bounds of the reads.
        copies, originals: int64 (copies,), reads of equal lengths.
    """
    differs = np.zeros(copies.size, np.bool_)
    for i in range(copies.size):
        copy, original = offsets[copies[i]], offsets[originals[i]]
        for p in range(offsets[copies[i] + 1] - copy):
            x, y = bases[copy + p], bases[original + p]
            if x != y and x < 4 and y < 4:
                differs[i] = True
                break
    return differs
