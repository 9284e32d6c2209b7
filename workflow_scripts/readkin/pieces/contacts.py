"""Contacts: pairs of pieces with alignments between their reads."""

from typing import NamedTuple

import numpy as np

CLASS_BITS = np.uint64(2)
NO_CLASS, AGAINST, UNCLEAR = 0, 1, 2


class Contacts(NamedTuple):
    """Pairs of pieces, sorted; all arrays uint32 (pairs,), see ``Layout``."""

    a: np.ndarray
    b: np.ndarray
    alignments: np.ndarray
    against: np.ndarray
    unclear: np.ndarray


def find_contacts(
    piece_a: np.ndarray, piece_b: np.ndarray, is_against: np.ndarray, is_unclear: np.ndarray
) -> Contacts:
    """Count the alignments between different pieces.

    Args:
        piece_a, piece_b: uint32 (alignments,), pieces of the two reads.
        is_against: bool (alignments,), the reads differ.
        is_unclear: bool (alignments,), ambiguous; counts where it is not against.
    """
    apart = np.flatnonzero(piece_a != piece_b)
    a, b = piece_a[apart].astype(np.uint64), piece_b[apart].astype(np.uint64)
    n_pieces = np.uint64(max(a.max(initial=0), b.max(initial=0)) + np.uint64(1))
    kind = np.where(is_against[apart], AGAINST, np.where(is_unclear[apart], UNCLEAR, NO_CLASS))
    keys = (np.minimum(a, b) * n_pieces + np.maximum(a, b)) << CLASS_BITS | kind.astype(np.uint64)
    keys.sort()
    pair = keys >> CLASS_BITS
    first = np.flatnonzero(np.diff(pair, prepend=np.uint64(2**64 - 1)))
    kind = keys & np.uint64(3)

    def counts(values: np.ndarray) -> np.ndarray:
        return np.add.reduceat(values, first, dtype=np.uint32) if len(first) else first

    pair = pair[first]
    columns = (
        pair // n_pieces,
        pair % n_pieces,
        counts(np.ones(len(keys), np.uint32)),
        counts(kind == AGAINST),
        counts(kind == UNCLEAR),
    )
    return Contacts(*(column.astype(np.uint32) for column in columns))
