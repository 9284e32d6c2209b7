"""Rolling 2-bit codes of canonical k-mers and their seeded hash, inlined into kernels.

A k-mer is coded with 2 bits a base (A 0, C 1, G 2, T 3), first base highest, so k <= 31 leaves
spare bits. In the rolling code of the reverse complement, a new base enters at the top as
3 - base. The canonical form is the smaller of both codes, so it does not depend on the strand.
"""

import numpy as np
from numba import njit

LONGEST_K = 31


@njit(inline="always", cache=True)  # also called from Python
def mix64(value: np.uint64) -> np.uint64:
    """Map 64-bit integers one to one, so that each input bit changes half of the output bits.

    This is the finaliser of SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom
    number generators", OOPSLA), with the shifts and multipliers of Stafford's variant 13.
    """
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def seed_mask(seed: int) -> np.uint64:
    """Return the 64-bit mask of a seed; ``mix64(code ^ seed_mask(seed))`` is the seeded hash.

    Because of the golden-ratio step, seed 0 does not give code 0 (poly-A) the hash 0, which every
    threshold would accept.
    """
    golden = 0x9E3779B97F4A7C15
    return np.uint64(mix64(np.uint64((seed + 1) * golden % 2**64)))


def check_k(k: int) -> None:
    """Check that k-mers fit into a code.

    Raises:
        ValueError: unless 1 <= k <= 31.
    """
    if not 1 <= k <= LONGEST_K:
        raise ValueError(f"k is {k}, expected 1 to {LONGEST_K}")


def check_reads(bases: np.ndarray, offsets: np.ndarray) -> None:
    """Check arrays of reads, so that kernels do not read beyond their ends.

    Args:
        bases: uint8 (total bases,), contiguous.
        offsets: int64 (n + 1,), ascending, from 0 or more to at most the number of bases.

    Raises:
        TypeError: for other dtypes.
        ValueError: for offsets that descend or lie outside ``bases``.
    """
    if bases.dtype != np.uint8 or offsets.dtype != np.int64:
        raise TypeError(f"bases are {bases.dtype}, offsets {offsets.dtype}, expected uint8, int64")
    if not offsets.size or offsets[0] < 0 or offsets[-1] > bases.size:
        raise ValueError("offsets lie outside bases")
    if (np.diff(offsets) < 0).any():
        raise ValueError("offsets descend")
