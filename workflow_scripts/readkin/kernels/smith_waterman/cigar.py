"""CIGARs of alignments: operations, and text that Arrow can use without a copy.

A run of one operation is stored as in BAM: ``length << 4 | operation``.
"""

import numpy as np
from numba import njit

OPERATIONS = np.frombuffer(b"MIDNSHP=X", dtype=np.uint8)  # by BAM's code
INSERTION, DELETION, EQUAL, MISMATCH = 1, 2, 7, 8  # BAM's codes; insertion: in a only


@njit(cache=True, nogil=True)
def _digits(length: int) -> int:
    digits = 1
    while length > 9:
        length //= 10
        digits += 1
    return digits


@njit(cache=True, nogil=True)
def _text_offsets(cigar: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    offsets = np.zeros(bounds.size, dtype=np.int64)
    for alignment in range(bounds.size - 1):
        size = 0
        for index in range(bounds[alignment], bounds[alignment + 1]):
            size += _digits(cigar[index] >> 4) + 1
        offsets[alignment + 1] = offsets[alignment] + size
    return offsets


@njit(cache=True, nogil=True)
def cigar_texts(
    cigar: np.ndarray, bounds: np.ndarray, is_backward: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the CIGARs of alignments as text.

    Args:
        cigar: uint32 (runs,), runs of all alignments, ``length << 4 | operation``.
        bounds: int64 (alignments + 1,); the runs of alignment i are
            ``cigar[bounds[i]:bounds[i + 1]]``.
        is_backward: uint8 (alignments,), 1 where the last run is written first.

    Returns:
        ASCII text, uint8 (characters,), and its offsets, int64 (alignments + 1,).

    >>> runs = np.array([9 << 4 | EQUAL, 1 << 4 | DELETION], np.uint32)
    >>> text, offsets = cigar_texts(runs, np.array([0, 2]), np.zeros(1, np.uint8))
    >>> text.tobytes()
    b'9=1D'
    """
    offsets = _text_offsets(cigar, bounds)
    text = np.empty(offsets[-1], dtype=np.uint8)
    for alignment in range(bounds.size - 1):
        first, end = bounds[alignment], bounds[alignment + 1]
        at = offsets[alignment]
        for index in range(end - first):
            run = cigar[end - 1 - index if is_backward[alignment] else first + index]
            length = int(run >> 4)
            last = at + _digits(length)
            text[last] = OPERATIONS[run & 15]
            for position in range(last - 1, at - 1, -1):
                text[position] = 48 + length % 10
                length //= 10
            at = last + 1
    return text, offsets
