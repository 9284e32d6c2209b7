"""Buckets of keys with equal hashes: sorting, capping, and selection for some first reads.

A bucket of n reads costs n * (n - 1) / 2 pairs. In a bucket above the cap (a repetitive k-mer, or
an organism of great depth) each read is therefore paired with NEIGHBOURS others only: those whose
keys have the next positions, as they overlap it most. The costs then grow with the number of reads,
not with its square, and the reads of a deep genome stay connected. The pairs of keys that are left
out are counted.
"""

from collections.abc import Iterable
from typing import NamedTuple, Self

import numpy as np
from numba import njit

from readkin.kernels.join.key_entries import CAPPED, LAST, EntryLayout, canonical_position, read_of
from readkin.kernels.radix_sort import DIGIT_BITS, digit_starts, scatter_by_digit

NEIGHBOURS = 8
BITS_IN_TWO_PASSES = 24  # of the number of keys


class BucketCounts(NamedTuple):
    """Numbers of keys and buckets.

    Attributes:
        uncapped: keys in buckets within the cap.
        singletons: keys that only one read has; they are left out.
        capped: keys in capped buckets.
        uncapped_buckets: buckets within the cap.
        capped_buckets: buckets above the cap.
        largest: reads of the largest bucket.
        pairs_left_out: pairs of keys that are left out in capped buckets.
    """

    uncapped: int
    singletons: int
    capped: int
    uncapped_buckets: int
    capped_buckets: int
    largest: int
    pairs_left_out: int

    @classmethod
    def total(cls, counts: Iterable[Self]) -> Self:
        """Return the counts of several sets of buckets together."""
        columns = list(zip(*counts, strict=True))
        largest = max(columns[cls._fields.index("largest")])
        return cls(*map(sum, columns))._replace(largest=largest)


def keys_of_pass(
    hashes: np.ndarray,
    entries: np.ndarray,
    step: np.uint64,
    number: int,
    passes: int,
    n_ranks: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the keys of one pass over the hashes, grouped by the rank that sorts them.

    The hashes are divided into ranges of ``step``. Each rank has as many consecutive ranges as
    there are passes, and processes one of them in each pass.

    Args:
        hashes, entries: uint64 (keys,).
        step: length of a range.
        number: of the pass, from 0.
        passes: number of passes.
        n_ranks: number of ranks.

    Returns:
        Hashes and entries, uint64 (keys of the pass,), in their order within each group, and
        int64 (ranks + 1,), the bounds of the groups.
    """
    bounds = np.zeros(n_ranks + 1, np.int64)
    ranges = np.uint64(step), np.uint64(number), np.uint64(passes)
    _count_keys(hashes, ranges, bounds[1:])
    np.cumsum(bounds, out=bounds)
    kept = np.empty(bounds[-1], np.uint64), np.empty(bounds[-1], np.uint64)
    _select_keys((hashes, entries), ranges, bounds[:-1].copy(), kept)
    return *kept, bounds


@njit(cache=True, nogil=True)
def _count_keys(
    hashes: np.ndarray, ranges: tuple[np.uint64, np.uint64, np.uint64], counts: np.ndarray
) -> None:
    step, number, passes = ranges
    for hashed in hashes:
        part = hashed // step
        if part % passes == number:
            counts[part // passes] += 1


@njit(cache=True, nogil=True)
def _select_keys(
    keys: tuple[np.ndarray, np.ndarray],
    ranges: tuple[np.uint64, np.uint64, np.uint64],
    ends: np.ndarray,
    kept: tuple[np.ndarray, np.ndarray],
) -> None:
    """Copy the keys of a pass to where the groups end so far; move these ``ends``."""
    step, number, passes = ranges
    hashes, entries = keys
    for key in range(hashes.size):
        part = hashes[key] // step
        if part % passes == number:
            rank = part // passes
            kept[0][ends[rank]] = hashes[key]
            kept[1][ends[rank]] = entries[key]
            ends[rank] += 1


def sort_by_hash(hashes: np.ndarray, entries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sort both by hash, stably.

    Radix sort of the leading bits, least significant digit first, then insertion sort of the few
    keys that agree in these. It takes as much memory again and overwrites its arguments.

    Args:
        hashes: uint64 (keys,), evenly distributed between the lowest and the highest one.
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
        slot = i
        while slot > 0 and hashes[slot - 1] > hashed:
            hashes[slot] = hashes[slot - 1]
            entries[slot] = entries[slot - 1]
            slot -= 1
        hashes[slot] = hashed
        entries[slot] = entry


def make_buckets(
    hashes: np.ndarray, entries: np.ndarray, max_bucket_size: int, layout: EntryLayout
) -> tuple[np.ndarray, BucketCounts]:
    """Remove keys that only one read has, and flag the last entry of each bucket.

    Args:
        hashes: uint64 (keys,), sorted.
        entries: uint64 (keys,), ascending among equal hashes; overwritten.
        max_bucket_size: reads. The entries of larger buckets are flagged as CAPPED and sorted by
            ``canonical_position``.
        layout: of the entries.

    Returns:
        Entries of all buckets, bucket by bucket (a view of ``entries``), and the counts.
    """
    counts = _make_buckets(hashes, entries, max_bucket_size, layout)
    return entries[: counts.uncapped + counts.capped], counts


@njit(cache=True, nogil=True)
def _make_buckets(
    hashes: np.ndarray, entries: np.ndarray, max_bucket_size: int, layout: EntryLayout
) -> BucketCounts:
    uncapped = singletons = capped = uncapped_buckets = capped_buckets = largest = left_out = 0
    i = 0
    while i < hashes.size:
        end = i + 1
        while end < hashes.size and hashes[end] == hashes[i]:
            end += 1
        size = end - i
        filled = uncapped + capped
        largest = max(largest, size)
        if size == 1:
            singletons += 1
        elif size <= max_bucket_size:
            for member in range(size):
                entries[filled + member] = entries[i + member]
            entries[filled + size - 1] |= LAST
            uncapped += size
            uncapped_buckets += 1
        else:
            positions = np.empty(size, np.int64)
            for member in range(size):
                positions[member] = canonical_position(entries[i + member], layout)
            order = np.argsort(positions, kind="mergesort")
            in_order = entries[i:end][order]
            for member in range(size):
                entries[filled + member] = in_order[member] | CAPPED
            entries[filled + size - 1] |= LAST
            capped += size
            capped_buckets += 1
            reach = min(NEIGHBOURS, size - 1)
            made = size * reach - reach * (reach + 1) // 2
            left_out += size * (size - 1) // 2 - made
        i = end
    return BucketCounts(
        uncapped=uncapped,
        singletons=singletons,
        capped=capped,
        uncapped_buckets=uncapped_buckets,
        capped_buckets=capped_buckets,
        largest=largest,
        pairs_left_out=left_out,
    )


@njit(inline="always")
def _end_of_bucket(entries: np.ndarray, start: int) -> int:
    """Return the end of the bucket that begins at ``start``."""
    end = start
    while not entries[end] & LAST:
        end += 1
    return end + 1


@njit(cache=True, nogil=True)
def count_votes(
    entries: np.ndarray,
    layout: EntryLayout,
    block_bits: np.uint64,
    votes: np.ndarray,
    capped: np.ndarray,
) -> None:
    """Add the number of pairs of keys to the counts of the block of their first read.

    Args:
        entries: complete buckets.
        layout: of the entries.
        block_bits: read r is in block ``r >> block_bits``.
        votes: int64 (blocks,), all pairs.
        capped: int64 (blocks,), pairs in capped buckets.
    """
    start = 0
    while start < entries.size:
        end = _end_of_bucket(entries, start)
        if entries[start] & CAPPED:
            for i in range(start, end):
                for j in range(i + 1, min(i + 1 + NEIGHBOURS, end)):
                    first = min(read_of(entries[i], layout), read_of(entries[j], layout))
                    votes[first >> block_bits] += 1
                    capped[first >> block_bits] += 1
        else:
            for i in range(start, end - 1):
                votes[read_of(entries[i], layout) >> block_bits] += end - i - 1
        start = end


def select_entries(
    entries: np.ndarray,
    layout: EntryLayout,
    part_of_block: np.ndarray,
    block_bits: np.uint64,
    n_parts: int,
) -> list[np.ndarray]:
    """Return, for each part of the reads, the entries needed to join it with all later reads.

    Args:
        entries: complete buckets.
        layout: of the entries.
        part_of_block: int32 (blocks,), part of each block, ascending; -1 for blocks of no part.
        block_bits: read r is in block ``r >> block_bits``.
        n_parts: parts.

    Returns:
        uint64 for each part: the buckets that hold any of its reads, each without the reads before
        the first one of these. Each pair of a capped bucket is a bucket of its own.
    """
    blocks = part_of_block, np.uint64(block_bits)
    ends = np.zeros(n_parts, np.int64)
    _select_entries(entries, layout, blocks, ends, np.empty(0, np.uint64))
    bounds = np.cumsum(ends)
    selected = np.empty(int(bounds[-1]), np.uint64)
    _select_entries(entries, layout, blocks, bounds - ends, selected)
    return np.split(selected, bounds[:-1])


@njit(cache=True, nogil=True)
def _select_entries(
    entries: np.ndarray,
    layout: EntryLayout,
    blocks: tuple[np.ndarray, np.uint64],
    ends: np.ndarray,
    selected: np.ndarray,
) -> None:
    """Fill ``selected`` unless it is empty; move ``ends``, where each part ends so far."""
    part_of_block, block_bits = blocks
    fill = selected.size > 0
    start = 0
    while start < entries.size:
        end = _end_of_bucket(entries, start)
        if entries[start] & CAPPED:
            for i in range(start, end):
                for j in range(i + 1, min(i + 1 + NEIGHBOURS, end)):
                    one, other = entries[i] & ~(LAST | CAPPED), entries[j] & ~(LAST | CAPPED)
                    one, other = min(one, other), max(one, other)
                    part = part_of_block[read_of(one, layout) >> block_bits]
                    if part >= 0:
                        if fill:
                            selected[ends[part]] = one
                            selected[ends[part] + 1] = other | LAST
                        ends[part] += 2
        else:
            last = np.int32(-1)  # part that has got the rest of this bucket
            for i in range(start, end - 1):
                part = part_of_block[read_of(entries[i], layout) >> block_bits]
                if part > last:
                    if fill:
                        selected[ends[part] : ends[part] + end - i] = entries[i:end]
                    ends[part] += end - i
                    last = part
        start = end
