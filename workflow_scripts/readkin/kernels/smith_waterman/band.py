"""Bounds of the scores of alignments by the diagonals that they cross."""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.smith_waterman.batches import Pairs
from readkin.kernels.smith_waterman.wavefront import Costs, signed


class DiagonalRange(NamedTuple):
    """Diagonals (position in a minus position in b) that matter for each pair.

    Attributes:
        lowest, highest: int64 (pairs,), inclusive.
    """

    lowest: np.ndarray
    highest: np.ndarray


@njit(cache=True, nogil=True)
def highest_outside(pairs: Pairs, half_width: int, costs: Costs) -> np.ndarray:
    """Bound the scores of alignments with a residue pair outside the band.

    Consider an alignment that crosses diagonal + half_width; the other edge is symmetric. Let
    `reach` be the lowest diagonal of its residue pairs, relative to the middle of the band. It has
    no more residue pairs than the longest diagonal from `reach` on has cells, and if `reach` is
    below half_width + 1, it has gaps of half_width + 1 - reach residues at least. So the bound is
    the maximum over `reach` of

        cells(reach) * highest score of a pair - cost of a gap of half_width + 1 - reach residues.

    This function of `reach` is piecewise linear, so its maximum is at one of its breakpoints.

    Returns:
        int64 (pairs,).
    """
    bounds = np.empty(pairs.index_a.size, np.int64)
    for pair in range(bounds.size):
        index_a, index_b = pairs.index_a[pair], pairs.index_b[pair]
        offsets_a, offsets_b = pairs.sequences_a.offsets, pairs.sequences_b.offsets
        length_a = offsets_a[index_a + 1] - offsets_a[index_a]
        length_b = offsets_b[index_b + 1] - offsets_b[index_b]
        diagonal = signed(pairs.diagonal[pair])
        bounds[pair] = max(
            _beyond_edge(length_a, length_b, diagonal, half_width, costs),
            _beyond_edge(length_b, length_a, -diagonal, half_width, costs),
        )
    return bounds


@njit(cache=True, nogil=True)
def _beyond_edge(along: int, across: int, middle: int, half_width: int, costs: Costs) -> int:
    """Return the bound for one of the two edges; at least 0."""
    bound, beyond = 0, half_width + 1
    for candidate in (beyond, half_width, -middle, along - across - middle):
        reach = min(candidate, beyond)
        cells = min(along - max(middle + reach, 0), across)
        gap = beyond - reach
        cost = costs.gap_open + (gap - 1) * costs.gap_extend if gap > 0 else 0
        bound = max(bound, cells * costs.highest - cost)
    return bound


@njit(cache=True, nogil=True)
def range_above(pairs: Pairs, scores: np.ndarray, costs: Costs) -> DiagonalRange:
    """Return the diagonals that alignments with more than a given score can cross.

    The bounds are those of `highest_outside`, here of a band of which each edge is as close to
    diagonal 0 as the score allows.

    Args:
        pairs: the pairs.
        scores: int32 (pairs,), 0 or more.
        costs: costs of gaps and range of the scores.
    """
    found = DiagonalRange(np.empty(scores.size, np.int64), np.empty(scores.size, np.int64))
    for pair in range(scores.size):
        index_a, index_b = pairs.index_a[pair], pairs.index_b[pair]
        offsets_a, offsets_b = pairs.sequences_a.offsets, pairs.sequences_b.offsets
        length_a = offsets_a[index_a + 1] - offsets_a[index_a]
        length_b = offsets_b[index_b + 1] - offsets_b[index_b]
        score = signed(scores[pair])
        found.lowest[pair] = -_edge_above(length_b, length_a, score, costs)
        found.highest[pair] = _edge_above(length_a, length_b, score, costs)
    return found


@njit(cache=True, nogil=True)
def _edge_above(along: int, across: int, score: int, costs: Costs) -> int:
    """Return the lowest edge that no alignment with more than this score crosses; at least 0."""
    # Further out, the diagonals themselves are too short; gaps rarely make up for that.
    low = max(along - score // costs.highest - 1, 0)
    if _beyond_edge(along, across, 0, low, costs) <= score:
        return low
    high = along
    while high - low > 1:
        middle = (low + high) // 2
        if _beyond_edge(along, across, 0, middle, costs) <= score:
            high = middle
        else:
            low = middle
    return high
