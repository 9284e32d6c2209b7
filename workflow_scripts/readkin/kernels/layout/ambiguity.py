"""Ambiguity of overlaps that lie inside ambiguous ones.

On one side of a read let partner M reach less far out than partner C. What the read shares with C
it also shares with M. If that much is ambiguous with M (sequence that two places have in common),
it cannot be trusted with C, even where too few reads reach far enough to show it.
"""

import numpy as np
from numba import njit

from readkin.kernels.layout.frames import OwnOverlaps
from readkin.kernels.layout.overlaps import Incidence, Overlaps, partner_in_frame

# What is known of an overlap that fits: bits
USABLE, UNCLEAR, PHASED = 1, 2, 4


@njit(cache=True, nogil=True)
def propagate_ambiguity(
    overlaps: Overlaps,
    incidence: Incidence,
    offsets: np.ndarray,
    known: OwnOverlaps,
    share: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the overlaps that become ambiguous on a side of a read.

    Args:
        overlaps, incidence: of all reads.
        offsets: int64 (reads + 1,), bounds of the reads.
        known: the reads, and uint8 bits of their overlaps: USABLE, it could join; UNCLEAR,
            ambiguous for either of its reads; PHASED, CIS for either.
        share: of the longer overlaps of the side that must be ambiguous.

    Returns:
        bool, of the overlaps of which the reads are a, and of those of which they are b.
    """
    first, end = known.first_read, known.end_read
    first_a, first_b = incidence.a_bounds[first], incidence.b_bounds[first]
    falls_a, falls_b = np.zeros(known.of_a.size, np.bool_), np.zeros(known.of_b.size, np.bool_)
    for i in range(first, end):
        of_a = slice(incidence.a_bounds[i] - first_a, incidence.a_bounds[i + 1] - first_a)
        of_b = slice(incidence.b_bounds[i] - first_b, incidence.b_bounds[i + 1] - first_b)
        bits = np.concatenate((known.of_b[of_b], known.of_a[of_a]))
        if not np.any(bits & (USABLE | UNCLEAR) == USABLE | UNCLEAR):
            continue
        n_b = of_b.stop - of_b.start
        length = offsets[i + 1] - offsets[i]
        reach = np.zeros((2, bits.size), np.int64)  # bp of the overlap, 0 where on the other side
        for k in range(bits.size):
            if bits[k] & USABLE:
                is_b = k < n_b
                e = incidence.a_bounds[i] + k - n_b
                if is_b:
                    e = incidence.b_overlaps[incidence.b_bounds[i] + k]
                partner, _, left, right, _, _ = partner_in_frame(overlaps, e, is_b, offsets)
                high = right + offsets[partner + 1] - offsets[partner]
                if left < 0:
                    reach[0, k] = high
                if high > length:
                    reach[1, k] = length - left
        for side in range(2):
            falls = _falls(bits, reach[side], share)
            falls_b[of_b] |= falls[:n_b]
            falls_a[of_a] |= falls[n_b:]
    return falls_a, falls_b


@njit(cache=True, nogil=True)
def _falls(bits: np.ndarray, reach: np.ndarray, share: float) -> np.ndarray:
    """Return which overlaps of one side become ambiguous; ``reach`` is 0 for those not on it."""
    falls = np.zeros(bits.size, np.bool_)
    there = np.flatnonzero(reach > 0)
    there = there[np.argsort(-reach[there], kind="mergesort")]
    unclear = clear = 0
    for k in there:
        if bits[k] & UNCLEAR:
            unclear += 1
        elif unclear > 0 and unclear >= share * (unclear + clear) and not bits[k] & PHASED:
            falls[k] = True
        else:
            clear += 1
    return falls
