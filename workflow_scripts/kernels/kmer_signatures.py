"""Reads as sparse signatures: the k-mers whose hash is small, the same ones in every read.

FracMinHash (Irber et al. 2022, "Lightweight compositional analysis of metagenomes with
FracMinHash and minimum metagenome covers", bioRxiv; "scaled" sketches of sourmash): a k-mer is a
key if the seeded hash of its canonical form lies below ``fraction * 2**64``. Whether a k-mer is
sampled depends on nothing but itself, so two reads that share it sample it both or not at all.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from kernels.kmer_codes import (
    NO_BASE,
    check_k,
    check_reads,
    mix64,
    roll_forward,
    roll_reverse,
    seed_mask,
)

Keys = tuple[np.ndarray, np.ndarray, np.ndarray]
Table = tuple[np.ndarray, np.ndarray]


class Sampling(NamedTuple):
    """Which k-mers are keys: those with ``mix64(code ^ mask) <= largest``."""

    k: int
    mask: np.uint64
    largest: np.uint64


class Signatures(NamedTuple):
    """Sampled keys of reads, read by read, in order of position.

    Attributes:
        counts: uint32 (n,), keys of each read.
        hashes: uint64 (keys,), seeded hash of the canonical k-mer.
        positions: uint32 (keys,), start of the k-mer in its read.
        is_reverse: uint8 (keys,), 1 where the canonical form is the reverse complement of what
            the read shows.
    """

    counts: np.ndarray
    hashes: np.ndarray
    positions: np.ndarray
    is_reverse: np.ndarray


def sample_keys(
    bases: np.ndarray, offsets: np.ndarray, k: int, fraction: float, seed: int
) -> Signatures:
    """Sample the keys of each read.

    Left out are k-mers with anything but A, C, G, T and palindromes (even k only), which show no
    strand. A k-mer that occurs several times in a read is one key, at its first position: so a
    key has at most one entry per read, a bucket of the join is as large as the number of its
    reads, and low-complexity reads cannot fill it alone. The reverse complement of a read has the
    same set of hashes, with ``is_reverse`` turned and positions counted from the other end
    (of a repeated k-mer another occurrence may be the first there).

    Args:
        bases: uint8 (total bases,), A 0, C 1, G 2, T 3, else 4.
        offsets: int64 (n + 1,), read i is ``bases[offsets[i]:offsets[i + 1]]``.
        k: k-mer length, 1 to 31.
        fraction: share of all k-mers that are keys, above 0 up to 1.
        seed: picks the hash function.

    Raises:
        ValueError, TypeError: for arguments out of range and arrays of another form.
    """
    check_k(k)
    check_reads(bases, offsets)
    n_reads = len(offsets) - 1
    longest = int(np.diff(offsets).max()) if n_reads else 0
    table = _empty_table(longest)
    counts = np.zeros(n_reads, np.uint32)
    keys = _empty_keys(int((offsets[-1] - offsets[0]) * fraction * 1.1) + longest + 1)
    sampling = Sampling(k, seed_mask(seed), largest_key(fraction))
    progress = (0, 0)
    while True:
        progress = _sample_keys((bases, offsets), sampling, progress, counts, keys, table)
        read, filled = progress
        if read == n_reads:
            return Signatures(counts, *(array[:filled].copy() for array in keys))
        keys = _grown(keys, filled, longest)


def largest_key(fraction: float) -> np.uint64:
    """The largest hash that is a key.

    Raises:
        ValueError: unless 0 < fraction <= 1.
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction is {fraction}, expected above 0, up to 1")
    return np.uint64(max(int(fraction * 2**64), 1) - 1)


def _empty_keys(size: int) -> Keys:
    return np.empty(size, np.uint64), np.empty(size, np.uint32), np.empty(size, np.uint8)


def _grown(keys: Keys, filled: int, longest: int) -> Keys:
    larger = _empty_keys(2 * len(keys[0]) + longest)
    for old, new in zip(keys, larger, strict=True):
        new[:filled] = old[:filled]
    return larger


def _empty_table(longest: int) -> Table:
    """Open-addressing table for the keys of one read: hash, and which read put it there."""
    slots = 1 << max(int(2 * longest).bit_length(), 4)
    return np.zeros(slots, np.uint64), np.full(slots, -1, np.int64)


@njit(cache=True, nogil=True)
def _sample_keys(
    reads: tuple[np.ndarray, np.ndarray],
    sampling: Sampling,
    progress: tuple[int, int],
    counts: np.ndarray,
    keys: Keys,
    table: Table,
) -> tuple[int, int]:
    """Go on from ``progress``; stop early where the next read might not fit into ``keys``.

    ``progress`` is the next read and the number of keys filled; it is returned anew.
    """
    bases, offsets = reads
    k = sampling.k
    hashes, positions, is_reverse = keys
    next_read, filled = progress
    for current in range(next_read, offsets.size - 1):
        start, stop = offsets[current], offsets[current + 1]
        if filled + (stop - start) > hashes.size:
            return current, filled
        first_of_read = filled
        forward = np.uint64(0)
        reverse = np.uint64(0)
        run = 0  # bases since the last that is none of A, C, G, T
        for i in range(start, stop):
            base = bases[i]
            if base >= NO_BASE:
                run = 0
                continue
            forward = roll_forward(forward, base, k)
            reverse = roll_reverse(reverse, base, k)
            run += 1
            if run < k or forward == reverse:
                continue
            hashed = mix64(min(forward, reverse) ^ sampling.mask)
            if hashed <= sampling.largest and _is_new(table, hashed, current):
                hashes[filled] = hashed
                positions[filled] = i - k + 1 - start
                is_reverse[filled] = reverse < forward
                filled += 1
        counts[current] = filled - first_of_read
    return offsets.size - 1, filled


@njit(cache=True, nogil=True)
def _is_new(table: Table, hashed: np.uint64, read: int) -> bool:
    """Enter ``hashed`` for ``read``; False if it is there already. Entries of other reads are void.

    The slot comes from the low bits, which the threshold on the whole hash leaves uniform.
    """
    hashes, owners = table
    last_slot = np.uint64(hashes.size - 1)
    slot = hashed & last_slot
    while owners[slot] == read:
        if hashes[slot] == hashed:
            return False
        slot = (slot + np.uint64(1)) & last_slot
    hashes[slot] = hashed
    owners[slot] = read
    return True
