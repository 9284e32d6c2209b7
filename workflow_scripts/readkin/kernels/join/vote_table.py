"""Counts the votes of one read for others: a small hash table, emptied read by read.

A vote is a shared key; its code says for which read, on which strand and on which diagonal.
Row-wise sparse products are computed like that (Gustavson 1978, ACM Transactions on Mathematical
Software 4:250): the table stays in the cache, and the pairs need no sorting but within a row.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

EMPTY = np.uint64(2**64 - 1)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FEW = 40  # codes that insertion sort is the fastest for


class VoteTable(NamedTuple):
    """Open addressing; ``codes[slot]`` is EMPTY or has ``counts[slot]`` votes."""

    codes: np.ndarray  # uint64 (slots,), slots a power of two
    counts: np.ndarray  # uint32 (slots,)
    taken: np.ndarray  # int64 (slots / 2,): slots that are not empty, in order of their first vote
    in_order: np.ndarray  # uint64 (slots / 2,): for sorting the codes
    scratch: np.ndarray  # like in_order


def table_for(most_votes: int) -> VoteTable:
    """An empty table for rows of up to so many votes."""
    slots = int(last_slot(most_votes)) + 1
    return VoteTable(
        np.full(slots, EMPTY),
        np.zeros(slots, np.uint32),
        np.empty(slots // 2, np.int64),
        *np.empty((2, slots // 2), np.uint64),
    )


@njit(cache=True, nogil=True)
def last_slot(n_votes: Any) -> Any:
    """The last slot to use for so many votes: a small row should touch little memory."""
    slots = 64
    while slots < 2 * n_votes:
        slots *= 2
    return np.int64(slots - 1)


@njit(inline="always")
def _slot(table: VoteTable, code: np.uint64, last: int) -> Any:
    """Where a code stands or would stand."""
    mask = np.uint64(last)  # unsigned, so that no index counts from the end
    slot = (code * GOLDEN) >> np.uint64(32) & mask
    while True:
        found = table.codes[slot]
        if found in (code, EMPTY):
            return slot
        slot = (slot + np.uint64(1)) & mask


@njit(inline="always")
def add_vote(table: VoteTable, n_codes: int, code: np.uint64, last: int) -> int:
    """Count a vote; the new number of codes in the table is returned."""
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
    """Votes of a code that is in the table."""
    return table.counts[_slot(table, code, last)]


@njit(inline="always")
def clear(table: VoteTable, n_codes: int) -> None:
    """Empty the table."""
    for slot in table.taken[:n_codes]:
        table.codes[slot] = EMPTY


@njit(cache=True, nogil=True)
def sorted_codes(table: VoteTable, n_codes: int) -> np.ndarray:
    """The codes in the table, rising; overwritten by the next call."""
    codes = table.in_order[:n_codes]
    for place in range(n_codes):
        codes[place] = table.codes[table.taken[place]]
    if n_codes <= FEW:
        _insertion_sort(codes)
    else:
        _radix_sort(codes, table.scratch[:n_codes])
    return codes


@njit(inline="always")
def _insertion_sort(codes: np.ndarray) -> None:
    for i in range(1, codes.size):
        code = codes[i]
        place = i
        while place > 0 and codes[place - 1] > code:
            codes[place] = codes[place - 1]
            place -= 1
        codes[place] = code


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
