"""Contacts: pairs of pieces with alignments between their reads."""

from typing import NamedTuple

import numpy as np
from numba import njit

CLASS_BITS = np.uint64(2)
NO_CLASS, AGAINST, UNCLEAR = 0, 1, 2


class Contacts(NamedTuple):
    """Pairs of pieces, sorted; all arrays uint32 (pairs,), see ``formats.pieces.Layout``."""

    a: np.ndarray
    b: np.ndarray
    alignments: np.ndarray
    against: np.ndarray
    unclear: np.ndarray


def find_contacts(
    piece: np.ndarray,
    read_a: np.ndarray,
    read_b: np.ndarray,
    is_against: np.ndarray,
    is_unclear: np.ndarray,
) -> Contacts:
    """Count the alignments between different pieces.

    Args:
        piece: uint32 (reads,), piece of each read, below 2**31.
        read_a, read_b: int32 (alignments,), the two reads.
        is_against: bool (alignments,), the reads differ.
        is_unclear: bool (alignments,), ambiguous; counts where it is not against.
    """
    n_pieces = np.uint64(piece.max(initial=0)) + np.uint64(1)
    keys = _keys(piece, n_pieces, read_a, read_b, is_against, is_unclear)
    keys.sort()
    return Contacts(*_count(keys, n_pieces))


@njit(cache=True, nogil=True)
def _keys(
    piece: np.ndarray,
    n_pieces: np.uint64,
    read_a: np.ndarray,
    read_b: np.ndarray,
    is_against: np.ndarray,
    is_unclear: np.ndarray,
) -> np.ndarray:
    """Return both pieces and the class of each alignment between pieces, as one number."""
    n = 0
    for e in range(read_a.size):
        n += piece[read_a[e]] != piece[read_b[e]]
    keys = np.empty(n, np.uint64)
    n = 0
    for e in range(read_a.size):
        a, b = np.uint64(piece[read_a[e]]), np.uint64(piece[read_b[e]])
        if a != b:
            kind = AGAINST if is_against[e] else UNCLEAR if is_unclear[e] else NO_CLASS
            keys[n] = (min(a, b) * n_pieces + max(a, b)) << CLASS_BITS | np.uint64(kind)
            n += 1
    return keys


@njit(cache=True, nogil=True)
def _count(
    keys: np.ndarray, n_pieces: np.uint64
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the columns of ``Contacts`` for sorted keys."""
    n = 0
    for k in range(keys.size):
        n += k == 0 or keys[k] >> CLASS_BITS != keys[k - 1] >> CLASS_BITS
    a, b = np.empty(n, np.uint32), np.empty(n, np.uint32)
    counts = np.zeros((3, n), np.uint32)
    at = -1
    for k in range(keys.size):
        pair = keys[k] >> CLASS_BITS
        if k == 0 or pair != keys[k - 1] >> CLASS_BITS:
            at += 1
            a[at], b[at] = pair // n_pieces, pair % n_pieces
        kind = keys[k] & np.uint64(3)
        counts[0, at] += np.uint32(1)
        counts[1, at] += np.uint32(kind == AGAINST)
        counts[2, at] += np.uint32(kind == UNCLEAR)
    return a, b, counts[0], counts[1], counts[2]
