"""Join of reads that share sampled k-mers: buckets of equal keys, votes of one read for another.

This is locality-sensitive hashing with one table per key. Let two reads overlap by o bases, each
base wrong with probability e, independently in both reads. The overlap has m = o - k + 1 k-mers; a
given one is the same in both reads with probability s = (1 - e)**(2 * k), and is sampled with
probability f (the key fraction), in both reads or in neither. The mean number of votes is then
f * m * s, and if the k-mers were independent of each other,

    P(at least one shared sampled key) = 1 - (1 - f * s)**m.

One error destroys k neighbouring k-mers, so the true probability is lower;
``kernels.kmers.collision_probability`` computes it exactly, for any minimum number of votes.
(Broder 1997, "On the resemblance and containment of documents", for shared k-mers as similarity;
kernels/kmers/signatures.py for the sampling.)

The join proceeds read by read: for each key of a read, all later reads of the key's bucket get a
vote (vote_table.py), and the reads that got votes are checked at once (overlap_check.py). Memory
therefore does not grow with the number of votes.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.join.key_entries import (
    LAST,
    ONE,
    EntryLayout,
    backward_position,
    forward_position,
    read_of,
)
from readkin.kernels.join.overlap_check import (
    DiagonalCosts,
    PackedRead,
    costs_for,
    least_mismatches,
    mismatches,
    overlap_span,
)
from readkin.kernels.join.pair_buffer import WORDS_PER_PAIR, PairBuffer, write_pair
from readkin.kernels.join.vote_table import (
    VoteTable,
    add_vote,
    clear,
    last_slot,
    sorted_codes,
    table_for,
    votes_of,
)
from readkin.kernels.sequences.packed_bases import (
    PackedReads,
    first_word_and_length_of,
    strand_buffers,
    write_strands,
)
from readkin.kernels.simd.prefetch import prefetch

LONG_OVERLAP = 1000  # bases, see `PairFilter.keys_per_base`
ROWS_AHEAD = 2  # prefetch distance
WORDS_PER_CACHE_LINE = 8


class PairFilter(NamedTuple):
    """Conditions that a pair must meet to become a candidate.

    Attributes:
        min_votes: shared keys on one strand.
        min_overlap: bases, on the diagonal of the votes.
        max_mismatch_rate: unequal bases in the overlap, share.
        spare_mismatches: number of unequal bases that is allowed in addition.
        keys_per_base: shared keys per base of an overlap of LONG_OVERLAP bases or more with which
            unequal bases do not matter: insertions and deletions move such overlaps further from
            the diagonal than the check can follow.
    """

    min_votes: int
    min_overlap: int
    max_mismatch_rate: float
    spare_mismatches: int
    keys_per_base: float = math.inf


class PairCounts(NamedTuple):
    """Numbers of pairs of reads that share a key: kept, and dropped by reason."""

    kept: int
    few_votes: int
    short_overlap: int
    many_mismatches: int


class RowIndex(NamedTuple):
    """Positions of each read's keys among the entries; each row is one read.

    The rows are in the order of the first bucket of each read. Reads that share a bucket mostly
    come from the same region of a genome, so the data that one row needs are often in the cache
    from the row before.

    Attributes:
        reads: int64 (rows,), numbers of the reads that have keys.
        starts: int64 (rows + 1,), keys of row r are ``keys[starts[r]:starts[r + 1]]``.
        keys: uint32 (keys,), indices into the entries, without the last entry of each bucket.
        votes: int64 (rows,), votes that each read gives.
    """

    reads: np.ndarray
    starts: np.ndarray
    keys: np.ndarray
    votes: np.ndarray


def index_rows(entries: np.ndarray, layout: EntryLayout, first_read: int, n_reads: int) -> RowIndex:
    """Find the keys of reads ``first_read:first_read + n_reads`` in buckets.

    Args:
        entries: uint64, from ``hash_buckets.select_entries`` for these reads.
        layout: of the entries.
        first_read, n_reads: range of the reads.

    Raises:
        OverflowError: for 2**32 entries or more.
    """
    if entries.size >> 32:
        raise OverflowError(f"{entries.size} keys at a time, expected at most {2**32 - 1}")
    counts = np.zeros(n_reads, np.uint32)
    order = np.empty(n_reads, np.int64)
    n_rows = _order_rows(entries, layout, np.uint64(first_read), counts, order)
    n_keys = int(counts.sum())
    rows = RowIndex(
        order[:n_rows],
        np.zeros(n_rows + 1, np.int64),
        np.empty(n_keys, np.uint32),
        np.zeros(n_rows, np.int64),
    )
    _index_rows(entries, layout, np.uint64(first_read), counts, rows)
    rows.reads[:] += first_read
    return rows


@njit(cache=True, nogil=True)
def _order_rows(
    entries: np.ndarray,
    layout: EntryLayout,
    first_read: np.uint64,
    counts: np.ndarray,
    order: np.ndarray,
) -> int:
    """Count each read's keys and fill ``order`` with the reads, in the order of their first key."""
    n_rows = 0
    for entry in entries:
        read = read_of(entry, layout) - first_read
        if read < np.uint64(counts.size) and not entry & LAST:
            if not counts[read]:
                order[n_rows] = read
                n_rows += 1
            counts[read] += np.uint32(1)
    return n_rows


@njit(cache=True, nogil=True)
def _index_rows(
    entries: np.ndarray,
    layout: EntryLayout,
    first_read: np.uint64,
    counts: np.ndarray,
    rows: RowIndex,
) -> None:
    """Fill starts, keys and votes; ``counts`` is overwritten."""
    row_of = counts
    for row in range(rows.votes.size):
        read = rows.reads[row]
        rows.starts[row + 1] = rows.starts[row] + counts[read]
        row_of[read] = row
    ends = rows.starts[1:].copy()
    later = 0
    # Backwards, as a key gives one vote to each entry behind it in its bucket.
    for i in range(entries.size - 1, -1, -1):
        if entries[i] & LAST:
            later = 0
        else:
            later += 1
            read = read_of(entries[i], layout) - first_read
            if read < np.uint64(row_of.size):
                row = row_of[read]
                rows.votes[row] += later
                ends[row] -= 1
                rows.keys[ends[row]] = i


def join_rows(
    entries: np.ndarray,
    rows: RowIndex,
    layout: EntryLayout,
    reads: PackedReads,
    pair_filter: PairFilter,
    first_row: int,
    buffer: PairBuffer,
) -> tuple[int, PairCounts]:
    """Join reads with all later ones until the buffer might overflow.

    Args:
        entries: the entries that ``index_rows`` was called with.
        rows: all reads to join.
        layout: of the entries.
        reads: all reads that occur in the entries.
        pair_filter: which pairs to keep.
        first_row: row to start or resume with.
        buffer: filled row by row; the join stops at a row with more votes than capacity is left.

    Returns:
        The next row, and the counts of the pairs of this call.
    """
    table = table_for(int(rows.votes.max(initial=0)))
    longest = int(reads.lengths.max(initial=0))
    counts = np.zeros(len(PairCounts._fields), np.int64)
    next_row = _join_rows(
        entries,
        rows,
        layout,
        reads,
        pair_filter,
        first_row,
        buffer,
        table,
        strand_buffers(longest),
        costs_for(longest),
        counts,
    )
    return next_row, PairCounts(*counts.tolist())


@njit(cache=True, nogil=True)
def _join_rows(
    entries: np.ndarray,
    rows: RowIndex,
    layout: EntryLayout,
    reads: PackedReads,
    pair_filter: PairFilter,
    first_row: int,
    buffer: PairBuffer,
    table: VoteTable,
    margined: np.ndarray,
    costs: DiagonalCosts,
    counts: np.ndarray,
) -> int:
    few_votes = short_overlap = many_mismatches = 0
    row = first_row
    kept = buffer.ends[row]
    capacity = buffer.words.size // WORDS_PER_PAIR
    while row < rows.votes.size:
        _prefetch_keys(entries, rows, row + ROWS_AHEAD)
        last = last_slot(rows.votes[row])
        n_codes = _vote(entries, rows, layout, row, table, last)
        if kept + n_codes > capacity:
            clear(table, n_codes)
            break
        read = rows.reads[row]
        _, length = first_word_and_length_of(reads, read)
        write_strands(reads, read, margined[0], margined[1])
        codes = sorted_codes(table, n_codes)
        _prefetch_reads(codes, layout, reads)
        start = 0
        while start < n_codes:
            end, votes, code = sum_votes(codes, start, table, last, layout, reads, length)
            start = end
            other, is_reverse, diagonal = decode_vote(code, layout)
            if votes < pair_filter.min_votes:
                few_votes += 1
                continue
            first_word, other_length = first_word_and_length_of(reads, other)
            second = PackedRead(first_word, other_length)
            span = overlap_span(length, second.length, diagonal)
            overlap = span[1] - span[0]
            if overlap < pair_filter.min_overlap:
                short_overlap += 1
                continue
            allowed = (
                np.int64(pair_filter.max_mismatch_rate * overlap) + pair_filter.spare_mismatches
            )
            # The second read stays as it is packed; the first one is reverse-complemented instead.
            own = length - second.length - diagonal if is_reverse else diagonal
            shares_enough = overlap >= LONG_OVERLAP and votes >= pair_filter.keys_per_base * overlap
            if (
                not shares_enough
                and mismatches(margined[is_reverse], length, reads.words, second, own) > allowed
            ):
                unequal = least_mismatches(
                    margined[is_reverse], length, reads.words, second, own, allowed, costs
                )
                if unequal > allowed:
                    many_mismatches += 1
                    continue
            write_pair(buffer.words, kept, other, votes, is_reverse, diagonal)
            kept += 1
        clear(table, n_codes)
        row += 1
        buffer.ends[row] = kept
    counts[0] += kept - buffer.ends[first_row]
    counts[1] += few_votes
    counts[2] += short_overlap
    counts[3] += many_mismatches
    return row


@njit(inline="always")
def _prefetch_keys(entries: np.ndarray, rows: RowIndex, row: int) -> None:
    """Prefetch the buckets of a later row."""
    if row < rows.votes.size:
        for key in range(rows.starts[row], rows.starts[row + 1]):
            prefetch(entries, np.int64(rows.keys[key]))


@njit(inline="always")
def _prefetch_reads(codes: np.ndarray, layout: EntryLayout, reads: PackedReads) -> None:
    """Prefetch the reads that got votes."""
    shift = layout.position_bits + ONE + ONE
    rows = reads.first_word_and_length.ravel()
    for code in codes:
        prefetch(rows, 2 * (np.int64(code >> shift) - reads.first_read))
    for code in codes:
        first_word, _ = first_word_and_length_of(reads, np.int64(code >> shift))
        prefetch(reads.words, first_word)
        prefetch(reads.words, first_word + WORDS_PER_CACHE_LINE)


@njit(inline="always")
def _vote(
    entries: np.ndarray,
    rows: RowIndex,
    layout: EntryLayout,
    row: int,
    table: VoteTable,
    last: int,
) -> int:
    """Enter the votes of a row into the table; return the number of codes."""
    n_codes = 0
    for key in range(rows.starts[row], rows.starts[row + 1]):
        i = np.int64(rows.keys[key])
        own = entries[i]
        other = own
        while not other & LAST:
            i += 1
            other = entries[i]
            n_codes = add_vote(table, n_codes, encode_vote(own, other, layout), last)
    return n_codes


@njit(inline="always")
def encode_vote(own: np.uint64, other: np.uint64, layout: EntryLayout) -> np.uint64:
    """Return a code of the other entry's read and the strand and diagonal of both entries.

    The strands of the reads differ if those of their keys differ. The position in the other read is
    then that in its reverse complement.
    """
    bits = layout.position_bits
    is_reverse = (own ^ other) & ONE
    diagonal = forward_position(own, layout)
    if is_reverse:
        diagonal -= backward_position(other, layout)
    else:
        diagonal -= forward_position(other, layout)
    shifted = np.uint64(diagonal + (np.int64(1) << np.int64(bits)))
    return (read_of(other, layout) << ONE | is_reverse) << (bits + ONE) | shifted


@njit(inline="always")
def decode_vote(code: np.uint64, layout: EntryLayout) -> tuple[Any, Any, Any]:
    """Return the read, strand and diagonal of a vote's code."""
    bits = layout.position_bits + ONE
    diagonal = np.int64(code & ((ONE << bits) - ONE)) - (np.int64(1) << np.int64(bits - ONE))
    return np.int64(code >> (bits + ONE)), np.int64(code >> bits & ONE), diagonal


@njit(inline="always")
def sum_votes(
    codes: np.ndarray,
    start: int,
    table: VoteTable,
    last: Any,
    layout: EntryLayout,
    reads: PackedReads,
    length: Any,
) -> tuple[int, Any, np.uint64]:
    """Sum the votes of a read for one other read.

    Args:
        codes: of the read, sorted.
        start: index of the first code of the other read.
        table, last: the table that holds the votes.
        layout: of entries.
        reads: lengths of the other reads.
        length: of the read, bases.

    Returns:
        End of the other read's codes, the votes on the strand that has more of them, and the best
        code on that strand.
    """
    bits = layout.position_bits + ONE
    other = codes[start] >> (bits + ONE)
    totals = (np.int64(0), np.int64(0))
    bests = (codes[start], codes[start])
    tops = (np.int64(0), np.int64(0))
    end = start
    while end < codes.size and codes[end] >> (bits + ONE) == other:
        code = codes[end]
        votes = np.int64(votes_of(table, code, last))
        if code >> bits & ONE:
            best = bests[1]
            if votes > tops[1] or (
                votes == tops[1]
                and _overlap(code, layout, reads, length) > _overlap(best, layout, reads, length)
            ):
                bests = (bests[0], code)
                tops = (tops[0], votes)
            totals = (totals[0], totals[1] + votes)
        else:
            best = bests[0]
            if votes > tops[0] or (
                votes == tops[0]
                and _overlap(code, layout, reads, length) > _overlap(best, layout, reads, length)
            ):
                bests = (code, bests[1])
                tops = (votes, tops[1])
            totals = (totals[0] + votes, totals[1])
        end += 1
    if totals[1] > totals[0]:
        return end, totals[1], bests[1]
    return end, totals[0], bests[0]


@njit(inline="always")
def _overlap(code: np.uint64, layout: EntryLayout, reads: PackedReads, length: Any) -> int:
    """Return the number of bases that overlap on the code's diagonal."""
    other, _, diagonal = decode_vote(code, layout)
    _, other_length = first_word_and_length_of(reads, other)
    span = overlap_span(length, other_length, diagonal)
    return span[1] - span[0]
