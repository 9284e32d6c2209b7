"""What a band can hide: a bound for all alignments that leave it."""

import numpy as np
from numba import njit

from readkin.kernels.smith_waterman.batches import Pairs
from readkin.kernels.smith_waterman.wavefront import Costs, signed


@njit(cache=True, nogil=True)
def highest_outside(pairs: Pairs, half_width: int, costs: Costs) -> np.ndarray:
    """Upper bound of the score of alignments with a pair of letters farther than half_width from
    the diagonal, int64 (pairs,).

    Take such an alignment beyond diagonal + half_width (the other side is alike), and let its
    diagonals, seen from the band's middle, lie at `reach` or higher. It pairs no more letters than
    the longest of these diagonals has, and where `reach` is below half_width + 1 it has gaps of as
    many letters. So the bound is the highest value, over all reaches, of

        letters(reach) * best letter score - cost of a gap of half_width + 1 - reach letters,

    which is piecewise linear in `reach` and therefore highest at one of the places it bends.
    """
    bounds = np.empty(pairs.index_a.size, np.int64)
    for pair in range(bounds.size):
        index_a, index_b = pairs.index_a[pair], pairs.index_b[pair]
        length_a = pairs.a.offsets[index_a + 1] - pairs.a.offsets[index_a]
        length_b = pairs.b.offsets[index_b + 1] - pairs.b.offsets[index_b]
        diagonal = signed(pairs.diagonal[pair])
        bounds[pair] = max(
            _beyond_edge(length_a, length_b, diagonal, half_width, costs),
            _beyond_edge(length_b, length_a, -diagonal, half_width, costs),
        )
    return bounds


@njit(cache=True, nogil=True)
def _beyond_edge(along: int, across: int, middle: int, half_width: int, costs: Costs) -> int:
    """The bound for one of the two edges; at least 0."""
    bound, beyond = 0, half_width + 1
    for bend in (beyond, half_width, -middle, along - across - middle):
        reach = min(bend, beyond)
        letters = min(along - max(middle + reach, 0), across)
        gap = beyond - reach
        cost = costs.gap_open + (gap - 1) * costs.gap_extend if gap > 0 else 0
        bound = max(bound, letters * costs.highest - cost)
    return bound
