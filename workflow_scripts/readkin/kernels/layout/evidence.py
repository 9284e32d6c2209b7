"""Evidence against each overlap, by the qualities of the unequal bases."""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.layout.overlaps import LONG_READ_BP, Overlaps, partner_in_frame
from readkin.kernels.layout.residues import KNOWN, UNEQUAL_EVIDENCE, mean_error
from readkin.kernels.typed_constants import FALSE

# What is known of an overlap: bits
NEAR, FITS, UNEQUAL = 1, 2, 4

FIRST_GAP_BASE, FURTHER_GAP_BASE = 3.0, 1.0  # evidence
# Long reads: relative standard deviation of their expected differences, as qualities are rough
LONG_SPREAD = 0.15
LONG_OVERHANG_SHARE, LONG_OVERHANG_BP = 0.1, 30  # of the overlap that may be unaligned at an end
LONG_OVERLAP_SHARE, LONG_OVERLAP_BP = 0.1, 500  # of the shorter read that must overlap, at most


class EvidenceLimits(NamedTuple):
    """Least overlap in bp; evidence up to which an overlap fits, and up to which it is near."""

    min_overlap: int
    fits: float
    near: float


@njit(cache=True, nogil=True)
def weigh_overlaps(
    overlaps: Overlaps,
    first: int,
    end: int,
    residues: np.ndarray,
    offsets: np.ndarray,
    limits: EvidenceLimits,
) -> tuple[np.ndarray, np.ndarray]:
    """Weigh the unequal bases of overlaps, each continued to the ends of the reads.

    So what a local alignment leaves out at its ends is counted, and no rule on overhangs is
    needed. The evidence is the sum of -log10 of the probability that either base is an error, plus
    that of a gap. An overlap with a read above LONG_READ_BP is judged by length instead.

    Args:
        overlaps: all of them.
        first, end: those to weigh.
        residues: uint8, of all reads.
        offsets: int64 (reads + 1,), bounds of the reads.
        limits: thresholds.

    Returns:
        uint8 (end - first,), bits: NEAR, evidence within ``limits.near``; FITS, evidence within
        ``limits.fits`` and long enough; UNEQUAL, some bases differ. float32 (end - first,), rank:
        overlap in bp less ten times the evidence; it means something where FITS.
    """
    status, rank = np.zeros(end - first, np.uint8), np.zeros(end - first, np.float32)
    for e in range(first, end):
        a, b = overlaps.read_a[e], overlaps.read_b[e]
        own, other = residues[offsets[a] : offsets[a + 1]], residues[offsets[b] : offsets[b + 1]]
        left: Any = np.int64(overlaps.left[e])
        right: Any = np.int64(overlaps.right[e])
        overlap = min(own.size, other.size + right) - max(0, left)
        needed = float(limits.min_overlap)
        if max(own.size, other.size) > LONG_READ_BP:
            needed = max(
                needed, min(LONG_OVERLAP_BP, LONG_OVERLAP_SHARE * min(own.size, other.size))
            )
            error = mean_error(own) + mean_error(other)
            evidence = evidence_by_length(
                overlap, error, overlaps.differences[e], overlaps.overhang[e]
            )
        else:
            evidence = _evidence_by_bases(overlaps, e, own, other, offsets, limits.near)
        bits = UNEQUAL if evidence > 0 else 0
        if evidence <= limits.near:
            bits |= NEAR
        if evidence <= limits.fits and overlap >= needed:
            bits |= FITS
        status[e - first] = bits
        rank[e - first] = overlap - 10 * evidence
    return status, rank


@njit(cache=True, nogil=True)
def evidence_by_length(overlap: int, error: float, differences: int, overhang: int) -> float:
    """Return the evidence against an overlap of long reads.

    The differences are compared with those expected from the qualities (upper tail of a normal
    distribution, whose variance includes that qualities are only roughly right). An overlap of
    which one end is unaligned though both reads continue is a repeat or a chimeric read.

    Args:
        overlap: bp.
        error: sum of both reads' mean probabilities that a base is wrong.
        differences: unequal columns of the alignment.
        overhang: bp, longest unaligned end at which both reads continue.
    """
    if overhang > max(LONG_OVERHANG_BP, LONG_OVERHANG_SHARE * overlap):
        return np.inf
    expected = error * overlap
    excess = max(0.0, differences - expected)
    variance = 1 + expected + (LONG_SPREAD * expected) ** 2
    return excess**2 / (2 * math.log(10) * variance)


@njit(cache=True, nogil=True)
def _evidence_by_bases(
    overlaps: Overlaps,
    e: int,
    own: np.ndarray,
    other: np.ndarray,
    offsets: np.ndarray,
    limit: float,
) -> float:
    """Return the evidence, or some number above ``limit`` if it is above."""
    _, is_reverse, left, right, switch, resume = partner_in_frame(overlaps, e, FALSE, offsets)
    evidence = 0.0
    if left != right:
        evidence = FIRST_GAP_BASE + FURTHER_GAP_BASE * (abs(left - right) - 1)
    low, high = max(0, left), min(own.size, other.size + left, switch)
    evidence += _evidence_on_diagonal(own, other, is_reverse, left, low, high, limit)
    if left != right:
        low, high = max(0, right, resume), min(own.size, other.size + right)
        evidence += _evidence_on_diagonal(own, other, is_reverse, right, low, high, limit)
    return evidence


@njit(cache=True, nogil=True)
def _evidence_on_diagonal(
    own: np.ndarray,
    other: np.ndarray,
    is_reverse: bool,
    diagonal: int,
    low: int,
    high: int,
    limit: float,
) -> float:
    """Return the evidence of the unequal bases at positions ``low:high`` of the first read."""
    evidence = 0.0
    for p in range(low, high):
        x = own[p]
        y = other[other.size - 1 - p + diagonal] ^ 3 if is_reverse else other[p - diagonal]
        if (x ^ y) & 3 and x >= KNOWN and y >= KNOWN:
            evidence += UNEQUAL_EVIDENCE[x >> 2, y >> 2]
            if evidence > limit:
                break
    return evidence
