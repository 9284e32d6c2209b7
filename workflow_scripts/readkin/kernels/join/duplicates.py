"""Exact duplicates: reads with equal bases, on the same strand or on opposite strands.

PCR copies and reads of a very deep genome would cost the join a number of pairs that grows with
the square of their number, without any new information. The join therefore uses one read of each
group, the original, and leaves the duplicates out.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.radix_sort import stable_argsort
from readkin.kernels.sequences.packed_bases import (
    BASES_PER_WORD,
    MARGIN,
    PackedReads,
    first_word_and_length_of,
    strand_buffers,
    write_strands,
)


class Duplicates(NamedTuple):
    """Reads that equal an earlier read, sorted by (original, duplicate).

    Attributes:
        original: uint64 (duplicates,), the first read of the group.
        duplicate: uint64 (duplicates,).
        is_reverse: uint8 (duplicates,), 1 where the duplicate is the reverse complement.
    """

    original: np.ndarray
    duplicate: np.ndarray
    is_reverse: np.ndarray


def find_duplicates(index: np.ndarray, hashes: np.ndarray, reads: PackedReads) -> Duplicates:
    """Group reads with equal bases.

    Args:
        index: uint64 (n,), numbers of the reads to compare, ascending.
        hashes: uint64 (n,), of each read's bases, equal on both strands. Reads with equal hashes
            are compared base by base.
        reads: all reads.
    """
    order = stable_argsort(hashes)
    longest = int(reads.lengths.max(initial=0))
    margined = strand_buffers(longest)
    duplicates = Duplicates(
        np.empty(index.size, np.uint64),
        np.empty(index.size, np.uint64),
        np.empty(index.size, np.uint8),
    )
    n_found = _find(index[order], hashes[order], reads, margined, duplicates)
    by_original = stable_argsort(duplicates.original[:n_found])
    return Duplicates(*(column[:n_found][by_original] for column in duplicates))


@njit(cache=True, nogil=True)
def _find(
    index: np.ndarray,
    hashes: np.ndarray,
    reads: PackedReads,
    margined: np.ndarray,
    duplicates: Duplicates,
) -> int:
    """Fill ``duplicates``; return their number."""
    n_found = 0
    first = 0
    for i in range(1, index.size):
        if hashes[i] != hashes[first]:
            first = i
            continue
        original, duplicate = np.int64(index[first]), np.int64(index[i])
        _, length = first_word_and_length_of(reads, original)
        if first_word_and_length_of(reads, duplicate)[1] != length:
            continue
        write_strands(reads, duplicate, margined[0], margined[1])
        for is_reverse in range(2):
            if _is_equal(reads, original, margined[is_reverse]):
                duplicates.original[n_found] = original
                duplicates.duplicate[n_found] = duplicate
                duplicates.is_reverse[n_found] = is_reverse
                n_found += 1
                break
    return n_found


@njit(inline="always")
def _is_equal(reads: PackedReads, read: Any, margined: np.ndarray) -> bool:
    first, length = first_word_and_length_of(reads, read)
    for word in range((length + BASES_PER_WORD - 1) // BASES_PER_WORD):
        if reads.words[first + word] != margined[MARGIN + word]:
            return False
    return True
