"""Alignments and copies in the form that the layout needs."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from readkin.parallel.mpi import Ranks


class Overlaps(NamedTuple):
    """Alignments as placements of read b beside read a; all arrays have one item an alignment.

    Position p of a, as sequenced, lies opposite position ``p - left`` of b as aligned
    (reverse-complemented where ``is_reverse``) before ``switch``, the first gap, and opposite
    ``p - right`` from there on.

    Attributes:
        read_a, read_b: int32, a < b, sorted.
        is_reverse: bool.
        left, right: int32, bp.
        switch: int32, position in a; NO_GAP without gaps.
        aligned: int32, columns of the alignment.
        differences: int32, unequal columns, gaps included.
        overhang: int32, bp: longest end at which both reads continue, but unaligned.
    """

    read_a: np.ndarray
    read_b: np.ndarray
    is_reverse: np.ndarray
    left: np.ndarray
    right: np.ndarray
    switch: np.ndarray
    aligned: np.ndarray
    differences: np.ndarray
    overhang: np.ndarray


NO_GAP = np.int32(2**31 - 1)


def load_overlaps(path: Path, ranks: Ranks) -> Overlaps:
    """Read all alignments of a Parquet file; each node has one copy for all its ranks."""
    raise NotImplementedError


def load_copies(pairs: Path, n_reads: int) -> np.ndarray:
    """Return for each read the earlier read with equal bases, or -1; int64 (n,)."""
    raise NotImplementedError
