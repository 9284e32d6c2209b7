"""Sparse signatures of reads: sampled k-mers, the same ones in every read that contains them.

Two schemes choose which k-mers are keys. In both, the choice depends on the bases of the k-mer
only, so two reads that share a k-mer both sample it or both do not.

``open_syncmer`` (Edgar 2021, "Syncmers are more sensitive than minimizers for selecting conserved
k-mers in biological sequences", PeerJ 9:e10805): a k-mer is a key if, of all its s-mers, the one in
the middle has the smallest seeded hash of the canonical form; ties count too. The middle position
is the same on both strands, and gives the most even distances between keys (Shaw and Yu 2022,
"Theory of local k-mer selection with applications to long-read alignment", Bioinformatics 38:4659).
With w = k - s + 1 s-mers in a k-mer, w odd, the share of keys is 1/w; the w is used whose 1/w is
nearest to ``fraction``. An error destroys neighbouring k-mers together, so keys at even distances
find as many overlaps as twice as many keys at random positions.

``fracminhash`` (Irber et al. 2022, "Lightweight compositional analysis of metagenomes with
FracMinHash and minimum metagenome covers", bioRxiv; "scaled" sketches of sourmash): a k-mer is a
key if the seeded hash of its canonical form is below ``fraction * 2**64``.

K-mers with a base of low complexity (kernels/sequences/low_complexity.py) are no keys, if so
requested. Such a k-mer may be a key of another read, in which fewer repeats of it are visible.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.kmers.codes import check_k, check_reads, seed_mask
from readkin.kernels.kmers.hashes import (
    ONE,
    PIECE,
    KmerBuffers,
    are_known,
    hash_kmers,
    kmer_buffers,
    next_piece,
    pack_piece,
)
from readkin.kernels.sequences.low_complexity import low_complexity
from readkin.kernels.sequences.sequences import UNKNOWN_BASE

KEY_SCHEMES = ("open_syncmer", "fracminhash")
KeyColumns = tuple[np.ndarray, np.ndarray]  # hashes and stranded positions
SeenHashes = tuple[np.ndarray, np.ndarray]  # hash table: hashes, and the read that entered each


class KeySettings(NamedTuple):
    """Which k-mers are keys: the arguments of ``sample_keys``.

    Attributes:
        k: k-mer length, 1 to 31.
        fraction: share of all k-mers that are keys, above 0 up to 1.
        seed: selects the hash function.
        scheme: one of KEY_SCHEMES.
        mask_low_complexity: whether k-mers with a base of low complexity are no keys.
    """

    k: int
    fraction: float
    seed: int
    scheme: str
    mask_low_complexity: bool = False


class KeyCriterion(NamedTuple):
    """Which k-mers are keys, as the kernel needs it.

    Attributes:
        k: k-mer length.
        mask: of the seed.
        largest: the hash of a key is at most this.
        window: number of s-mers in a k-mer, of which the middle one has the smallest hash; with 1
            the k-mer's own hash decides alone.
    """

    k: int
    mask: np.uint64
    largest: np.uint64
    window: int


class Signatures(NamedTuple):
    """Sampled keys of reads, read by read, in order of position.

    Attributes:
        counts: uint32 (n,), keys of each read.
        hashes: uint64 (keys,), seeded hash of the canonical k-mer.
        stranded_positions: uint32 (keys,), twice the start of the k-mer in its read, plus 1 where
            the canonical form is the reverse complement of the k-mer in the read.
        low_complexity: uint32 (n,), masked bases of each read.
    """

    counts: np.ndarray
    hashes: np.ndarray
    stranded_positions: np.ndarray
    low_complexity: np.ndarray

    @property
    def positions(self) -> np.ndarray:
        """Start of the k-mer in its read, uint32 (keys,)."""
        return self.stranded_positions >> 1

    @property
    def is_reverse(self) -> np.ndarray:
        """1 where the canonical form is the reverse complement, else 0, uint8 (keys,)."""
        return (self.stranded_positions & 1).astype(np.uint8)


def sample_keys(
    bases: np.ndarray,
    offsets: np.ndarray,
    k: int,
    fraction: float,
    seed: int,
    scheme: str,
    mask_low_complexity: bool = False,
) -> Signatures:
    """Sample the keys of each read.

    K-mers with other bases than A, C, G, T are ignored, and so are palindromes (even k only), which
    have no strand. A k-mer that occurs several times in a read is one key, at its first position.
    A key therefore has at most one entry per read, so the size of a bucket of the join is its
    number of reads, and a low-complexity read cannot fill a bucket alone. The reverse complement of
    a read has the same set of hashes, with ``is_reverse`` inverted and positions counted from the
    other end (of a repeated k-mer, another occurrence may be the first one there).

    Args:
        bases: uint8 (total bases,), A 0, C 1, G 2, T 3, else 4.
        offsets: int64 (n + 1,), read i is ``bases[offsets[i]:offsets[i + 1]]``.
        k: k-mer length, 1 to 31.
        fraction: share of all k-mers that are keys, above 0 up to 1.
        seed: selects the hash function.
        scheme: one of KEY_SCHEMES.
        mask_low_complexity: treat bases of low complexity as unknown ones.

    Raises:
        ValueError, TypeError: for arguments out of range and arrays of another form.

    >>> read = np.array(["ACGT".index(base) for base in "ACCATGGATTACA"], np.uint8)
    >>> keys = sample_keys(read, np.array([0, 13]), 5, fraction=0.3, seed=1, scheme="open_syncmer")
    >>> keys.counts.tolist(), keys.positions.tolist(), keys.is_reverse.tolist()
    ([3], [1, 5, 8], [1, 1, 1])
    """
    check_k(k)
    check_reads(bases, offsets)
    n_reads = len(offsets) - 1
    longest = int(np.diff(offsets).max()) if n_reads else 0
    table = _empty_table(longest)
    masked = np.zeros(n_reads, np.uint32)
    if mask_low_complexity:
        marks, masked = low_complexity(bases, offsets)
        if masked.any():
            marks *= np.uint8(UNKNOWN_BASE)
            bases = np.bitwise_or(bases, marks, out=marks)
    counts = np.zeros(n_reads, np.uint32)
    keys = _empty_keys(int((offsets[-1] - offsets[0]) * fraction * 1.1) + longest + 1)
    criterion = _criterion(k, fraction, seed, scheme)
    reads = np.ascontiguousarray(bases), offsets
    memory = table, kmer_buffers(), np.zeros((3, PIECE), np.uint64)
    progress = (0, 0)
    while True:
        progress = _sample_keys(reads, criterion, progress, counts, keys, memory)
        read, filled = progress
        if read == n_reads:
            sampled, stranded_positions = (array[:filled] for array in keys)
            return Signatures(counts, sampled, stranded_positions, masked)
        keys = _grown(keys, filled, longest)


def largest_key(fraction: float) -> np.uint64:
    """Return the largest hash of a key in scheme fracminhash.

    Raises:
        ValueError: unless 0 < fraction <= 1.
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction is {fraction}, expected above 0, up to 1")
    return np.uint64(max(int(fraction * 2**64), 1) - 1)


def largest_hash(settings: KeySettings) -> int:
    """Return an upper bound of the hashes of all keys."""
    return int(_criterion(*settings[:4]).largest)


def syncmer_window(k: int, fraction: float) -> int:
    """Return the number of s-mers in an open syncmer that gives the share of keys.

    It is odd, at most k, and its inverse is as near to ``fraction`` as possible.

    Raises:
        ValueError: unless 0 < fraction <= 1.
    """
    largest_key(fraction)
    below = max(int((1 / fraction - 1) / 2), 0) * 2 + 1
    fitting = [window for window in (below, below + 2) if window <= k] or [k - 1 + k % 2]
    return min(fitting, key=lambda window: abs(1 / window - fraction))


def _criterion(k: int, fraction: float, seed: int, scheme: str) -> KeyCriterion:
    mask = seed_mask(seed)
    if scheme == "fracminhash":
        return KeyCriterion(k, mask, largest_key(fraction), 1)
    if scheme == "open_syncmer":
        return KeyCriterion(k, mask, largest_key(1.0), syncmer_window(k, fraction))
    raise ValueError(f"scheme is {scheme!r}, expected one of {KEY_SCHEMES}")


def _empty_keys(size: int) -> KeyColumns:
    return np.empty(size, np.uint64), np.empty(size, np.uint32)


def _grown(keys: KeyColumns, filled: int, longest: int) -> KeyColumns:
    larger = _empty_keys(2 * len(keys[0]) + longest)
    for old, new in zip(keys, larger, strict=True):
        new[:filled] = old[:filled]
    return larger


def _empty_table(longest: int) -> SeenHashes:
    """Return an empty table with open addressing for the keys of one read."""
    slots = 1 << max(int(2 * longest).bit_length(), 4)
    return np.zeros(slots, np.uint64), np.full(slots, -1, np.int64)


@njit(cache=True, nogil=True)
def _sample_keys(
    reads: tuple[np.ndarray, np.ndarray],
    criterion: KeyCriterion,
    progress: tuple[int, int],
    counts: np.ndarray,
    keys: KeyColumns,
    memory: tuple[SeenHashes, KmerBuffers, np.ndarray],
) -> tuple[int, int]:
    """Sample keys until those of the next read might not fit into ``keys``.

    Args:
        reads: bases and offsets.
        criterion: which k-mers are keys.
        progress: the read to start with, and the number of keys that are already filled.
        counts, keys: filled.
        memory: table of seen hashes, buffers, and three rows of PIECE marks.

    Returns:
        ``progress`` for the next call.
    """
    bases, offsets = reads
    k = criterion.k
    hashes, stranded_positions = keys
    table, buffers, marks = memory
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
            pack_piece(bases, start, length, buffers)
            if criterion.window > 1:
                _mark_middles(buffers, length, criterion, marks[0])
            hash_kmers(buffers, length, k, criterion.mask)
            n_kmers = np.uint64(length - k + 1)
            for i in range(_list_keys(buffers, n_kmers, criterion, marks)):
                position = marks[2, np.uint64(i)]
                hashed = buffers.hashes[position]
                if _is_new(table, hashed, current):
                    is_reverse = (
                        buffers.forward[position] > buffers.reverse[n_kmers - ONE - position]
                    )
                    hashes[filled] = hashed
                    in_read = start - first_base + np.int64(position)
                    stranded_positions[filled] = 2 * in_read + is_reverse
                    filled += 1
            start += length - k + 1
        counts[current] = filled - first_of_read
    return offsets.size - 1, filled


@njit(inline="always")
def _mark_middles(
    buffers: KmerBuffers, length: int, criterion: KeyCriterion, is_middle: np.ndarray
) -> None:
    """Set ``is_middle`` to 1 for k-mers whose middle s-mer has the smallest hash, else to 0."""
    window = np.uint64(criterion.window)
    hash_kmers(buffers, length, criterion.k - criterion.window + 1, criterion.mask)
    n_kmers = np.uint64(length - criterion.k + 1)
    for i in range(n_kmers):
        is_middle[i] = 1
    for shift in range(window):
        for i in range(n_kmers):
            is_smallest = buffers.hashes[i + window // np.uint64(2)] <= buffers.hashes[i + shift]
            is_middle[i] &= np.uint64(is_smallest)


@njit(inline="always")
def _list_keys(
    buffers: KmerBuffers,
    n_kmers: np.uint64,
    criterion: KeyCriterion,
    marks: np.ndarray,
) -> int:
    """Fill ``marks[2]`` with the positions of the keys, repeated ones too; return their number.

    Palindromes are no keys. Each position is written, and overwritten by the next one unless it is
    that of a key, which avoids a branch.
    """
    is_middle, flags, positions = marks[0], marks[1], marks[2]
    for i in range(n_kmers):
        is_key = np.uint64(buffers.hashes[i] <= criterion.largest)
        flags[i] = is_key & np.uint64(buffers.forward[i] != buffers.reverse[n_kmers - ONE - i])
    if criterion.window > 1:
        for i in range(n_kmers):
            flags[i] &= is_middle[i]
    found = np.uint64(0)
    for i in range(n_kmers):
        positions[found] = i
        found += flags[i]
    return int(found)


@njit(inline="always")
def _is_new(table: SeenHashes, hashed: np.uint64, read: int) -> bool:
    """Enter ``hashed`` for ``read``; return False if the read has entered it before.

    Entries of other reads count as empty. The slot is taken from the low bits of the hash, which
    are uniform in spite of the threshold on the whole hash.
    """
    hashes, entered_by = table
    last_slot = np.uint64(hashes.size - 1)
    slot = hashed & last_slot
    while entered_by[slot] == read:
        if hashes[slot] == hashed:
            return False
        slot = (slot + ONE) & last_slot
    hashes[slot] = hashed
    entered_by[slot] = read
    return True
