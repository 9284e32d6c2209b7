"""Number of G and C, and of all known bases, of each sequence."""

import numpy as np
from numba import njit

from readkin.kernels.sequences.sequences import UNKNOWN_BASE, read_only


def gc_counts(bases: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of G and C, and that of known bases, of n sequences, both int64 (n,).

    Args:
        bases: uint8 (total bases,), A 0, C 1, G 2, T 3, anything else 4.
        offsets: int64 (n + 1,), bounds of the sequences.
    """
    gc, known = np.zeros((2, offsets.size - 1), np.int64)
    _gc_counts(read_only(bases), read_only(offsets), gc, known)
    return gc, known


@njit(cache=True, nogil=True)
def _gc_counts(bases: np.ndarray, offsets: np.ndarray, gc: np.ndarray, known: np.ndarray) -> None:
    for sequence in range(gc.size):
        for base in bases[offsets[sequence] : offsets[sequence + 1]]:
            gc[sequence] += (base == 1) | (base == 2)
            known[sequence] += base < UNKNOWN_BASE
