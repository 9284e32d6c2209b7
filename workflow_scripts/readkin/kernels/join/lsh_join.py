"""Joins reads that share sampled k-mers: buckets of equal keys, votes of one read for another.

This is locality-sensitive hashing with one table per key. Let two reads overlap by o bases, each
base wrong with probability e, independently in both reads. The overlap has m = o - k + 1 k-mers; a
given one is the same in both reads with probability s = (1 - e)**(2 * k), and is sampled with
probability f (the key fraction), alike in both. The votes then have the mean f * m * s, and were
the k-mers independent of each other,

    P(at least one shared sampled key) = 1 - (1 - f * s)**m.

One error spoils k neighbouring k-mers, so the true probability is lower;
``kernels.collision_probability`` computes it exactly, for any least number of votes. (Broder 1997,
"On the resemblance and containment of documents", for shared k-mers as similarity;
kernels/kmers/signatures.py for the sampling.)

The join goes read by read: for each key of a read, all later reads of the key's bucket get a vote
(vote_table.py), and the reads voted for are looked at once (overlap_check.py). So nothing grows
with the number of votes but the time.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.join.joined_rows import WORDS, JoinedRows, write_pair
from readkin.kernels.join.key_entries import (
    LAST,
    ONE,
    EntryLayout,
    backward_position,
    forward_position,
    read_of,
)
from readkin.kernels.join.overlap_check import (
    Other,
    Scratch,
    least_mismatches,
    mismatches,
    overlap_span,
    scratch_for,
)
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

ROWS_AHEAD = 2  # that memory is fetched for
WORDS_PER_LINE = 8  # of the cache


class Rule(NamedTuple):
    """Which pairs are candidates.

    Attributes:
        min_votes: shared keys on one strand.
        min_overlap: bases, as the diagonal of the votes says.
        max_mismatch_rate: unequal bases in the overlap, share.
        spare_mismatches: that may be there on top.
    """

    min_votes: int
    min_overlap: int
    max_mismatch_rate: float
    spare_mismatches: int


class PairCounts(NamedTuple):
    """Pairs of reads that share a key, by what became of them."""

    kept: int
    few_votes: int
    short_overlap: int
    many_mismatches: int


class Rows(NamedTuple):
    """Where the keys of each read stand in buckets, read after read in the order of joining.

    That order is by the first bucket a read is in. Reads with a bucket in common come from the same
    place most often, so what one needs is in the cache from the one before.

    Attributes:
        reads: int64 (rows,), numbers of the reads that have any such key.
        starts: int64 (rows + 1,): keys of row r are ``keys[starts[r]:starts[r + 1]]``.
        keys: uint32 (keys,), places in the entries; keys at the end of their bucket are left out.
        votes: int64 (rows,), that each read gives.
    """

    reads: np.ndarray
    starts: np.ndarray
    keys: np.ndarray
    votes: np.ndarray


def index_rows(entries: np.ndarray, layout: EntryLayout, first_read: int, n_reads: int) -> Rows:
    """Find the keys of reads ``first_read:first_read + n_reads`` in buckets.

    Args:
        entries: uint64, as from ``hash_buckets.cut_out`` for these reads.

    Raises:
        OverflowError: for 2**32 entries or more.
    """
    if entries.size >> 32:
        raise OverflowError(f"{entries.size} keys at a time; at most {2**32 - 1}")
    counts = np.zeros(n_reads, np.uint32)
    order = np.empty(n_reads, np.int64)
    n_rows = _order_rows(entries, layout, np.uint64(first_read), counts, order)
    n_keys = int(counts.sum())
    rows = Rows(
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
    """Count each read's keys and fill in the reads in the order of their first one."""
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
    entries: np.ndarray, layout: EntryLayout, first_read: np.uint64, counts: np.ndarray, rows: Rows
) -> None:
    """Fill in starts, keys and votes; the counts are overwritten."""
    row_of = counts
    for row in range(rows.votes.size):
        read = rows.reads[row]
        rows.starts[row + 1] = rows.starts[row] + counts[read]
        row_of[read] = row
    ends = rows.starts[1:].copy()
    later = 0
    for place in range(entries.size - 1, -1, -1):  # from behind, as a row's votes are those behind
        if entries[place] & LAST:
            later = 0
        else:
            later += 1
            read = read_of(entries[place], layout) - first_read
            if read < np.uint64(row_of.size):
                row = row_of[read]
                rows.votes[row] += later
                ends[row] -= 1
                rows.keys[ends[row]] = place


def join_rows(
    entries: np.ndarray,
    rows: Rows,
    layout: EntryLayout,
    reads: PackedReads,
    rule: Rule,
    first_row: int,
    joined: JoinedRows,
) -> tuple[int, PairCounts]:
    """Join reads with all later ones until the pairs might not fit.

    Args:
        entries: as given to ``index_rows``.
        rows: all reads to join.
        layout: of the entries.
        reads: all reads that entries speak of.
        rule: which pairs to keep.
        first_row: row to go on with.
        joined: filled row after row; stops where it has less room than the votes of a read.

    Returns:
        The next row, and the counts.
    """
    table = table_for(int(rows.votes.max(initial=0)))
    longest = int(reads.lengths.max(initial=0))
    counts = np.zeros(len(PairCounts._fields), np.int64)
    next_row = _join_rows(
        entries,
        rows,
        layout,
        reads,
        rule,
        first_row,
        joined,
        table,
        strand_buffers(longest),
        scratch_for(longest),
        counts,
    )
    return next_row, PairCounts(*counts.tolist())


@njit(cache=True, nogil=True)
def _join_rows(
    entries: np.ndarray,
    rows: Rows,
    layout: EntryLayout,
    reads: PackedReads,
    rule: Rule,
    first_row: int,
    joined: JoinedRows,
    table: VoteTable,
    margined: np.ndarray,
    scratch: Scratch,
    counts: np.ndarray,
) -> int:
    few_votes = short_overlap = many_mismatches = 0
    row = first_row
    kept = joined.ends[row]
    room = joined.words.size // WORDS
    while row < rows.votes.size:
        _prefetch_keys(entries, rows, row + ROWS_AHEAD)
        last = last_slot(rows.votes[row])
        n_codes = _vote(entries, rows, layout, row, table, last)
        if kept + n_codes > room:
            clear(table, n_codes)
            break
        read = rows.reads[row]
        _, length = first_word_and_length_of(reads, read)
        write_strands(reads, read, margined[0], margined[1])
        codes = sorted_codes(table, n_codes)
        _prefetch_reads(codes, layout, reads)
        start = 0
        while start < n_codes:
            end, votes, code = collapse(codes, start, table, last, layout, reads, length)
            start = end
            other, is_reverse, diagonal = decode(code, layout)
            if votes < rule.min_votes:
                few_votes += 1
                continue
            first_word, other_length = first_word_and_length_of(reads, other)
            place = Other(first_word, other_length)
            span = overlap_span(length, place.length, diagonal)
            overlap = span[1] - span[0]
            if overlap < rule.min_overlap:
                short_overlap += 1
                continue
            allowed = np.int64(rule.max_mismatch_rate * overlap) + rule.spare_mismatches
            # The second read stays as it is packed: where it is reverse, the first is turned.
            own = length - place.length - diagonal if is_reverse else diagonal
            if mismatches(margined[is_reverse], length, reads.words, place, own) > allowed:
                apart = least_mismatches(
                    margined[is_reverse], length, reads.words, place, own, allowed, scratch
                )
                if apart > allowed:
                    many_mismatches += 1
                    continue
            write_pair(joined.words, kept, other, votes, is_reverse, diagonal)
            kept += 1
        clear(table, n_codes)
        row += 1
        joined.ends[row] = kept
    counts[0] += kept - joined.ends[first_row]
    counts[1] += few_votes
    counts[2] += short_overlap
    counts[3] += many_mismatches
    return row


@njit(inline="always")
def _prefetch_keys(entries: np.ndarray, rows: Rows, row: int) -> None:
    """Have the buckets of a later row fetched."""
    if row < rows.votes.size:
        for key in range(rows.starts[row], rows.starts[row + 1]):
            prefetch(entries, np.int64(rows.keys[key]))


@njit(inline="always")
def _prefetch_reads(codes: np.ndarray, layout: EntryLayout, reads: PackedReads) -> None:
    """Have the reads that got votes fetched."""
    shift = layout.position_bits + ONE + ONE
    places = reads.first_word_and_length.ravel()
    for code in codes:
        prefetch(places, 2 * (np.int64(code >> shift) - reads.first_read))
    for code in codes:
        place, _ = first_word_and_length_of(reads, np.int64(code >> shift))
        prefetch(reads.words, place)
        prefetch(reads.words, place + WORDS_PER_LINE)


@njit(inline="always")
def _vote(
    entries: np.ndarray,
    rows: Rows,
    layout: EntryLayout,
    row: int,
    table: VoteTable,
    last: int,
) -> int:
    """Give the votes of a row; the number of codes entered is returned."""
    n_codes = 0
    for key in range(rows.starts[row], rows.starts[row + 1]):
        place = np.int64(rows.keys[key])
        own = entries[place]
        other = own
        while not other & LAST:
            place += 1
            other = entries[place]
            n_codes = add_vote(table, n_codes, vote_code(own, other, layout), last)
    return n_codes


@njit(inline="always")
def vote_code(own: np.uint64, other: np.uint64, layout: EntryLayout) -> np.uint64:
    """The other entry's read, and strand and diagonal of both; the strands of two reads differ
    where their keys' do, and the other's position then counts from its other end."""
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
def decode(code: np.uint64, layout: EntryLayout) -> tuple[Any, Any, Any]:
    """Read, strand and diagonal of a vote."""
    bits = layout.position_bits + ONE
    diagonal = np.int64(code & ((ONE << bits) - ONE)) - (np.int64(1) << np.int64(bits - ONE))
    return np.int64(code >> (bits + ONE)), np.int64(code >> bits & ONE), diagonal


@njit(inline="always")
def collapse(
    codes: np.ndarray,
    start: int,
    table: VoteTable,
    last: Any,
    layout: EntryLayout,
    reads: PackedReads,
    length: Any,
) -> tuple[int, Any, np.uint64]:
    """The votes of a read for one other as a whole.

    Args:
        codes: of the read, sorted.
        start: where those of the other one begin.
        table, last: with the votes.
        layout: of entries.
        reads: with the other ones' lengths.
        length: of the read, bases.

    Returns:
        End of the other one's codes, the votes on the strand that has more, and the best code of
        that strand.
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
    """Bases that overlap on the code's diagonal."""
    other, _, diagonal = decode(code, layout)
    _, other_length = first_word_and_length_of(reads, other)
    span = overlap_span(length, other_length, diagonal)
    return span[1] - span[0]
