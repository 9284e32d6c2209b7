"""Exact duplicates: reads with the same bases, or with the reverse complement of them.

Copies made by PCR and reads of a very deep genome would cost the join as many pairs as the square
of their number, and say nothing new. So one read of each group, the original, stands for all.
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
    """Reads that are like an earlier one, in the order of their originals.

    Attributes:
        original: uint64 (duplicates,), the first read of the group.
        duplicate: uint64 (duplicates,), rising for each original.
        is_reverse: uint8 (duplicates,), 1 where the duplicate is the reverse complement.
    """

    original: np.ndarray
    duplicate: np.ndarray
    is_reverse: np.ndarray


def find_duplicates(index: np.ndarray, hashes: np.ndarray, reads: PackedReads) -> Duplicates:
    """Group reads with equal bases.

    Args:
        index: uint64 (n,), numbers of the reads to look at, rising.
        hashes: uint64 (n,), of each one's bases, equal on both strands. Reads whose hashes agree
            are compared base by base.
        reads: all reads.
    """
    order = stable_argsort(hashes)
    longest = int(reads.lengths.max(initial=0))
    margined = strand_buffers(longest)
    found = Duplicates(
        np.empty(index.size, np.uint64),
        np.empty(index.size, np.uint64),
        np.empty(index.size, np.uint8),
    )
    n_found = _find(index[order], hashes[order], reads, margined, found)
    by_original = stable_argsort(found.original[:n_found])
    return Duplicates(*(column[:n_found][by_original] for column in found))


@njit(cache=True, nogil=True)
def _find(
    index: np.ndarray,
    hashes: np.ndarray,
    reads: PackedReads,
    margined: np.ndarray,
    found: Duplicates,
) -> int:
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
                found.original[n_found] = original
                found.duplicate[n_found] = duplicate
                found.is_reverse[n_found] = is_reverse
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
