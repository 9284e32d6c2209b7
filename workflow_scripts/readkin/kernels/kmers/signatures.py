"""Reads as sparse signatures: sampled k-mers, the same ones in every read that shows them.

Two schemes choose which k-mers are keys. In both a k-mer's fate depends on nothing but its own
bases, so two reads that share a k-mer sample it both or not at all.

``open_syncmer`` (Edgar 2021, "Syncmers are more sensitive than minimizers for selecting conserved
k-mers in biological sequences", PeerJ 9:e10805): those of whose s-mers the one in the middle has
the smallest seeded hash of the canonical form; ties count too. The middle spreads keys best and
overlaps least (Shaw and Yu 2022, "Theory of local k-mer selection with applications to long-read
alignment", Bioinformatics 38:4659) and is the same place on both strands. With w = k - s + 1
s-mers in a k-mer, w odd, the share of keys is 1/w: that nearest to ``fraction`` is taken. As an
error spoils neighbouring k-mers together, keys that keep their distance find as many overlaps as
twice as many that lie at random.

``fracminhash`` (Irber et al. 2022, "Lightweight compositional analysis of metagenomes with
FracMinHash and minimum metagenome covers", bioRxiv; "scaled" sketches of sourmash): those whose
seeded hash of the canonical form lies below ``fraction * 2**64``.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.kmers.codes import check_k, check_reads, seed_mask
from readkin.kernels.kmers.hashes import (
    ONE,
    PIECE,
    Scratch,
    are_known,
    hash_kmers,
    next_piece,
    pack_piece,
    scratch_room,
)

KEY_SCHEMES = ("open_syncmer", "fracminhash")
Keys = tuple[np.ndarray, np.ndarray]
Table = tuple[np.ndarray, np.ndarray]


class KeySettings(NamedTuple):
    """Which k-mers are keys: the arguments of ``sample_keys``."""

    k: int
    fraction: float
    seed: int
    scheme: str


class Sampling(NamedTuple):
    """Which k-mers are keys: those with a hash up to ``largest`` whose middle s-mer has the
    smallest hash of its ``window`` s-mers; a window of 1 leaves the choice to the k-mer's hash."""

    k: int
    mask: np.uint64
    largest: np.uint64
    window: int


class Signatures(NamedTuple):
    """Sampled keys of reads, read by read, in order of position.

    Attributes:
        counts: uint32 (n,), keys of each read.
        hashes: uint64 (keys,), seeded hash of the canonical k-mer.
        places: uint32 (keys,), twice the start of the k-mer in its read, plus 1 where the
            canonical form is the reverse complement of what the read shows.
    """

    counts: np.ndarray
    hashes: np.ndarray
    places: np.ndarray

    @property
    def positions(self) -> np.ndarray:
        """uint32 (keys,), start of the k-mer in its read."""
        return self.places >> 1

    @property
    def is_reverse(self) -> np.ndarray:
        """uint8 (keys,), 1 where the canonical form is the reverse complement, else 0."""
        return (self.places & 1).astype(np.uint8)


def sample_keys(
    bases: np.ndarray,
    offsets: np.ndarray,
    k: int,
    fraction: float,
    seed: int,
    scheme: str,
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
        scheme: one of KEY_SCHEMES.

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
    sampling = _sampling(k, fraction, seed, scheme)
    reads = np.ascontiguousarray(bases), offsets
    scratch = table, scratch_room(), np.zeros((3, PIECE), np.uint64)
    progress = (0, 0)
    while True:
        progress = _sample_keys(reads, sampling, progress, counts, keys, scratch)
        read, filled = progress
        if read == n_reads:
            return Signatures(counts, *(array[:filled] for array in keys))
        keys = _grown(keys, filled, longest)


def largest_key(fraction: float) -> np.uint64:
    """The largest hash that is a key.

    Raises:
        ValueError: unless 0 < fraction <= 1.
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction is {fraction}, expected above 0, up to 1")
    return np.uint64(max(int(fraction * 2**64), 1) - 1)


def largest_hash(settings: KeySettings) -> int:
    """No key has a hash above it."""
    return int(_sampling(*settings).largest)


def syncmer_window(k: int, fraction: float) -> int:
    """Number of s-mers in an open syncmer: odd, at most k, one over it nearest to ``fraction``."""
    largest_key(fraction)  # refuses what is out of range
    below = max(int((1 / fraction - 1) / 2), 0) * 2 + 1
    fitting = [window for window in (below, below + 2) if window <= k] or [k - 1 + k % 2]
    return min(fitting, key=lambda window: abs(1 / window - fraction))


def _sampling(k: int, fraction: float, seed: int, scheme: str) -> Sampling:
    mask = seed_mask(seed)
    if scheme == "fracminhash":
        return Sampling(k, mask, largest_key(fraction), 1)
    if scheme == "open_syncmer":
        return Sampling(k, mask, largest_key(1.0), syncmer_window(k, fraction))
    raise ValueError(f"scheme is {scheme!r}, expected one of {KEY_SCHEMES}")


def _empty_keys(size: int) -> Keys:
    return np.empty(size, np.uint64), np.empty(size, np.uint32)


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
    scratch: tuple[Table, Scratch, np.ndarray],
) -> tuple[int, int]:
    """Go on from ``progress``; stop early where the next read might not fit into ``keys``.

    ``progress`` is the next read and the number of keys filled; it is returned anew.
    """
    bases, offsets = reads
    k = sampling.k
    hashes, places = keys
    table, room, marks = scratch
    next_read, filled = progress
    for current in range(next_read, offsets.size - 1):
        start, end = offsets[current], offsets[current + 1]
        if filled + (end - start) > hashes.size:
            return current, filled
        first_of_read, first_base = filled, start
        is_known = are_known(bases, start, end)
        while True:
            start, length = next_piece(bases, start, end, k, is_known)
            if length == 0:
                break
            pack_piece(bases, start, length, room)
            if sampling.window > 1:
                _mark_middles(room, length, sampling, marks[0])
            hash_kmers(room, length, k, sampling.mask)
            n_kmers = np.uint64(length - k + 1)
            for i in range(_candidates(room, n_kmers, sampling, marks)):
                place = marks[2, np.uint64(i)]
                hashed = room.hashes[place]
                if _is_new(table, hashed, current):
                    is_reverse = room.forward[place] > room.reverse[n_kmers - ONE - place]
                    hashes[filled] = hashed
                    places[filled] = 2 * (start - first_base + np.int64(place)) + is_reverse
                    filled += 1
            start += length - k + 1
        counts[current] = filled - first_of_read
    return offsets.size - 1, filled


@njit(inline="always")
def _mark_middles(room: Scratch, length: int, sampling: Sampling, is_middle: np.ndarray) -> None:
    """Set ``is_middle`` to 1 for k-mers whose middle s-mer has the smallest hash, else to 0."""
    window = np.uint64(sampling.window)
    hash_kmers(room, length, sampling.k - sampling.window + 1, sampling.mask)
    n_kmers = np.uint64(length - sampling.k + 1)
    for i in range(n_kmers):
        is_middle[i] = 1
    for shift in range(window):
        for i in range(n_kmers):
            is_smallest = room.hashes[i + window // np.uint64(2)] <= room.hashes[i + shift]
            is_middle[i] &= np.uint64(is_smallest)


@njit(inline="always")
def _candidates(
    room: Scratch,
    n_kmers: np.uint64,
    sampling: Sampling,
    marks: np.ndarray,
) -> int:
    """List the k-mers that are keys, unless seen before in the read; palindromes are none.

    The list is ``marks[2]``. Each is written, and stays where the next is not written over it: no
    branch to mispredict.
    """
    is_middle, flags, candidates = marks[0], marks[1], marks[2]
    for i in range(n_kmers):
        is_key = np.uint64(room.hashes[i] <= sampling.largest)
        flags[i] = is_key & np.uint64(room.forward[i] != room.reverse[n_kmers - ONE - i])
    if sampling.window > 1:
        for i in range(n_kmers):
            flags[i] &= is_middle[i]
    found = np.uint64(0)
    for i in range(n_kmers):
        candidates[found] = i
        found += flags[i]
    return int(found)


@njit(inline="always")
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
        slot = (slot + ONE) & last_slot
    hashes[slot] = hashed
    owners[slot] = read
    return True
