"""Reads packed into 2 bits a base, and a hash of each read that does not depend on its strand.

Two bits hold no unknown base, so the runs of unknown bases are listed beside the packed reads.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.kmers.codes import check_reads, mix64
from readkin.kernels.kmers.hashes import PIECE, KmerBuffers, are_known, kmer_buffers, pack_bases
from readkin.kernels.sequences.sequences import UNKNOWN_BASE

BASES_PER_BYTE = 4
# Reads with unknown bases are hashed with 3 bits a base, and from another start value.
BITS_WITH_UNKNOWN = np.uint64(3)
START_WITH_UNKNOWN = np.uint64(0x5851F42D4C957F2D)


class UnknownRuns(NamedTuple):
    """Runs of unknown bases, sorted by read and position.

    Attributes:
        read: uint64 (runs,), number of the read.
        first, end: uint32 (runs,), first base of the run and its end, 0-based and half-open.
    """

    read: np.ndarray
    first: np.ndarray
    end: np.ndarray


def unknown_runs(bases: np.ndarray, offsets: np.ndarray) -> UnknownRuns:
    """Return the runs of unknown bases, each as long as possible.

    Args:
        bases: uint8 (total bases,), base codes.
        offsets: int64 (n + 1,); read i is ``bases[offsets[i]:offsets[i + 1]]``.

    >>> runs = unknown_runs(np.array([0, 4, 4, 4, 4, 1], np.uint8), np.array([0, 3, 6]))
    >>> list(zip(runs.read.tolist(), runs.first.tolist(), runs.end.tolist()))
    [(0, 1, 3), (1, 0, 2)]
    """
    position = np.flatnonzero(bases >= UNKNOWN_BASE)
    read = np.searchsorted(offsets, position, side="right") - 1
    is_first = (np.diff(position, prepend=-2) > 1) | (np.diff(read, prepend=-1) > 0)
    last = np.flatnonzero(np.append(is_first[1:], True)[: position.size])
    read, start = read[is_first], offsets[read[is_first]]
    return UnknownRuns(
        read=read.astype(np.uint64),
        first=(position[is_first] - start).astype(np.uint32),
        end=(position[last] + 1 - start).astype(np.uint32),
    )


def packed_offsets(lengths: np.ndarray) -> np.ndarray:
    """Return the offsets of packed reads, in bytes.

    Args:
        lengths: integers (n,), bases.

    Returns:
        int64 (n + 1,); packed read i is ``packed[offsets[i]:offsets[i + 1]]``.
    """
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum((lengths.astype(np.int64) + 3) // BASES_PER_BYTE, out=offsets[1:])
    return offsets


def pack_sequences(bases: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pack reads into 2 bits a base, and hash them.

    The hash of a read is that of its canonical form, which is the smaller of the read and its
    reverse complement. All bases other than A, C, G and T count as the same base.

    Args:
        bases: uint8 (total bases,), base codes.
        offsets: int64 (n + 1,); read i is ``bases[offsets[i]:offsets[i + 1]]``.

    Returns:
        The packed bases, uint8: a read takes ``ceil(length / 4)`` bytes, and its base i is in bits
        ``2 * (i % 4)`` of byte ``i // 4``; unknown bases are packed as A. The hashes, uint64 (n,).

    Raises:
        ValueError: if the offsets decrease or lie outside ``bases``.
        TypeError: if an array has another dtype.

    >>> packed, hashes = pack_sequences(np.array([0, 1, 2, 3, 3], np.uint8), np.array([0, 5]))
    >>> packed
    array([228,   3], dtype=uint8)
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
    scratch: KmerBuffers,
    packed: np.ndarray,
    hashes: np.ndarray,
) -> None:
    bases, offsets = reads
    for read in range(hashes.size):
        start, end = offsets[read], offsets[read + 1]
        is_reverse = _is_other_strand_smaller(bases, start, end)
        if not are_known(bases, start, end):
            _pack_known(bases, (start, end), False, scratch, packed[starts[read] :])
            hashes[read] = _hash_with_unknown(bases, start, end, is_reverse)
        else:
            target = packed[starts[read] :]
            hashes[read] = _pack_known(bases, (start, end), False, scratch, target)
            if is_reverse:
                hashes[read] = _pack_known(bases, (start, end), True, scratch, target[:0])


@njit(inline="always")
def _is_other_strand_smaller(bases: np.ndarray, start: int, end: int) -> bool:
    """Return whether the reverse complement is smaller than the read; the first half decides."""
    for position in range((end - start + 1) // 2):
        one = bases[start + position]
        other = _complement(bases[end - 1 - position])
        if one != other:
            return other < one
    return False


@njit(inline="always")
def _complement(base: np.uint8) -> np.uint8:
    return base if base >= UNKNOWN_BASE else np.uint8(3) - base


@njit(cache=True, nogil=True)
def _pack_known(
    bases: np.ndarray,
    bounds: tuple[int, int],
    is_reverse: bool,
    scratch: KmerBuffers,
    target: np.ndarray,
) -> np.uint64:
    """Return the hash of a read without unknown bases, or of its reverse complement.

    The packed bases are written to ``target``, unless it is empty.
    """
    start, end = bounds
    length = end - start
    hashed = mix64(np.uint64(length))
    for first in range(0, length, PIECE):
        size = np.uint64(min(PIECE, length - first))
        if is_reverse:
            last = np.uint64(end - 1 - first)
            for i in range(size):
                scratch.bases[i] = np.uint8(3) - bases[last - i]
        else:
            begin = np.uint64(start + first)
            for i in range(size):
                scratch.bases[i] = bases[begin + i]
        n_words = pack_bases(scratch, size)
        for word in range(n_words):
            hashed = mix64(hashed ^ scratch.words[word])
        if target.size:
            first_byte = np.uint64(first // BASES_PER_BYTE)
            for i in range((size + np.uint64(3)) >> np.uint64(2)):
                target[first_byte + i] = scratch.packed[i]
    return hashed


@njit(cache=True, nogil=True)
def _hash_with_unknown(bases: np.ndarray, start: int, end: int, is_reverse: bool) -> np.uint64:
    """Return the hash of a read with unknown bases, or of its reverse complement.

    Such reads are rare, so they are hashed base by base.
    """
    hashed = mix64(np.uint64(end - start) + START_WITH_UNKNOWN)
    word, filled = np.uint64(0), np.uint64(0)
    for position in range(end - start):
        base = _complement(bases[end - 1 - position]) if is_reverse else bases[start + position]
        word |= np.uint64(base) << filled
        filled += BITS_WITH_UNKNOWN
        if filled + BITS_WITH_UNKNOWN > np.uint64(64):
            hashed = mix64(hashed ^ word)
            word, filled = np.uint64(0), np.uint64(0)
    return mix64(hashed ^ word)
