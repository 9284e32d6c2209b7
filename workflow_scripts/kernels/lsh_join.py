"""Joins reads that share sampled k-mers: buckets of equal keys, pairs in a bucket, votes per pair.

This is locality-sensitive hashing with one table per key. Let two reads overlap by o bases, each
base wrong with probability e, independently in both reads. The overlap has m = o - k + 1 k-mers; a
given one is the same in both reads with probability s = (1 - e)**(2 * k), and is sampled with
probability f (the key fraction), alike in both. The votes then have the mean f * m * s, and were
the k-mers independent of each other,

    P(at least one shared sampled key) = 1 - (1 - f * s)**m.

One error spoils k neighbouring k-mers, so the true probability is lower;
``kernels.collision_probability`` computes it exactly, for any least number of votes. Example:
o = 75, k = 16, e = 0.01, f = 0.2: mean 8.7 votes, P(votes >= 1) = 0.9965,
P(votes >= 2) = 0.9861. (Broder 1997, "On the resemblance and containment of documents", for
shared k-mers as similarity; kernels/kmer_signatures.py for the sampling.)

A bucket of n reads costs n * (n - 1) / 2 pairs, so buckets above a cap (repeats, adapters,
very deep coverage) are skipped and counted.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from kernels.radix_sort import partition, stable_argsort

POSITION_BITS = 31
LONGEST_READ = 2**POSITION_BITS - 1
REVERSE_BIT = 32  # of a code: strand above the diagonal, which is stored plus 2**31

Votes = tuple[np.ndarray, np.ndarray, np.ndarray]  # read_a, read_b, code: see ``collide``


class Buckets(NamedTuple):
    """Keys sorted by hash, and which runs of equal hashes take part in the join.

    Attributes:
        read: uint64 (keys,), rising within a bucket.
        place: uint64 (keys,), see ``pack_places``.
        bounds: int64 (buckets, 2), first key and end of each bucket that is joined.
        keys_alone: keys that only one read has.
        keys_skipped: keys in buckets above the cap.
        buckets_skipped: number of buckets above the cap.
        largest_skipped: number of reads in the largest bucket skipped, 0 if none was.
    """

    read: np.ndarray
    place: np.ndarray
    bounds: np.ndarray
    keys_alone: int
    keys_skipped: int
    buckets_skipped: int
    largest_skipped: int


class Pairs(NamedTuple):
    """Pairs of reads, one row each, sorted by (read_a, read_b), read_a < read_b.

    Attributes:
        read_a, read_b: uint64 (pairs,).
        votes: uint32 (pairs,), shared keys on the strand that has more of them (ties: forward).
        is_reverse: uint8 (pairs,), 1 where b is taken as its reverse complement.
        diagonal: int32 (pairs,), position in a minus position in b on that strand: the most
            frequent one, of equally frequent ones the smallest.
    """

    read_a: np.ndarray
    read_b: np.ndarray
    votes: np.ndarray
    is_reverse: np.ndarray
    diagonal: np.ndarray


def pack_places(
    position: np.ndarray, is_reverse: np.ndarray, read_length: np.ndarray, k: int
) -> np.ndarray:
    """Where a key stands in its read, in 63 bits: position, position in the reverse complement,
    and strand. So the join needs no table of read lengths.

    Args:
        position: uint32 (keys,).
        is_reverse: uint8 (keys,).
        read_length: uint32 (keys,), length of each key's read.
        k: length of a key in bases.

    Raises:
        OverflowError: for a read of 2**31 bases or more.
    """
    if read_length.size and read_length.max() > LONGEST_READ:
        raise OverflowError(f"a read of {read_length.max()} bases; at most {LONGEST_READ}")
    forward = position.astype(np.uint64)
    backward = read_length.astype(np.uint64) - np.uint64(k) - forward
    packed = (forward << np.uint64(POSITION_BITS)) | backward
    return (packed << np.uint64(1)) | is_reverse.astype(np.uint64)


def find_buckets(
    hashes: np.ndarray, reads: np.ndarray, places: np.ndarray, max_bucket_size: int
) -> Buckets:
    """Sort keys by hash and find the runs of equal ones.

    Args:
        hashes: uint64 (keys,).
        reads: uint64 (keys,), rising among equal hashes, each read at most once per hash.
        places: uint64 (keys,), see ``pack_places``.
        max_bucket_size: most reads that a bucket may have to be joined.
    """
    order = stable_argsort(hashes)
    bounds = _runs(hashes[order])
    sizes = np.diff(bounds, axis=1)[:, 0]
    skipped = sizes[sizes > max_bucket_size]
    joined = (sizes > 1) & (sizes <= max_bucket_size)
    return Buckets(
        reads[order],
        places[order],
        bounds[joined],
        int((sizes == 1).sum()),
        int(skipped.sum()),
        skipped.size,
        int(skipped.max(initial=0)),
    )


def collisions_per_block(buckets: Buckets, n_reads: int, n_blocks: int) -> np.ndarray:
    """How many pairs (not yet collapsed) the join gives per block of first reads.

    Returns:
        int64 (n_blocks,); read r counts for block ``r * n_blocks // n_reads``.
    """
    counts = np.zeros(n_blocks, np.int64)
    _count_collisions(buckets.read, buckets.bounds, np.uint64(max(n_reads, 1)), counts)
    return counts


def collide(buckets: Buckets, first_read: int, end_read: int) -> Votes:
    """All pairs of reads in one bucket whose first read lies in ``first_read:end_read``.

    A pair appears once for each key that its reads share.

    Returns:
        read_a uint64, read_b uint64, code uint64: strand (bit 32) and diagonal + 2**31.
    """
    bounds = np.uint64(first_read), np.uint64(end_read)
    size = _emit(buckets, bounds, _empty_votes(0))
    pairs = _empty_votes(size)
    _emit(buckets, bounds, pairs)
    return pairs


def collapse(votes: Votes) -> Pairs:
    """Count the votes of each pair and choose its strand and diagonal.

    Args:
        votes: as from ``collide``, in any order.
    """
    read_a, read_b, code = votes
    order = stable_argsort(code)
    order = stable_argsort(read_b, order)
    order = stable_argsort(read_a, order)
    in_order = read_a[order], read_b[order], code[order]
    pairs = _empty_pairs(_collapse(in_order, _empty_pairs(0)))
    _collapse(in_order, pairs)
    return pairs


def compile_kernels() -> None:
    """Compile all kernels of the join, or load them from the cache."""
    hashes, reads = np.zeros(2, np.uint64), np.arange(2, dtype=np.uint64)
    partition(np.zeros(2, np.int64), 1)
    buckets = find_buckets(hashes, reads, np.zeros(2, np.uint64), max_bucket_size=2)
    collisions_per_block(buckets, n_reads=2, n_blocks=1)
    collapse(collide(buckets, 0, 2))


def _empty_votes(size: int) -> Votes:
    return np.empty(size, np.uint64), np.empty(size, np.uint64), np.empty(size, np.uint64)


def _empty_pairs(size: int) -> Pairs:
    return Pairs(
        np.empty(size, np.uint64),
        np.empty(size, np.uint64),
        np.empty(size, np.uint32),
        np.empty(size, np.uint8),
        np.empty(size, np.int32),
    )


@njit(cache=True, nogil=True)
def _runs(sorted_keys: np.ndarray) -> np.ndarray:
    """int64 (runs, 2): first place and end of each run of equal keys."""
    starts = np.empty(sorted_keys.size + 1, np.int64)
    n_runs = 0
    for i in range(sorted_keys.size):
        if i == 0 or sorted_keys[i] != sorted_keys[i - 1]:
            starts[n_runs] = i
            n_runs += 1
    starts[n_runs] = sorted_keys.size
    bounds = np.empty((n_runs, 2), np.int64)
    bounds[:, 0] = starts[:n_runs]
    bounds[:, 1] = starts[1 : n_runs + 1]
    return bounds


@njit(cache=True, nogil=True)
def _count_collisions(
    read: np.ndarray, bounds: np.ndarray, n_reads: np.uint64, counts: np.ndarray
) -> None:
    n_blocks = np.uint64(counts.size)
    for bucket in range(bounds.shape[0]):
        end = bounds[bucket, 1]
        for i in range(bounds[bucket, 0], end):
            counts[read[i] * n_blocks // n_reads] += end - i - 1


@njit(cache=True, nogil=True)
def _emit(buckets: Buckets, first_and_end: tuple[np.uint64, np.uint64], pairs: Votes) -> int:
    """Fill ``pairs`` if it has room, else only count; the number of pairs is returned."""
    first_read, end_read = first_and_end
    read_a, read_b, code = pairs
    fill = read_a.size > 0
    n = 0
    for bucket in range(buckets.bounds.shape[0]):
        end = buckets.bounds[bucket, 1]
        for i in range(buckets.bounds[bucket, 0], end):
            if not first_read <= buckets.read[i] < end_read:
                continue
            if not fill:
                n += end - i - 1
                continue
            for j in range(i + 1, end):
                read_a[n] = buckets.read[i]
                read_b[n] = buckets.read[j]
                code[n] = vote_code(buckets.place[i], buckets.place[j])
                n += 1
    return n


@njit(inline="always")
def vote_code(place_a: np.uint64, place_b: np.uint64) -> np.uint64:
    """Strand and diagonal of two keys. The strands of a pair differ where its keys' do; b's
    position then counts from the other end."""
    mask = np.uint64((1 << POSITION_BITS) - 1)
    is_reverse = (place_a ^ place_b) & np.uint64(1)
    position_a = (place_a >> np.uint64(POSITION_BITS + 1)) & mask
    shift = np.uint64(1) if is_reverse else np.uint64(POSITION_BITS + 1)
    position_b = (place_b >> shift) & mask
    diagonal = np.int64(position_a) - np.int64(position_b)
    return (is_reverse << np.uint64(REVERSE_BIT)) | np.uint64(diagonal + (1 << 31))


@njit(cache=True, nogil=True)
def _collapse(votes: Votes, pairs: Pairs) -> int:
    """Fill ``pairs`` if it has room, else only count; the number of pairs is returned.

    The votes are sorted by read_a, read_b, strand, diagonal, so a pair is one run.
    """
    read_a, read_b, code = votes
    n_pairs = 0
    i = 0
    while i < read_a.size:
        end = i + 1
        while end < read_a.size and read_a[end] == read_a[i] and read_b[end] == read_b[i]:
            end += 1
        if pairs.votes.size:
            middle = i  # first vote on the reverse strand
            while middle < end and not code[middle] >> np.uint64(REVERSE_BIT):
                middle += 1
            on_reverse = end - middle > middle - i
            start, stop = (middle, end) if on_reverse else (i, middle)
            pairs.read_a[n_pairs] = read_a[i]
            pairs.read_b[n_pairs] = read_b[i]
            pairs.votes[n_pairs] = stop - start
            pairs.is_reverse[n_pairs] = on_reverse
            pairs.diagonal[n_pairs] = _most_frequent_diagonal(code, start, stop)
        n_pairs += 1
        i = end
    return n_pairs


@njit(cache=True, nogil=True)
def _most_frequent_diagonal(code: np.ndarray, start: int, stop: int) -> np.int64:
    best = code[start]
    best_count = 0
    i = start
    while i < stop:
        end = i + 1
        while end < stop and code[end] == code[i]:
            end += 1
        if end - i > best_count:  # strictly: of equally frequent ones the smallest stays
            best = code[i]
            best_count = end - i
        i = end
    return np.int64(best & np.uint64(0xFFFFFFFF)) - (1 << 31)
