"""Strand of copies."""

import numpy as np
from numba import njit

from readkin.kernels.layout.residues import KNOWN


@njit(cache=True, nogil=True)
def differs_from_original(
    residues: np.ndarray, offsets: np.ndarray, copies: np.ndarray, originals: np.ndarray
) -> np.ndarray:
    """Return which copies differ from their originals as sequenced, bool (copies,).

    Args:
        residues: uint8, of all reads; unknown bases equal everything.
        offsets: int64 (reads + 1,), bounds of the reads.
        copies, originals: int64 (copies,), reads of equal lengths.
    """
    differs = np.zeros(copies.size, np.bool_)
    for i in range(copies.size):
        copy, original = offsets[copies[i]], offsets[originals[i]]
        for p in range(offsets[copies[i] + 1] - copy):
            x, y = residues[copy + p], residues[original + p]
            if (x ^ y) & 3 and x >= KNOWN and y >= KNOWN:
                differs[i] = True
                break
    return differs
