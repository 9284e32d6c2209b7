"""Queries joined with windows of a database by shared sampled k-mers; votes as in lsh_join.

Unlike the join of reads with themselves this one compares no query with a query and no window with
a window, so it costs as many votes as there are shared keys: there is no cap on how many windows
have a key, and a query of great depth loses nothing.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import njit

from kernels.kmer_signatures import Signatures, largest_key, sample_keys
from kernels.lsh_join import Pairs, Votes, collapse, collide, find_buckets, pack_places, vote_code
from kernels.radix_sort import stable_argsort
from kernels.smith_waterman import NO_DIAGONAL, Sequences

VOTES_AT_A_TIME = 1 << 21  # held in memory, about 100 bytes each; a window may have more
GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class KeySettings(NamedTuple):
    """Which k-mers are keys; see kmer_signatures."""

    k: int
    fraction: float
    seed: int


class QueryKeys(NamedTuple):
    """Keys of queries, sorted by hash.

    Attributes:
        hashes: uint64 (keys,).
        query: uint64 (keys,), number of the query.
        place: uint64 (keys,), see lsh_join.pack_places.
        slots: int64 (n + 1,): keys with ``hash >> shift == s`` are ``slots[s]:slots[s + 1]``.
        shift: bits.
    """

    hashes: np.ndarray
    query: np.ndarray
    place: np.ndarray
    slots: np.ndarray
    shift: np.uint64


def keys_of_queries(queries: Sequences, settings: KeySettings) -> QueryKeys:
    """The keys of all queries."""
    keys, owner, places = _sampled(queries, settings)
    order = stable_argsort(keys.hashes)
    hashes = keys.hashes[order]
    largest = int(largest_key(settings.fraction))
    shift = max(largest.bit_length() - max(len(hashes), 1).bit_length(), 0)
    edges = np.arange(1, (largest >> shift) + 1, dtype=np.uint64) << np.uint64(shift)
    slots = np.concatenate([[0], np.searchsorted(hashes, edges), [len(hashes)]]).astype(np.int64)
    return QueryKeys(hashes, owner[order], places[order], slots, np.uint64(shift))


def joined_pairs(keys: QueryKeys, windows: Sequences, settings: KeySettings) -> Iterator[Pairs]:
    """Pairs of a query (read_a) and a window (read_b) that share keys, some windows at a time.

    Args:
        keys: of the queries, made with the same settings.
        windows: bases of the database.
        settings: which k-mers are keys.
    """
    found, window, places = _sampled(windows, settings)
    own = found.hashes, window, places
    n_votes = np.zeros(len(found.hashes) + 1, np.int64)
    _count_votes(keys, found.hashes, n_votes[1:])
    ends = np.cumsum(found.counts, dtype=np.int64)  # of each window's keys
    votes = np.cumsum(n_votes)[np.concatenate([[0], ends])]
    ends = np.concatenate([[0], ends])
    cuts = np.flatnonzero(np.diff(np.maximum(votes - 1, 0) // VOTES_AT_A_TIME)) + 1
    first = 0
    for end in np.append(cuts, len(ends) - 1):
        size = votes[end] - votes[first]
        if size:
            yield collapse(_emit_votes(keys, own, (ends[first], ends[end]), size))
        first = end


def diagonals(
    queries: Sequences, parts: Sequences, is_reverse: np.ndarray, settings: KeySettings
) -> np.ndarray:
    """Where the i-th query and the i-th part are expected to align, by their shared keys.

    Args:
        queries: bases.
        parts: bases, as many sequences.
        is_reverse: uint8 (pairs,), 1: the part is taken on its other strand.
        settings: which k-mers are keys.

    Returns:
        int32 (pairs,); NO_DIAGONAL where no keys are shared on that strand.
    """
    found = np.full(is_reverse.size, NO_DIAGONAL, np.int32)
    columns = []
    for side, sequences in enumerate((queries, parts)):
        keys, owner, places = _sampled(sequences, settings)
        # With a number of its own for each pair in the hash only keys of one pair meet.
        columns.append((keys.hashes ^ (owner * GOLDEN), 2 * owner + np.uint64(side), places))
    hashes, reads, places = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = stable_argsort(reads)
    buckets = find_buckets(hashes[order], reads[order], places[order], max_bucket_size=2)
    pairs = collapse(collide(buckets, 0, 2 * found.size))
    number = (pairs.read_a // 2).astype(np.int64)
    is_own = (pairs.read_a % 2 == 0) & (pairs.read_b == pairs.read_a + 1)
    is_own &= pairs.is_reverse == is_reverse[number]
    found[number[is_own]] = pairs.diagonal[is_own]
    return found


def _sampled(
    sequences: Sequences, settings: KeySettings
) -> tuple[Signatures, np.ndarray, np.ndarray]:
    """Keys of sequences; the sequence (uint64) and the packed place of each."""
    keys = sample_keys(sequences.codes, sequences.offsets, *settings)
    owner = np.repeat(np.arange(keys.counts.size), keys.counts)
    lengths = np.diff(sequences.offsets)[owner]
    places = pack_places(keys.positions, keys.is_reverse, lengths, settings.k)
    return keys, owner.astype(np.uint64), places


@njit(cache=True, nogil=True)
def _count_votes(keys: QueryKeys, hashes: np.ndarray, counts: np.ndarray) -> None:
    for i in range(hashes.size):
        slot = hashes[i] >> keys.shift
        for j in range(keys.slots[slot], keys.slots[slot + np.uint64(1)]):
            counts[i] += keys.hashes[j] == hashes[i]


@njit(cache=True, nogil=True)
def _emit_votes(
    keys: QueryKeys,
    own: tuple[np.ndarray, np.ndarray, np.ndarray],
    bounds: tuple[int, int],
    size: int,
) -> Votes:
    """Votes, `size` in all, of the windows' keys within bounds."""
    query, window, code = (
        np.empty(size, np.uint64), np.empty(size, np.uint64), np.empty(size, np.uint64),
    )  # fmt: skip
    hashes, owner, places = own
    n = 0
    for i in range(bounds[0], bounds[1]):
        slot = hashes[i] >> keys.shift
        for j in range(keys.slots[slot], keys.slots[slot + np.uint64(1)]):
            if keys.hashes[j] == hashes[i]:
                query[n], window[n] = keys.query[j], owner[i]
                code[n] = vote_code(keys.place[j], places[i])
                n += 1
    return query, window, code
