"""Hash table that counts the votes of one read for others, emptied after each read.

A vote is a shared key; its code contains the other read, the strand and the diagonal. This is the
row-wise sparse product of Gustavson 1978, ACM Transactions on Mathematical Software 4:250: the
table stays in the cache, and pairs are sorted within a row only.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

EMPTY = np.uint64(2**64 - 1)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FEW = 40  # codes, up to which insertion sort is faster


class VoteTable(NamedTuple):
    """Table with open addressing.

    Attributes:
        codes: uint64 (slots,), EMPTY or a code; the number of slots is a power of two.
        counts: uint32 (slots,), votes of each code.
        taken: int64 (slots / 2,), slots that are not empty, in the order of their first vote.
        in_order: uint64 (slots / 2,), memory for the sorted codes.
        scratch: uint64 (slots / 2,), memory for sorting.
    """

    codes: np.ndarray
    counts: np.ndarray
    taken: np.ndarray
    in_order: np.ndarray
    scratch: np.ndarray


def table_for(most_votes: int) -> VoteTable:
    """Return an empty table for rows of up to ``most_votes`` votes."""
    slots = int(last_slot(most_votes)) + 1
    return VoteTable(
        codes=np.full(slots, EMPTY),
        counts=np.zeros(slots, np.uint32),
        taken=np.empty(slots // 2, np.int64),
        in_order=np.empty(slots // 2, np.uint64),
        scratch=np.empty(slots // 2, np.uint64),
    )


@njit(cache=True, nogil=True)
def last_slot(n_votes: Any) -> Any:
    """Return the last slot to use for ``n_votes`` votes, so that small rows touch little memory."""
    slots = 64
    while slots < 2 * n_votes:
        slots *= 2
    return np.int64(slots - 1)


@njit(inline="always")
def _slot(table: VoteTable, code: np.uint64, last: int) -> Any:
    """Return the slot of a code, or the empty slot where it belongs."""
    mask = np.uint64(last)  # unsigned, so that Numba does not handle negative indices
    slot = (code * GOLDEN) >> np.uint64(32) & mask
    while True:
        found = table.codes[slot]
        if found in (code, EMPTY):
            return slot
        slot = (slot + np.uint64(1)) & mask


@njit(inline="always")
def add_vote(table: VoteTable, n_codes: int, code: np.uint64, last: int) -> int:
    """Count a vote; return the new number of codes in the table."""
    slot = _slot(table, code, last)
    if table.codes[slot] == EMPTY:
        table.codes[slot] = code
        table.counts[slot] = 0
        table.taken[n_codes] = slot
        n_codes += 1
    table.counts[slot] += np.uint32(1)
    return n_codes


@njit(inline="always")
def votes_of(table: VoteTable, code: np.uint64, last: int) -> np.uint32:
    """Return the votes of a code that is in the table."""
    return table.counts[_slot(table, code, last)]


@njit(inline="always")
def clear(table: VoteTable, n_codes: int) -> None:
    """Empty the table."""
    for slot in table.taken[:n_codes]:
        table.codes[slot] = EMPTY


@njit(cache=True, nogil=True)
def sorted_codes(table: VoteTable, n_codes: int) -> np.ndarray:
    """Return the codes in the table, ascending; the next call overwrites them."""
    codes = table.in_order[:n_codes]
    for i in range(n_codes):
        codes[i] = table.codes[table.taken[i]]
    if n_codes <= FEW:
        _insertion_sort(codes)
    else:
        _radix_sort(codes, table.scratch[:n_codes])
    return codes


@njit(inline="always")
def _insertion_sort(codes: np.ndarray) -> None:
    for i in range(1, codes.size):
        code = codes[i]
        slot = i
        while slot > 0 and codes[slot - 1] > code:
            codes[slot] = codes[slot - 1]
            slot -= 1
        codes[slot] = code


@njit(cache=True, nogil=True)
def _radix_sort(codes: np.ndarray, scratch: np.ndarray) -> None:
    different = np.uint64(0)
    for code in codes:
        different |= code ^ codes[0]
    source, target = codes, scratch
    is_in_scratch = False
    starts = np.empty(256, np.int64)
    for byte in range(8):
        shift = np.uint64(8 * byte)
        if not different >> shift & np.uint64(255):
            continue
        starts[:] = 0
        for code in source:
            starts[code >> shift & np.uint64(255)] += 1
        start = 0
        for digit in range(256):
            start, starts[digit] = start + starts[digit], start
        for code in source:
            digit = code >> shift & np.uint64(255)
            target[starts[digit]] = code
            starts[digit] += 1
        source, target = target, source
        is_in_scratch = not is_in_scratch
    if is_in_scratch:
        codes[:] = source
