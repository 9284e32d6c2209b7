"""Buckets of keys with equal hashes: sorting, bounding, and cutting out what some reads need.

A bucket of n reads costs n * (n - 1) / 2 pairs. In a bucket above the cap (a repeat, or an
organism of great depth) each read is therefore paired only with NEIGHBOURS others: those whose
key lies at the next positions, which overlap it most. So the costs grow with the reads, not with
their square, and reads of a deep genome still hang together; pairs not made are counted.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.join.key_entries import CROWDED, LAST, EntryLayout, canonical_position, read_of
from readkin.kernels.radix_sort import DIGIT_BITS, digit_starts, scatter_by_digit

NEIGHBOURS = 8
BITS_IN_TWO_PASSES = 24  # of the number of keys


class BucketCounts(NamedTuple):
    """What became of the keys; numbers of keys but for the last four.

    Attributes:
        joined: in buckets that are joined whole.
        alone: that one read has.
        crowded: in buckets above the cap.
        buckets: joined whole.
        crowded_buckets: above the cap.
        largest: reads of the largest bucket.
        pairs_left_out: of two keys, in crowded buckets.
    """

    joined: int
    alone: int
    crowded: int
    buckets: int
    crowded_buckets: int
    largest: int
    pairs_left_out: int


def sort_by_hash(hashes: np.ndarray, entries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both sorted by hash; entries of equal hashes in the order in which they stood.

    Radix sort of the leading bits, least significant digit first, then insertion sort of the few
    keys that agree in these. Takes as much memory again; the arrays given are overwritten.

    Args:
        hashes: uint64 (keys,), spread evenly between the lowest and the highest one.
        entries: uint64 (keys,).
    """
    if hashes.size < 2:
        return hashes, entries
    low, high = hashes.min(), hashes.max()
    passes = 2 if hashes.size < 1 << BITS_IN_TWO_PASSES else 3
    shift = max(int(high - low).bit_length() - passes * DIGIT_BITS, 0)
    source, target = (hashes, entries), (np.empty_like(hashes), np.empty_like(entries))
    for digit in range(passes):
        first_bit = np.uint64(shift + digit * DIGIT_BITS)
        starts = digit_starts(source[0], low, first_bit)
        scatter_by_digit(source, target, starts, low, first_bit)
        source, target = target, source
    _finish_sorting(*source)
    return source


@njit(cache=True, nogil=True)
def _finish_sorting(hashes: np.ndarray, entries: np.ndarray) -> None:
    for i in range(1, hashes.size):
        hashed = hashes[i]
        if hashes[i - 1] <= hashed:
            continue
        entry = entries[i]
        place = i
        while place > 0 and hashes[place - 1] > hashed:
            hashes[place] = hashes[place - 1]
            entries[place] = entries[place - 1]
            place -= 1
        hashes[place] = hashed
        entries[place] = entry


def make_buckets(
    hashes: np.ndarray, entries: np.ndarray, max_bucket_size: int, layout: EntryLayout
) -> tuple[np.ndarray, BucketCounts]:
    """Leave out keys that one read has, and mark the ends of buckets.

    Args:
        hashes: uint64 (keys,), sorted.
        entries: uint64 (keys,), rising among equal hashes; overwritten.
        max_bucket_size: reads; a larger bucket is marked as crowded and sorted by
            ``canonical_position``.
        layout: of the entries.

    Returns:
        Entries of all buckets, bucket after bucket (part of ``entries``), and the counts.
    """
    counts = _make_buckets(hashes, entries, max_bucket_size, layout)
    found = BucketCounts(*(int(count) for count in counts))
    return entries[: found.joined + found.crowded], found


@njit(cache=True, nogil=True)
def _make_buckets(
    hashes: np.ndarray, entries: np.ndarray, max_bucket_size: int, layout: EntryLayout
) -> tuple[int, int, int, int, int, int, int]:
    joined = alone = crowded = buckets = crowded_buckets = largest = left_out = 0
    i = 0
    while i < hashes.size:
        end = i + 1
        while end < hashes.size and hashes[end] == hashes[i]:
            end += 1
        size = end - i
        filled = joined + crowded
        largest = max(largest, size)
        if size == 1:
            alone += 1
        elif size <= max_bucket_size:
            for place in range(size):
                entries[filled + place] = entries[i + place]
            entries[filled + size - 1] |= LAST
            joined += size
            buckets += 1
        else:
            positions = np.empty(size, np.int64)
            for place in range(size):
                positions[place] = canonical_position(entries[i + place], layout)
            order = np.argsort(positions, kind="mergesort")
            in_order = entries[i:end][order]
            for place in range(size):
                entries[filled + place] = in_order[place] | CROWDED
            entries[filled + size - 1] |= LAST
            crowded += size
            crowded_buckets += 1
            reach = min(NEIGHBOURS, size - 1)
            made = size * reach - reach * (reach + 1) // 2
            left_out += size * (size - 1) // 2 - made
        i = end
    return joined, alone, crowded, buckets, crowded_buckets, largest, left_out


@njit(inline="always")
def _end_of_bucket(entries: np.ndarray, start: int) -> int:
    """Where the bucket that begins at ``start`` ends."""
    end = start
    while not entries[end] & LAST:
        end += 1
    return end + 1


@njit(cache=True, nogil=True)
def count_votes(
    entries: np.ndarray,
    layout: EntryLayout,
    reads_per_block: int,
    votes: np.ndarray,
    crowded: np.ndarray,
) -> None:
    """Add up the pairs of keys per block of reads, each pair at its first read.

    Args:
        entries: whole buckets.
        layout: of the entries.
        reads_per_block: reads.
        votes: int64 (blocks,), all pairs.
        crowded: int64 (blocks,), those in crowded buckets.
    """
    start = 0
    while start < entries.size:
        end = _end_of_bucket(entries, start)
        if entries[start] & CROWDED:
            for i in range(start, end):
                for j in range(i + 1, min(i + 1 + NEIGHBOURS, end)):
                    first = min(read_of(entries[i], layout), read_of(entries[j], layout))
                    votes[np.int64(first) // reads_per_block] += 1
                    crowded[np.int64(first) // reads_per_block] += 1
        else:
            for i in range(start, end - 1):
                votes[np.int64(read_of(entries[i], layout)) // reads_per_block] += end - i - 1
        start = end


def cut_out(entries: np.ndarray, layout: EntryLayout, first_read: int, end_read: int) -> np.ndarray:
    """What joining reads ``first_read:end_read`` with all later ones needs.

    Returns:
        uint64: buckets, each from the first of these reads on; each pair of a crowded bucket is a
        bucket of its own.
    """
    bounds = np.uint64(first_read), np.uint64(end_read)
    found = np.empty(_cut_out(entries, layout, bounds, np.empty(0, np.uint64)), np.uint64)
    _cut_out(entries, layout, bounds, found)
    return found


@njit(cache=True, nogil=True)
def _cut_out(
    entries: np.ndarray,
    layout: EntryLayout,
    bounds: tuple[np.uint64, np.uint64],
    found: np.ndarray,
) -> int:
    """Fill ``found`` if it has room, else only count; the number of entries is returned."""
    first_read, end_read = bounds
    fill = found.size > 0
    n = 0
    start = 0
    while start < entries.size:
        end = _end_of_bucket(entries, start)
        if entries[start] & CROWDED:
            for i in range(start, end):
                for j in range(i + 1, min(i + 1 + NEIGHBOURS, end)):
                    one, other = entries[i] & ~(LAST | CROWDED), entries[j] & ~(LAST | CROWDED)
                    one, other = min(one, other), max(one, other)
                    if first_read <= read_of(one, layout) < end_read:
                        if fill:
                            found[n] = one
                            found[n + 1] = other | LAST
                        n += 2
        else:
            i = start
            while i < end - 1 and read_of(entries[i], layout) < first_read:
                i += 1
            if i < end - 1 and read_of(entries[i], layout) < end_read:
                if fill:
                    found[n : n + end - i] = entries[i:end]
                n += end - i
        start = end
    return n
