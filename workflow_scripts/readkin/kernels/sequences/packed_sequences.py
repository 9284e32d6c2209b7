"""Reads in 2 bits a base, and a hash of each that does not depend on its strand."""

import numpy as np
from numba import njit

from readkin.kernels.kmers.codes import NO_BASE, check_reads, mix64
from readkin.kernels.kmers.hashes import PIECE, KmerBuffers, are_known, kmer_buffers, pack_bases

BASES_PER_BYTE = 4
LETTER_BITS = np.uint64(3)  # of a base in the hash of reads with unknown bases
WITH_UNKNOWN = np.uint64(0x5851F42D4C957F2D)  # start of the hash of such reads


def packed_offsets(lengths: np.ndarray) -> np.ndarray:
    """First byte of each packed read and the end of the last, int64 (n + 1,), from int (n,)."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum((lengths.astype(np.int64) + 3) // BASES_PER_BYTE, out=offsets[1:])
    return offsets


def pack_sequences(bases: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pack reads and hash them.

    The hash of a read is that of its canonical form: the smaller of the read and its reverse
    complement. Bases other than A, C, G, T are one letter, which is its own complement.

    Args:
        bases: uint8 (total bases,), A 0, C 1, G 2, T 3, else 4.
        offsets: int64 (n + 1,), read i is ``bases[offsets[i]:offsets[i + 1]]``.

    Returns:
        uint8, base i of a read in bits ``2 * (i % 4)`` of byte ``i // 4`` of its
        ``ceil(length / 4)`` bytes (unknown bases as 0); uint64 (n,), the hashes.

    Raises:
        ValueError, TypeError: for arrays of another form.
    """
    check_reads(bases, offsets)
    starts = packed_offsets(np.diff(offsets))
    packed = np.empty(starts[-1], np.uint8)
    hashes = np.empty(len(offsets) - 1, np.uint64)
    reads = np.ascontiguousarray(bases), offsets
    _pack_sequences(reads, starts, kmer_buffers(), packed, hashes)
    return packed, hashes


@njit(cache=True, nogil=True)
def _pack_sequences(
    reads: tuple[np.ndarray, np.ndarray],
    starts: np.ndarray,
    room: KmerBuffers,
    packed: np.ndarray,
    hashes: np.ndarray,
) -> None:
    bases, offsets = reads
    for read in range(hashes.size):
        start, end = offsets[read], offsets[read + 1]
        is_reverse = _is_other_strand_smaller(bases, start, end)
        if not are_known(bases, start, end):
            _pack_known(bases, (start, end), False, room, packed[starts[read] :])
            hashes[read] = _hash_letters(bases, start, end, is_reverse)
        else:
            target = packed[starts[read] :]
            hashes[read] = _pack_known(bases, (start, end), False, room, target)
            if is_reverse:
                hashes[read] = _pack_known(bases, (start, end), True, room, target[:0])


@njit(inline="always")
def _is_other_strand_smaller(bases: np.ndarray, start: int, end: int) -> bool:
    """Whether the reverse complement comes before the read; the first half decides."""
    for place in range((end - start + 1) // 2):
        one = bases[start + place]
        other = _partner(bases[end - 1 - place])
        if one != other:
            return other < one
    return False


@njit(inline="always")
def _partner(base: np.uint8) -> np.uint8:
    return base if base >= NO_BASE else np.uint8(3) - base


@njit(cache=True, nogil=True)
def _pack_known(
    bases: np.ndarray,
    bounds: tuple[int, int],
    is_reverse: bool,
    room: KmerBuffers,
    target: np.ndarray,
) -> np.uint64:
    """Pack a read, or its reverse complement, into ``target`` if that is not empty; its hash."""
    start, end = bounds
    length = end - start
    hashed = mix64(np.uint64(length))
    for first in range(0, length, PIECE):
        size = np.uint64(min(PIECE, length - first))
        if is_reverse:
            last = np.uint64(end - 1 - first)
            for i in range(size):
                room.bases[i] = np.uint8(3) - bases[last - i]
        else:
            begin = np.uint64(start + first)
            for i in range(size):
                room.bases[i] = bases[begin + i]
        n_words = pack_bases(room, size)
        for word in range(n_words):
            hashed = mix64(hashed ^ room.words[word])
        if target.size:
            place = np.uint64(first // BASES_PER_BYTE)
            for i in range((size + np.uint64(3)) >> np.uint64(2)):
                target[place + i] = room.packed[i]
    return hashed


@njit(cache=True, nogil=True)
def _hash_letters(bases: np.ndarray, start: int, end: int, is_reverse: bool) -> np.uint64:
    """Hash of a read with unknown bases, or of its reverse complement: rare, so base by base."""
    hashed = mix64(np.uint64(end - start) + WITH_UNKNOWN)
    word, filled = np.uint64(0), np.uint64(0)
    for place in range(end - start):
        base = _partner(bases[end - 1 - place]) if is_reverse else bases[start + place]
        word |= np.uint64(base) << filled
        filled += LETTER_BITS
        if filled + LETTER_BITS > np.uint64(64):
            hashed = mix64(hashed ^ word)
            word, filled = np.uint64(0), np.uint64(0)
    return mix64(hashed ^ word)
