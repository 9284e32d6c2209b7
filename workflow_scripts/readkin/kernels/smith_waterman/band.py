"""Upper bound of the scores of alignments that leave a band."""

import numpy as np
from numba import njit

from readkin.kernels.smith_waterman.batches import Pairs
from readkin.kernels.smith_waterman.wavefront import Costs, signed


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
