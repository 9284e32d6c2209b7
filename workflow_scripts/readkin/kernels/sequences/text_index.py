"""Index of many short texts, such as names of reads: finds the row of a text.

An open hash table holds the numbers of the texts, which themselves stay where they are.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.kmers.codes import mix64

FREE = np.uint32(2**32 - 1)
FNV_OFFSET, FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)


class TextIndex(NamedTuple):
    """n texts with their index, as ``index_texts`` returns.

    Attributes:
        characters: uint8, the texts one after the other.
        bounds: int64 (n + 1,), text i is ``characters[bounds[i]:bounds[i + 1]]``.
        slots: uint32 (power of two,), numbers of texts, FREE where there is none.
    """

    characters: np.ndarray
    bounds: np.ndarray
    slots: np.ndarray

    def find(self, characters: np.ndarray, bounds: np.ndarray) -> np.ndarray:
        """Return the first row that has each of m texts, -1 for those that none has; int64 (m,).

        Args:
            characters, bounds: the texts, as above.
        """
        return _find(self.characters, self.bounds, self.slots, characters, bounds)

    def text(self, row: int) -> bytes:
        """Return a text."""
        return self.characters[self.bounds[row] : self.bounds[row + 1]].tobytes()


def index_texts(characters: np.ndarray, bounds: np.ndarray) -> TextIndex:
    """Return an index of fewer than 2**32 texts.

    >>> index = index_texts(np.frombuffer(b"r1r10", np.uint8), np.array([0, 2, 5]))
    >>> index.find(np.frombuffer(b"r10r2", np.uint8), np.array([0, 3, 5])).tolist()
    [1, -1]
    """
    slots = np.full(1 << (2 * bounds.size).bit_length(), FREE, np.uint32)
    _insert(characters, bounds, slots)
    return TextIndex(characters, bounds, slots)


def first_repeated(rows: np.ndarray, is_taken: np.ndarray) -> int:
    """Mark rows as taken; return the position of the first one that already was, -1 for none.

    Args:
        rows: int64 (m,).
        is_taken: bool (n,), changed in place.
    """
    return int(_take(rows, is_taken))


@njit(cache=True, nogil=True)
def _hash(characters: np.ndarray, first: int, end: int) -> np.uint64:
    """Return the FNV-1a hash of a text, mixed, as its lower bits alone are used."""
    hashed = FNV_OFFSET
    for at in range(first, end):
        hashed = (hashed ^ np.uint64(characters[at])) * FNV_PRIME
    return mix64(hashed)


@njit(cache=True, nogil=True)
def _insert(characters: np.ndarray, bounds: np.ndarray, slots: np.ndarray) -> None:
    mask = np.uint64(slots.size - 1)
    for row in range(bounds.size - 1):
        at = _hash(characters, bounds[row], bounds[row + 1]) & mask
        while slots[at] != FREE:
            at = (at + np.uint64(1)) & mask
        slots[at] = row


@njit(cache=True, nogil=True)
def _find(
    characters: np.ndarray,
    bounds: np.ndarray,
    slots: np.ndarray,
    wanted: np.ndarray,
    wanted_bounds: np.ndarray,
) -> np.ndarray:
    mask = np.uint64(slots.size - 1)
    rows = np.full(wanted_bounds.size - 1, -1, np.int64)
    for i in range(rows.size):
        first, end = wanted_bounds[i], wanted_bounds[i + 1]
        at = _hash(wanted, first, end) & mask
        while slots[at] != FREE:
            begin = bounds[slots[at]]
            is_equal = bounds[slots[at] + 1] - begin == end - first
            k = 0
            while is_equal and k < end - first:
                is_equal = characters[begin + k] == wanted[first + k]
                k += 1
            if is_equal:
                rows[i] = slots[at]
                break
            at = (at + np.uint64(1)) & mask
    return rows


@njit(cache=True, nogil=True)
def _take(rows: np.ndarray, is_taken: np.ndarray) -> int:
    for i in range(rows.size):
        if is_taken[rows[i]]:
            return i
        is_taken[rows[i]] = True
    return -1
