"""Rolling 2-bit codes of canonical k-mers and their seeded hash: helpers inlined into kernels.

A k-mer is coded with 2 bits a base (A 0, C 1, G 2, T 3), first base highest, so k <= 31 leaves
spare bits. The code of the reverse complement rolls along: its new base enters at the top as
3 - base. The canonical form is the smaller of both codes, so it does not depend on the strand.
"""

import numpy as np
from numba import njit

LONGEST_K = 31


@njit(inline="always")
def roll_forward(code: np.uint64, base: np.uint8, k: int) -> np.uint64:
    """Code of the k-mer after taking in ``base`` on the right."""
    mask = (np.uint64(1) << np.uint64(2 * k)) - np.uint64(1)
    return ((code << np.uint64(2)) | np.uint64(base)) & mask


@njit(inline="always")
def roll_reverse(code: np.uint64, base: np.uint8, k: int) -> np.uint64:
    """Code of the reverse complement of the k-mer after taking in ``base`` on the right."""
    return (code >> np.uint64(2)) | ((np.uint64(3) - np.uint64(base)) << np.uint64(2 * (k - 1)))


@njit(inline="always")
def mix64(value: np.uint64) -> np.uint64:
    """A bijection of 64-bit integers in which each input bit moves half of the output bits.

    The finaliser of SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
    generators", OOPSLA), with the shifts and multipliers of Stafford's variant 13.
    """
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def seed_mask(seed: int) -> np.uint64:
    """The 64-bit number that a seed stands for: ``mix64(code ^ seed_mask(seed))`` is the hash.

    The golden-ratio step keeps seed 0 from leaving code 0 (poly-A) with hash 0, which every
    threshold would keep.
    """
    golden = 0x9E3779B97F4A7C15
    return np.uint64(mix64(np.uint64((seed + 1) * golden % 2**64)))


def check_k(k: int) -> None:
    """Refuse a k that the codes cannot hold.

    Raises:
        ValueError: unless 1 <= k <= 31.
    """
    if not 1 <= k <= LONGEST_K:
        raise ValueError(f"k is {k}, expected 1 to {LONGEST_K}")


def check_reads(bases: np.ndarray, offsets: np.ndarray) -> None:
    """Refuse arrays that kernels would read beyond their ends.

    Args:
        bases: uint8 (total bases,), contiguous.
        offsets: int64 (n + 1,), rising from >= 0 to <= total bases.

    Raises:
        TypeError: for other dtypes.
        ValueError: for offsets that fall or leave ``bases``.
    """
    if bases.dtype != np.uint8 or offsets.dtype != np.int64:
        raise TypeError(f"bases are {bases.dtype}, offsets {offsets.dtype}: uint8, int64 expected")
    if not offsets.size or offsets[0] < 0 or offsets[-1] > bases.size:
        raise ValueError("offsets do not lie within bases")
    if (np.diff(offsets) < 0).any():
        raise ValueError("offsets fall")
