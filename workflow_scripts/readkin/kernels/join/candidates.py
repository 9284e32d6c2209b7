"""Candidate pairs of reads, as all that make, store and align them hold them."""

from typing import NamedTuple

import numpy as np


class Candidates(NamedTuple):
    """Pairs of reads, one row each, sorted by (read_a, read_b), read_a < read_b.

    Attributes:
        read_a, read_b: uint64 (pairs,).
        votes: uint32 (pairs,), shared keys on the strand that has more of them (ties: forward).
        is_reverse: uint8 (pairs,), 1 where b is taken as its reverse complement.
        diagonal: int32 (pairs,), position in a minus position in b on that strand: the most
            frequent one; of equally frequent ones that of the longest overlap, then the smallest.
    """

    read_a: np.ndarray
    read_b: np.ndarray
    votes: np.ndarray
    is_reverse: np.ndarray
    diagonal: np.ndarray


def empty_candidates(size: int) -> Candidates:
    """Room for pairs."""
    dtypes = (np.uint64, np.uint64, np.uint32, np.uint8, np.int32)
    return Candidates(*(np.empty(size, dtype) for dtype in dtypes))
