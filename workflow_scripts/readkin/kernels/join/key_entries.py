"""Entries: a sampled key's read, position and strand, packed in 64 bits.

The fields, from the highest bit: a flag for the last entry of a bucket; a flag for entries of a
capped bucket (hash_buckets.py); the read; the position of the key in the read; its position in the
read's reverse complement; its strand. The fields of read and positions are as wide as the data
need. As both positions are stored, the join needs no table of read lengths.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

LAST = np.uint64(1 << 63)
CAPPED = np.uint64(1 << 62)
FREE_BITS = 61  # without both flags and the strand
ONE = np.uint64(1)


class EntryLayout(NamedTuple):
    """Widths of the fields of entries.

    Attributes:
        position_bits: uint64, of each position.
        k: int64, length of a key in bases.
    """

    position_bits: np.uint64
    k: int


def layout_for(n_reads: int, longest_read: int, k: int) -> EntryLayout:
    """Return the layout for keys of reads numbered from 0 to ``n_reads - 1``.

    Raises:
        OverflowError: if the reads are too many for their length.
    """
    position_bits = max(longest_read - k, 1).bit_length()
    read_bits = max(n_reads - 1, 1).bit_length()
    if 2 * position_bits + read_bits > FREE_BITS:
        raise OverflowError(
            f"{n_reads} reads of up to {longest_read} bases"
            f" (entries of {2 * position_bits + read_bits} bits, limit {FREE_BITS})"
        )
    return EntryLayout(np.uint64(position_bits), k)


def pack_entries(
    read: np.ndarray, stranded_position: np.ndarray, length: np.ndarray, layout: EntryLayout
) -> np.ndarray:
    """Return entries without flags, uint64 (keys,).

    Args:
        read: uint64 (keys,), number of each key's read.
        stranded_position: uint32 (keys,), see ``kmers.signatures.Signatures``.
        length: bases of each key's read (keys,).
        layout: made for these reads.

    Raises:
        OverflowError: for a read or position that does not fit into its field.
    """
    entries = np.empty(read.size, np.uint64)
    if not _pack(read, stranded_position, np.asarray(length), layout, entries):
        raise OverflowError(f"a read or position does not fit into {layout}")
    return entries


@njit(cache=True, nogil=True)
def _pack(
    read: np.ndarray,
    stranded_position: np.ndarray,
    length: np.ndarray,
    layout: EntryLayout,
    entries: np.ndarray,
) -> bool:
    """Fill ``entries``; return False if a value does not fit."""
    bits = layout.position_bits
    read_bits = np.uint64(FREE_BITS) - np.uint64(2) * bits
    for i in range(read.size):
        forward = np.uint64(stranded_position[i] >> np.uint32(1))
        # The difference wraps around for a key beyond the end of its read, and then does not fit.
        backward = np.uint64(length[i]) - np.uint64(layout.k) - forward
        if (forward | backward) >> bits or read[i] >> read_bits:
            return False
        packed = (read[i] << bits | forward) << bits | backward
        entries[i] = packed << ONE | np.uint64(stranded_position[i] & np.uint32(1))
    return True


@njit(inline="always")
def read_of(entry: np.uint64, layout: EntryLayout) -> np.uint64:
    """Return the number of the entry's read."""
    return (entry & ~(LAST | CAPPED)) >> (layout.position_bits * np.uint64(2) + ONE)


@njit(inline="always")
def forward_position(entry: np.uint64, layout: EntryLayout) -> Any:
    """Return the position of the key in the read."""
    mask = (ONE << layout.position_bits) - ONE
    return np.int64(entry >> (layout.position_bits + ONE) & mask)


@njit(inline="always")
def backward_position(entry: np.uint64, layout: EntryLayout) -> Any:
    """Return the position of the key in the reverse complement of the read."""
    mask = (ONE << layout.position_bits) - ONE
    return np.int64(entry >> ONE & mask)


@njit(inline="always")
def canonical_position(entry: np.uint64, layout: EntryLayout) -> int:
    """Return the position of the key on the strand of the read that has its canonical form."""
    if entry & ONE:
        return backward_position(entry, layout)
    return forward_position(entry, layout)
