"""The smallest hashes of the k-mers of sets of sequences (bottom sketches; Broder 1997)."""

import numpy as np
from numba import njit

from readkin.kernels.kmers.codes import check_k, check_reads, mix64, seed_mask

NO_HASH = np.uint64(2**64 - 1)


def smallest_hashes(
    bases: np.ndarray, offsets: np.ndarray, group: np.ndarray, n_groups: int, k: int, number: int
) -> np.ndarray:
    """Return the smallest different hashes of the canonical k-mers of each group of sequences.

    The hashes do not depend on the strand and order of the sequences. K-mers with a base other than
    A, C, G, T are left out.

    Args:
        bases: uint8 (total bases,), A 0, C 1, G 2, T 3, anything else 4.
        offsets: int64 (n + 1,), bounds of the sequences.
        group: int64 (n,), group of each sequence below ``n_groups``; negative: it is left out.
        n_groups: number of groups.
        k: length of the k-mers, 1 to 31.
        number: hashes of each group.

    Returns:
        uint64 (n_groups, number), ascending, filled with NO_HASH.
    """
    check_k(k)
    check_reads(bases, offsets)
    smallest = np.full((n_groups, number), NO_HASH, np.uint64)
    _smallest_hashes(bases, offsets, group, k, seed_mask(0), smallest)
    return smallest


@njit(cache=True, nogil=True)
def _smallest_hashes(
    bases: np.ndarray,
    offsets: np.ndarray,
    group: np.ndarray,
    k: int,
    seed: np.uint64,
    smallest: np.ndarray,
) -> None:
    two, one, three = np.uint64(2), np.uint64(1), np.uint64(3)
    mask = (one << np.uint64(2 * k)) - one
    top = np.uint64(2 * (k - 1))
    for sequence in range(group.size):
        if group[sequence] < 0:
            continue
        row = smallest[group[sequence]]
        forward = reverse = np.uint64(0)
        known = 0
        for i in range(offsets[sequence], offsets[sequence + 1]):
            if bases[i] > 3:
                known = 0
                continue
            base = np.uint64(bases[i])
            forward = (forward << two | base) & mask
            reverse = reverse >> two | (three - base) << top
            known += 1
            if known >= k:
                _insert(row, mix64(min(forward, reverse) ^ seed))


@njit(cache=True, nogil=True)
def _insert(row: np.ndarray, hashed: np.uint64) -> None:
    """Insert a hash into an ascending row, unless it is there or larger than all of it."""
    if hashed >= row[-1]:
        return
    place = np.searchsorted(row, hashed)
    if row[place] == hashed:
        return
    for i in range(row.size - 1, place, -1):
        row[i] = row[i - 1]
    row[place] = hashed
