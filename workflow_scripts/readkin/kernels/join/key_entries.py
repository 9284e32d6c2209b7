"""A sampled key's read and place in it, packed in 64 bits; bit fields as wide as the data need.

From the highest bit: whether the entry is the last of its bucket, whether its bucket is crowded
(hash_buckets.py), the read, the position of the key in the read, its position in the read's reverse
complement, and its strand. With both positions the join needs no table of read lengths.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

LAST = np.uint64(1 << 63)
CROWDED = np.uint64(1 << 62)
FREE_BITS = 61  # without both marks and the strand
ONE = np.uint64(1)


class EntryLayout(NamedTuple):
    """How entries are packed.

    Attributes:
        position_bits: uint64, of each position.
        k: int64, length of a key in bases.
    """

    position_bits: np.uint64
    k: int


def layout_for(n_reads: int, longest_read: int, k: int) -> EntryLayout:
    """The layout for keys of reads numbered from 0 to ``n_reads - 1``.

    Raises:
        OverflowError: if the reads are too many for their length.
    """
    position_bits = max(longest_read - k, 1).bit_length()
    read_bits = max(n_reads - 1, 1).bit_length()
    if 2 * position_bits + read_bits > FREE_BITS:
        raise OverflowError(
            f"{n_reads} reads of up to {longest_read} bases: their keys need "
            f"{2 * position_bits + read_bits} bits, {FREE_BITS} are there; join fewer reads, or"
            " cut long ones in pieces"
        )
    return EntryLayout(np.uint64(position_bits), k)


def pack_entries(
    read: np.ndarray, place: np.ndarray, length: np.ndarray, layout: EntryLayout
) -> np.ndarray:
    """Entries, uint64 (keys,), without marks.

    Args:
        read: uint64 (keys,), number of each key's read.
        place: uint32 (keys,), 2 * position + 1 for keys on the reverse strand.
        length: of each key's read, bases.
        layout: made for these reads.

    Raises:
        OverflowError: for a number that does not fit, which would show another read.
    """
    entries = np.empty(read.size, np.uint64)
    if not _pack(read, place, np.asarray(length), layout, entries):
        raise OverflowError(f"a read or position that {layout} has no room for")
    return entries


@njit(cache=True, nogil=True)
def _pack(
    read: np.ndarray,
    place: np.ndarray,
    length: np.ndarray,
    layout: EntryLayout,
    entries: np.ndarray,
) -> bool:
    """Whether all fits."""
    bits = layout.position_bits
    read_bits = np.uint64(FREE_BITS) - np.uint64(2) * bits
    for i in range(read.size):
        forward = np.uint64(place[i] >> np.uint32(1))
        # A key beyond the end of its read wraps around here, and so does not fit.
        backward = np.uint64(length[i]) - np.uint64(layout.k) - forward
        if (forward | backward) >> bits or read[i] >> read_bits:
            return False
        packed = (read[i] << bits | forward) << bits | backward
        entries[i] = packed << ONE | np.uint64(place[i] & np.uint32(1))
    return True


@njit(inline="always")
def read_of(entry: np.uint64, layout: EntryLayout) -> np.uint64:
    """Number of the entry's read."""
    return (entry & ~(LAST | CROWDED)) >> (layout.position_bits * np.uint64(2) + ONE)


@njit(inline="always")
def forward_position(entry: np.uint64, layout: EntryLayout) -> Any:
    """Position of the key in the read."""
    mask = (ONE << layout.position_bits) - ONE
    return np.int64(entry >> (layout.position_bits + ONE) & mask)


@njit(inline="always")
def backward_position(entry: np.uint64, layout: EntryLayout) -> Any:
    """Position of the key in the reverse complement of the read."""
    mask = (ONE << layout.position_bits) - ONE
    return np.int64(entry >> ONE & mask)


@njit(inline="always")
def canonical_position(entry: np.uint64, layout: EntryLayout) -> int:
    """Position of the key on the strand of the read that shows its canonical form."""
    if entry & ONE:
        return backward_position(entry, layout)
    return forward_position(entry, layout)


@njit(inline="always")
def length_of(entry: np.uint64, layout: EntryLayout) -> int:
    """Bases of the entry's read."""
    return forward_position(entry, layout) + backward_position(entry, layout) + layout.k
