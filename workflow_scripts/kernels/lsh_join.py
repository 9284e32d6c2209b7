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
kernels/kmer_signatures.py for the sampling.)

The join goes read by read: for each key of a read, all later reads of the key's bucket get a vote
(vote_table.py), and the reads voted for are looked at once (overlap_check.py). So nothing grows
with the number of votes but the time.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from kernels.candidates import Candidates
from kernels.key_entries import (
    LAST,
    ONE,
    EntryLayout,
    backward_position,
    forward_position,
    read_of,
)
from kernels.overlap_check import (
    Other,
    least_mismatches,
    mismatches,
    overlap_span,
    scratch_for,
)
from kernels.packed_bases import BASES_PER_WORD, PackedReads, place_of, spread_out
from kernels.prefetch import prefetch
from kernels.vote_table import (
    VoteTable,
    add_vote,
    clear,
    last_slot,
    sorted_codes,
    table_for,
    votes_of,
)

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
    """Where the keys of each read stand in buckets.

    Attributes:
        first_read: number of the first read.
        starts: int64 (reads + 1,): keys of read r are ``keys[starts[r]:starts[r + 1]]``.
        keys: uint32 (keys,), places in the entries; keys at the end of their bucket are left out.
        votes: int64 (reads,), that each read gives.
    """

    first_read: np.uint64
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
    rows = Rows(
        np.uint64(first_read),
        np.zeros(n_reads + 1, np.int64),
        np.empty(entries.size, np.uint32),
        np.zeros(n_reads, np.int64),
    )
    _index_rows(entries, layout, rows)
    return rows


@njit(cache=True, nogil=True)
def _index_rows(entries: np.ndarray, layout: EntryLayout, rows: Rows) -> None:
    n_reads = np.uint64(rows.votes.size)
    for entry in entries:
        row = read_of(entry, layout) - rows.first_read
        if row < n_reads and not entry & LAST:
            rows.starts[row] += 1
    end = 0
    for i in range(rows.starts.size):
        end += rows.starts[i]
        rows.starts[i] = end
    later = 0
    for place in range(entries.size - 1, -1, -1):  # from behind: starts end up where rows begin
        if entries[place] & LAST:
            later = 0
        else:
            later += 1
            row = read_of(entries[place], layout) - rows.first_read
            if row < n_reads:
                rows.votes[row] += later
                rows.starts[row] -= 1
                rows.keys[rows.starts[row]] = place


def join_rows(
    entries: np.ndarray, rows: Rows, layout: EntryLayout, reads: PackedReads, rule: Rule,
    first_row: int, pairs: Candidates,
) -> tuple[int, int, PairCounts]:  # fmt: skip
    """Join reads with all later ones until the pairs might not fit.

    Args:
        entries: as given to ``index_rows``.
        rows: all reads to join.
        layout: of the entries.
        reads: all reads that entries speak of.
        rule: which pairs to keep.
        first_row: row to go on with.
        pairs: filled; needs room for the votes of each single read.

    Returns:
        The next row, the number of pairs filled in, the counts.
    """
    table = table_for(int(rows.votes.max(initial=0)))
    longest = int(reads.places[:, 1].max(initial=0))
    margined = np.zeros((2, longest // BASES_PER_WORD + 3), np.uint64)
    counts = np.zeros(len(PairCounts._fields), np.int64)
    next_row = _join_rows(
        entries, rows, layout, reads, rule, first_row, pairs, table, margined,
        scratch_for(longest), counts,
    )  # fmt: skip
    found = PairCounts(*counts.tolist())
    return next_row, found.kept, found


@njit(cache=True, nogil=True)
def _join_rows(
    entries: np.ndarray, rows: Rows, layout: EntryLayout, reads: PackedReads, rule: Rule,
    first_row: int, pairs: Candidates, table: VoteTable, margined: np.ndarray,
    scratch: tuple[np.ndarray, np.ndarray], counts: np.ndarray,
) -> int:  # fmt: skip
    kept = few_votes = short_overlap = many_mismatches = 0
    row = first_row
    while row < rows.votes.size:
        _prefetch_keys(entries, rows, row + ROWS_AHEAD)
        last = last_slot(rows.votes[row])
        n_codes = _vote(entries, rows, layout, row, table, last)
        if kept + n_codes > pairs.votes.size:
            clear(table, n_codes)
            break
        read = np.int64(rows.first_read) + row
        _, length = place_of(reads, read)
        if n_codes:
            spread_out(reads, read, margined[0], margined[1])
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
            first_word, other_length = place_of(reads, other)
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
            pairs.read_a[kept] = read
            pairs.read_b[kept] = other
            pairs.votes[kept] = votes
            pairs.is_reverse[kept] = is_reverse
            pairs.diagonal[kept] = diagonal
            kept += 1
        clear(table, n_codes)
        row += 1
    counts[0] += kept
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
    places = reads.places.ravel()
    for code in codes:
        prefetch(places, 2 * (np.int64(code >> shift) - reads.first_read))
    for code in codes:
        place, _ = place_of(reads, np.int64(code >> shift))
        prefetch(reads.words, place)
        prefetch(reads.words, place + WORDS_PER_LINE)


@njit(inline="always")
def _vote(
    entries: np.ndarray, rows: Rows, layout: EntryLayout, row: int, table: VoteTable,
    last: int,
) -> int:  # fmt: skip
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
    codes: np.ndarray, start: int, table: VoteTable, last: Any, layout: EntryLayout,
    reads: PackedReads, length: Any,
) -> tuple[int, Any, np.uint64]:  # fmt: skip
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
                votes == tops[1] and _overlap(code, layout, reads, length)
                > _overlap(best, layout, reads, length)
            ):  # fmt: skip
                bests = (bests[0], code)
                tops = (tops[0], votes)
            totals = (totals[0], totals[1] + votes)
        else:
            best = bests[0]
            if votes > tops[0] or (
                votes == tops[0] and _overlap(code, layout, reads, length)
                > _overlap(best, layout, reads, length)
            ):  # fmt: skip
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
    _, other_length = place_of(reads, other)
    span = overlap_span(length, other_length, diagonal)
    return span[1] - span[0]
