"""Join of queries with windows of a database by shared sampled k-mers; votes as in lsh_join.py.

Unlike the join of reads with themselves, this one compares neither queries with queries nor windows
with windows, so the number of votes is the number of shared keys. Buckets therefore need no cap.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.join.candidates import Candidates, empty_candidates
from readkin.kernels.join.key_entries import EntryLayout, layout_for, pack_entries
from readkin.kernels.join.lsh_join import decode_vote, encode_vote, sum_votes
from readkin.kernels.join.vote_table import (
    VoteTable,
    add_vote,
    clear,
    last_slot,
    sorted_codes,
    table_for,
)
from readkin.kernels.kmers.signatures import KeySettings, Signatures, largest_hash, sample_keys
from readkin.kernels.radix_sort import stable_argsort
from readkin.kernels.sequences.packed_bases import PackedReads, first_word_and_length_of
from readkin.kernels.sequences.sequences import Sequences
from readkin.kernels.smith_waterman.alignment import NO_DIAGONAL

PAIRS_AT_A_TIME = 1 << 20


class QueryKeys(NamedTuple):
    """Keys of queries, sorted by hash.

    Attributes:
        hashes: uint64 (keys,).
        entries: uint64 (keys,), see key_entries.py.
        slots: int64 (n + 1,), keys with ``hash >> shift == s`` are ``slots[s]:slots[s + 1]``.
        shift: bits.
        layout: of the entries of queries and windows.
        queries: lengths of the queries, without their bases.
        n_without: number of queries that have no key.
    """

    hashes: np.ndarray
    entries: np.ndarray
    slots: np.ndarray
    shift: np.uint64
    layout: EntryLayout
    queries: PackedReads
    n_without: int


class WindowKeys(NamedTuple):
    """Keys of windows.

    Attributes:
        hashes: uint64 (keys,).
        entries: uint64 (keys,), see key_entries.py.
        ends: int64 (windows + 1,), keys of window w are ``ends[w]:ends[w + 1]``.
        votes: int64 (windows,), votes that each window gives.
    """

    hashes: np.ndarray
    entries: np.ndarray
    ends: np.ndarray
    votes: np.ndarray


def keys_of_queries(queries: Sequences, settings: KeySettings, longest_window: int) -> QueryKeys:
    """Sample and sort the keys of all queries.

    Args:
        queries: bases.
        settings: which k-mers are keys.
        longest_window: bases of the longest window that the queries will be joined with.

    Raises:
        OverflowError: if the queries are too many for their length, see ``layout_for``.
    """
    lengths = np.diff(queries.offsets)
    longest = max(int(lengths.max(initial=0)), longest_window)
    layout = layout_for(max(lengths.size, 1), longest, settings.k)
    keys, sequence = _sampled_keys(queries, settings)
    entries = pack_entries(
        sequence, keys.stranded_positions, lengths[sequence.astype(np.int64)], layout
    )
    order = stable_argsort(keys.hashes)
    hashes = keys.hashes[order]
    largest = largest_hash(settings)
    shift = max(largest.bit_length() - max(len(hashes), 1).bit_length(), 0)
    edges = np.arange(1, (largest >> shift) + 1, dtype=np.uint64) << np.uint64(shift)
    slots = np.concatenate([[0], np.searchsorted(hashes, edges), [len(hashes)]]).astype(np.int64)
    no_words = np.stack([np.zeros_like(lengths), lengths], axis=1)
    only_lengths = PackedReads(np.empty(0, np.uint64), no_words, np.int64(0))
    n_without = int((keys.counts == 0).sum())
    return QueryKeys(
        hashes=hashes,
        entries=entries[order],
        slots=slots,
        shift=np.uint64(shift),
        layout=layout,
        queries=only_lengths,
        n_without=n_without,
    )


def query_window_pairs(
    keys: QueryKeys, windows: Sequences, settings: KeySettings
) -> Iterator[Candidates]:
    """Yield the pairs of a query (read_a) and a window (read_b) that share keys.

    Args:
        keys: of the queries, sampled with the same settings.
        windows: bases of the database.
        settings: which k-mers are keys.

    Yields:
        Pairs of some windows, in order of (read_b, read_a).
    """
    sampled, sequence = _sampled_keys(windows, settings)
    lengths = np.diff(windows.offsets)
    entries = pack_entries(
        np.zeros_like(sequence),
        sampled.stranded_positions,
        lengths[sequence.astype(np.int64)],
        keys.layout,
    )
    ends = np.concatenate([[0], np.cumsum(sampled.counts, dtype=np.int64)])
    window_keys = WindowKeys(sampled.hashes, entries, ends, np.zeros(lengths.size, np.int64))
    _count_votes(keys, window_keys)
    most = int(window_keys.votes.max(initial=0))
    table, pairs = table_for(most), empty_candidates(max(PAIRS_AT_A_TIME, most))
    window = 0
    while window < lengths.size:
        window, n_pairs = _join(keys, window_keys, lengths, window, table, pairs)
        if n_pairs:
            yield pairs.rows(np.arange(n_pairs))  # a copy, as the columns are filled again


def diagonals(
    queries: Sequences, parts: Sequences, is_reverse: np.ndarray, settings: KeySettings
) -> np.ndarray:
    """Return the diagonal that most shared keys of the i-th query and the i-th part are on.

    Args:
        queries: bases.
        parts: bases, as many sequences.
        is_reverse: uint8 (pairs,), 1: the part is reverse-complemented.
        settings: which k-mers are keys.

    Returns:
        int32 (pairs,), NO_DIAGONAL where no keys are shared on that strand.
    """
    lengths = [np.diff(sequences.offsets) for sequences in (queries, parts)]
    longest = max(int(of_side.max(initial=0)) for of_side in lengths)
    layout = layout_for(2, longest, settings.k)
    sides = []
    for sequences, of_side in zip((queries, parts), lengths, strict=True):
        keys, sequence = _sampled_keys(sequences, settings)
        entries = pack_entries(
            np.zeros_like(sequence),
            keys.stranded_positions,
            of_side[sequence.astype(np.int64)],
            layout,
        )
        order = stable_argsort(sequence, stable_argsort(keys.hashes))
        ends = np.concatenate([[0], np.cumsum(keys.counts, dtype=np.int64)])
        sides.append((keys.hashes[order], entries[order], ends))
    most = max((int(np.diff(ends).max(initial=0)) for _, _, ends in sides), default=0)
    found = np.full(is_reverse.size, NO_DIAGONAL, np.int32)
    _find_diagonals(sides[0], sides[1], is_reverse, layout, table_for(most), found)
    return found


def _sampled_keys(sequences: Sequences, settings: KeySettings) -> tuple[Signatures, np.ndarray]:
    """Return the keys of sequences, and the sequence (uint64) of each key."""
    keys = sample_keys(sequences.codes, sequences.offsets, *settings)
    return keys, np.repeat(np.arange(keys.counts.size, dtype=np.uint64), keys.counts)


@njit(cache=True, nogil=True)
def _count_votes(keys: QueryKeys, own: WindowKeys) -> None:
    """Fill ``own.votes``."""
    for window in range(own.votes.size):
        for i in range(own.ends[window], own.ends[window + 1]):
            slot = own.hashes[i] >> keys.shift
            for j in range(keys.slots[slot], keys.slots[slot + np.uint64(1)]):
                own.votes[window] += keys.hashes[j] == own.hashes[i]


@njit(cache=True, nogil=True)
def _join(
    keys: QueryKeys,
    own: WindowKeys,
    lengths: np.ndarray,
    first_window: int,
    table: VoteTable,
    pairs: Candidates,
) -> tuple[int, int]:
    """Fill ``pairs`` until those of the next window might not fit.

    Returns:
        The next window and the number of pairs.
    """
    n_pairs = 0
    for window in range(first_window, lengths.size):
        if n_pairs + own.votes[window] > pairs.votes.size:
            return window, n_pairs
        last = last_slot(own.votes[window])
        n_codes = 0
        for i in range(own.ends[window], own.ends[window + 1]):
            slot = own.hashes[i] >> keys.shift
            for j in range(keys.slots[slot], keys.slots[slot + np.uint64(1)]):
                if keys.hashes[j] == own.hashes[i]:
                    code = encode_vote(own.entries[i], keys.entries[j], keys.layout)
                    n_codes = add_vote(table, n_codes, code, last)
        codes = sorted_codes(table, n_codes)
        start = 0
        while start < n_codes:
            start, votes, code = sum_votes(
                codes, start, table, last, keys.layout, keys.queries, lengths[window]
            )
            query, is_reverse, diagonal = decode_vote(code, keys.layout)
            pairs.read_a[n_pairs] = query
            pairs.read_b[n_pairs] = window
            pairs.votes[n_pairs] = votes
            pairs.is_reverse[n_pairs] = is_reverse
            # The vote's diagonal is the position in the window less that in the query, which is
            # reverse-complemented; the pair's diagonal is the position in the query less that in
            # the window.
            if is_reverse:
                _, length = first_word_and_length_of(keys.queries, query)
                pairs.diagonal[n_pairs] = diagonal + length - lengths[window]
            else:
                pairs.diagonal[n_pairs] = -diagonal
            n_pairs += 1
        clear(table, n_codes)
    return lengths.size, n_pairs


@njit(cache=True, nogil=True)
def _find_diagonals(
    queries: tuple[np.ndarray, np.ndarray, np.ndarray],
    parts: tuple[np.ndarray, np.ndarray, np.ndarray],
    is_reverse: np.ndarray,
    layout: EntryLayout,
    table: VoteTable,
    found: np.ndarray,
) -> None:
    """Fill ``found``.

    Args:
        queries, parts: hashes, sorted within each sequence; entries; first key of each sequence.
        is_reverse, layout: see ``diagonals``.
        table: empty.
        found: int32 (pairs,), NO_DIAGONAL everywhere.
    """
    for pair in range(found.size):
        last = last_slot(queries[2][pair + 1] - queries[2][pair])
        n_codes = 0
        i, j = queries[2][pair], parts[2][pair]
        while i < queries[2][pair + 1] and j < parts[2][pair + 1]:
            if queries[0][i] < parts[0][j]:
                i += 1
            elif queries[0][i] > parts[0][j]:
                j += 1
            else:
                own, other = queries[1][i], parts[1][j]
                if (own ^ other) & np.uint64(1) == is_reverse[pair]:
                    n_codes = add_vote(table, n_codes, encode_vote(own, other, layout), last)
                i += 1
                j += 1
        most = np.uint32(0)
        for slot in table.taken[:n_codes]:
            _, _, diagonal = decode_vote(table.codes[slot], layout)
            votes = table.counts[slot]
            if votes > most or (votes == most and diagonal < found[pair]):
                most = votes
                found[pair] = diagonal
        clear(table, n_codes)
