"""Decoder of blocks of uncompressed BAM records (SAM/BAM specification, section 4.2).

It is several times as fast as pysam's records, one Python object each
(tests/benchmarks/bench_bam_records.py).
"""

import numpy as np
from numba import njit

from readkin.kernels.sequences.sequences import UNKNOWN_BASE

FIXED_BYTES = 36  # fields of a record before the read name, block_size included
ONE = np.uint8(1)
SCRATCH_BYTES = 256  # bytes of packed bases that are decoded at a time
ABSENT = np.uint8(255)  # in BAM: the read has no qualities
QUALITY_IF_ABSENT = np.uint8(20)  # one error in 100 bases


@njit(cache=True, nogil=True)
def _int32(block: np.ndarray, at: int) -> int:
    value = (
        np.int64(block[at])
        | np.int64(block[at + 1]) << 8
        | np.int64(block[at + 2]) << 16
        | np.int64(block[at + 3]) << 24
    )
    return int(value - (value >> 31 << 32))


@njit(cache=True, nogil=True)
def measure_records(block: np.ndarray, most: int) -> tuple[int, int, int, int]:
    """Count the complete records at the beginning of ``block``, and their bases and names.

    Args:
        block: uint8 (n,), beginning at a record.
        most: number of records after which to stop.

    Returns:
        Number of complete records, their size in bytes, number of their bases, size of their names
        in bytes (without NUL). The size of the records is -1 if the fields of a record contradict
        its length.
    """
    at, records, bases, name_bytes = 0, 0, 0, 0
    while records < most and at + FIXED_BYTES <= block.size:
        record_end = at + 4 + _int32(block, at)
        if record_end > block.size:
            break
        name_length = np.int64(block[at + 12])
        cigar_operations = np.int64(block[at + 16]) | np.int64(block[at + 17]) << 8
        length = _int32(block, at + 20)
        needed = FIXED_BYTES + name_length + 4 * cigar_operations + (length + 1) // 2 + length
        if length < 0 or name_length < 1 or at + needed > record_end:
            return records, -1, bases, name_bytes
        records += 1
        bases += length
        name_bytes += int(name_length) - 1
        at = record_end
    return records, at, bases, name_bytes


@njit(cache=True, nogil=True)
def decode_records(
    block: np.ndarray,
    flags: np.ndarray,
    offsets: np.ndarray,
    bases: np.ndarray,
    qualities: np.ndarray,
    name_offsets: np.ndarray,
    names: np.ndarray,
) -> None:
    """Fill the arrays from the first ``flags.size`` records of ``block``.

    Args:
        block: uint8, beginning at a record and containing at least n complete records.
        flags: uint16 (n,), filled.
        offsets: int64 (n + 1,), filled; read i is ``bases[offsets[i]:offsets[i + 1]]``.
        bases: uint8 (total bases,), filled with base codes: A 0, C 1, G 2, T 3, others 4.
        qualities: uint8 (total bases,), filled with Phred qualities, QUALITY_IF_ABSENT for reads
            without any; or (0,), which is not filled.
        name_offsets: int64 (n + 1,), filled like ``offsets``.
        names: uint8 (total bytes,), filled with the read names.
    """
    both = np.empty(SCRATCH_BYTES, np.uint16)
    single = both.view(np.uint8)
    at = 0
    offsets[0] = name_offsets[0] = 0
    for read in range(flags.size):
        name_length = np.int64(block[at + 12])
        cigar_operations = np.int64(block[at + 16]) | np.int64(block[at + 17]) << 8
        flags[read] = block[at + 18] | np.uint16(block[at + 19]) << 8
        length = _int32(block, at + 20)
        name_start = np.uint64(at + FIXED_BYTES)
        target = np.uint64(name_offsets[read])
        for i in range(np.uint64(name_length - 1)):
            names[target + i] = block[name_start + i]
        name_offsets[read + 1] = name_offsets[read] + name_length - 1
        packed = at + FIXED_BYTES + name_length + 4 * cigar_operations
        for first in range(0, length, 2 * SCRATCH_BYTES):
            size = np.uint64(min(2 * SCRATCH_BYTES, length - first))
            source = np.uint64(packed + first // 2)
            for i in range((size + np.uint64(1)) >> np.uint64(1)):
                two = block[source + i]
                left = np.uint16(_code(two >> np.uint8(4)))
                both[i] = left | np.uint16(_code(two & np.uint8(15))) << np.uint16(8)
            target = np.uint64(offsets[read] + first)
            for i in range(size):
                bases[target + i] = single[i]
        if qualities.size:
            source_of_qualities = int(packed + (length + 1) // 2)
            _copy_qualities(block, source_of_qualities, qualities, offsets[read], length)
        offsets[read + 1] = offsets[read] + length
        at += 4 + _int32(block, at)


@njit(cache=True, nogil=True)
def _copy_qualities(
    block: np.ndarray, source: int, qualities: np.ndarray, target: int, length: int
) -> None:
    """Copy the qualities of one read; absent ones are 255 for each base."""
    for i in range(length):
        value = block[source + i]
        qualities[target + i] = QUALITY_IF_ABSENT if value == ABSENT else value


@njit(inline="always")
def _code(nibble: np.uint8) -> np.uint8:
    """Convert BAM's 4-bit base code, one of "=ACMGRSVTWYHKDBN", into a base code.

    A, C, G and T are 1, 2, 4 and 8. The compiler vectorises this arithmetic, but not a table.
    """
    is_single = (nibble & (nibble - ONE)) == 0 and nibble != 0
    known = np.uint8((nibble >> ONE) - (nibble >> np.uint8(3)))
    return known if is_single else np.uint8(UNKNOWN_BASE)
