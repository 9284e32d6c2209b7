"""Copies of packed reads with one byte a base."""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.sequences.packed_sequences import BASES_PER_BYTE, UnknownRuns
from readkin.kernels.sequences.sequences import (
    UNKNOWN_BASE,
    Sequences,
    read_only,
    segment_offsets,
)

BITS_OF_BASE = np.uint8(3)


class PackedSequences(NamedTuple):
    """Reads with 2 bits a base, as ``pack_sequences`` makes them.

    Attributes:
        packed: uint8 (bytes,), packed bases; unknown bases are packed as A.
        first_byte: int64 (n + 1,), read i is ``packed[first_byte[i]:first_byte[i + 1]]``.
        lengths: uint32 (n,), bases of each read.
        unknown: runs of unknown bases.
    """

    packed: np.ndarray
    first_byte: np.ndarray
    lengths: np.ndarray
    unknown: UnknownRuns

    def segments(self, index: np.ndarray, first: np.ndarray, end: np.ndarray) -> Sequences:
        """Unpack segments of reads; arguments and result are those of ``Sequences.segments``.

        >>> packed, unknown = np.array([228, 3], np.uint8), UnknownRuns(*np.array([[0], [1], [3]]))
        >>> reads = PackedSequences(packed, np.array([0, 2]), np.array([5]), unknown)
        >>> reads.segments(np.array([0]), np.array([2]), np.array([5]))
        Sequences(codes=array([4, 3, 3], dtype=uint8), offsets=array([0, 3]))
        """
        offsets = segment_offsets(first, end)
        codes = np.empty(offsets[-1], np.uint8)
        bounds = read_only(first), read_only(end)
        _unpack(read_only(self.packed), self.first_byte[index], bounds, offsets, codes)
        runs = UnknownRuns(*(read_only(column) for column in self.unknown))
        first_run = np.searchsorted(runs.read, index.astype(runs.read.dtype))
        _mark_unknown(runs, (read_only(index), first_run), bounds, offsets, codes)
        return Sequences(codes, offsets)


def compile_kernels() -> None:
    """Compile the kernels that unpack reads, or load them from the cache."""
    no_lengths, no_index = np.empty(0, np.uint32), np.empty(0, np.int64)
    unknown = UnknownRuns(np.empty(0, np.uint64), no_lengths, no_lengths)
    no_reads = PackedSequences(np.empty(0, np.uint8), np.zeros(1, np.int64), no_lengths, unknown)
    no_reads.segments(no_index, no_index, no_index)


@njit(cache=True, nogil=True)
def _unpack(
    packed: np.ndarray,
    first_byte: np.ndarray,
    bounds: tuple[np.ndarray, np.ndarray],
    offsets: np.ndarray,
    codes: np.ndarray,
) -> None:
    """Unpack bases ``bounds[0]`` to ``bounds[1]`` of reads that begin at ``first_byte``."""
    for segment in range(first_byte.size):
        first, end = bounds[0][segment], bounds[1][segment]
        begin, target = first_byte[segment], offsets[segment] - first
        # Whole bytes, which are nearly all, are unpacked together.
        whole = min(-(-first // BASES_PER_BYTE) * BASES_PER_BYTE, end)
        rest = max(end // BASES_PER_BYTE * BASES_PER_BYTE, whole)
        _unpack_singly(packed, begin, (first, whole), codes, target)
        source = np.uint64(begin + whole // BASES_PER_BYTE)
        written = np.uint64(target + whole)
        for i in range(np.uint64((rest - whole) // BASES_PER_BYTE)):
            four = packed[source + i]
            at = written + np.uint64(BASES_PER_BYTE) * i
            codes[at] = four & BITS_OF_BASE
            codes[at + np.uint64(1)] = four >> np.uint8(2) & BITS_OF_BASE
            codes[at + np.uint64(2)] = four >> np.uint8(4) & BITS_OF_BASE
            codes[at + np.uint64(3)] = four >> np.uint8(6)
        _unpack_singly(packed, begin, (rest, end), codes, target)


@njit(inline="always")
def _unpack_singly(
    packed: np.ndarray, begin: int, bounds: tuple[int, int], codes: np.ndarray, target: int
) -> None:
    """Unpack some bases of the read that begins at byte ``begin``; base i to ``target + i``."""
    for base in range(bounds[0], bounds[1]):
        four = packed[begin + base // BASES_PER_BYTE]
        codes[target + base] = four >> np.uint8(2 * (base % BASES_PER_BYTE)) & BITS_OF_BASE


@njit(cache=True, nogil=True)
def _mark_unknown(
    runs: UnknownRuns,
    reads: tuple[np.ndarray, np.ndarray],
    bounds: tuple[np.ndarray, np.ndarray],
    offsets: np.ndarray,
    codes: np.ndarray,
) -> None:
    """Set the unknown bases of segments of ``reads[0]``, whose runs begin at ``reads[1]``."""
    for segment in range(offsets.size - 1):
        read, run = reads[0][segment], reads[1][segment]
        first, end = bounds[0][segment], bounds[1][segment]
        while run < runs.read.size and runs.read[run] == read:
            start = max(np.int64(runs.first[run]), first)
            for base in range(start, min(np.int64(runs.end[run]), end)):
                codes[offsets[segment] + base - first] = UNKNOWN_BASE
            run += 1
