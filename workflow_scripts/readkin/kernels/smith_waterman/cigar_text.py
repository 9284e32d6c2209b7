"""CIGAR strings of many alignments, as one block of text that Arrow takes over without a copy."""

import numpy as np
from numba import njit

LETTERS = np.frombuffer(b"MIDNSHP=X", dtype=np.uint8)  # by BAM's operation code


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
    """Text of the CIGARs of many alignments.

    Args:
        cigar: uint32, runs of all alignments, each ``length << 4 | BAM's operation code``.
        bounds: int64 (alignments + 1,), those of alignment i are ``cigar[bounds[i]:bounds[i+1]]``.
        is_backward: uint8 (alignments,), 1 where the last run is to be written first.

    Returns:
        ASCII text, uint8, and its offsets, int64 (alignments + 1,).
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
            text[last] = LETTERS[run & 15]
            for position in range(last - 1, at - 1, -1):
                text[position] = 48 + length % 10
                length //= 10
            at = last + 1
    return text, offsets
