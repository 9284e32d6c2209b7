"""FASTQ records as text, from arrays of bases, qualities and names."""

import numpy as np
from numba import njit

from readkin.kernels.sequences.sequences import read_only

LETTERS = np.frombuffer(b"ACGTN", np.uint8)
PHRED_ZERO = np.uint8(ord("!"))
MARKS_OF_RECORD = 6  # @, four line ends, +


def fastq_text(
    bases: tuple[np.ndarray, np.ndarray, np.ndarray],
    names: tuple[np.ndarray, np.ndarray],
    index: np.ndarray,
) -> np.ndarray:
    """Return FASTQ records as bytes, uint8.

    >>> bases = np.array([0, 1, 4], np.uint8), np.array([40, 40, 2], np.uint8), np.array([0, 3])
    >>> fastq_text(bases, (np.array([114], np.uint8), np.array([0, 1])), np.array([0])).tobytes()
    b'@r\\nACN\\n+\\nII#\\n'

    Args:
        bases: of all n reads, uint8 (total bases,), A 0, C 1, G 2, T 3, else 4; their Phred
            qualities, uint8 (total bases,); bounds of the reads, int64 (n + 1,).
        names: uint8 (total,), and bounds of the names, int64 (n + 1,).
        index: int64 (m,), reads to write.
    """
    codes, qualities, offsets = map(read_only, bases)
    characters, name_offsets = map(read_only, names)
    index = read_only(index)
    length = np.diff(offsets)[index]
    size = 2 * length + np.diff(name_offsets)[index] + MARKS_OF_RECORD
    start = np.zeros(len(index) + 1, np.int64)
    np.cumsum(size, out=start[1:])
    text = np.empty(start[-1], np.uint8)
    _fill(codes, qualities, offsets, characters, name_offsets, index, start, text)
    return text


@njit(cache=True, nogil=True)
def _fill(
    codes: np.ndarray,
    qualities: np.ndarray,
    offsets: np.ndarray,
    characters: np.ndarray,
    name_offsets: np.ndarray,
    index: np.ndarray,
    start: np.ndarray,
    text: np.ndarray,
) -> None:
    line_end = np.uint8(10)
    for row in range(index.size):
        read, place = index[row], start[row]
        text[place] = 64  # @
        place += 1
        for i in range(name_offsets[read], name_offsets[read + 1]):
            text[place] = characters[i]
            place += 1
        text[place] = line_end
        place += 1
        for i in range(offsets[read], offsets[read + 1]):
            text[place] = LETTERS[codes[i]]
            place += 1
        text[place] = line_end
        text[place + 1] = 43  # +
        text[place + 2] = line_end
        place += 3
        for i in range(offsets[read], offsets[read + 1]):
            text[place] = qualities[i] + PHRED_ZERO
            place += 1
        text[place] = line_end
