"""Upper bounds of the scores of alignments that leave a band, from the r-mers outside the band.

Let m be the score of a match, p the cost of a mismatch, g that of opening a gap, and consider a
part of an alignment that has no residue pair within the band, k pairs in all. Its runs of equal
bases are separated by mismatches and gaps. If no run has r bases or more, each run but the last one
is at most r - 1 matches and one mismatch, or at most r - 1 matches and one gap. So with

    d = max(((r - 1) m - p) / r, ((r - 1) m - g) / (r - 1), 0)

the part scores at most d k + (m - d)(r - 1). A longer run of n bases contains n - r + 1 equal
r-mers outside the band, a hit each. Without as many of its pairs it would be a run of r - 1, and
each of these pairs adds m instead of d. So with h hits, the part scores at most

    d k + (m - d)(r - 1 + h).

All hits of two sequences are known (anchors.py), so this is a proof, not an estimate. Two random
sequences of n bases have about n^2 / 4^r hits; `best_r` chooses the r with the lowest bound. For
10,000 bases and the usual costs it is 9 and the bound is 1.47 per pair instead of 2.

An alignment that is not within the band is of one of these kinds:

- It comes back to the band. The cells of the band next to the outside get, as the score of their
  outer neighbours, the highest score that a part outside can have there: that with which it left
  the band, or 0 if it begins outside, plus the bound of that part. So all scores in
  the band are upper bounds, however often an alignment leaves and comes back, and if the traceback
  of the highest one does not leave the band, none of these alignments is better (`enter_edge`).
- It ends outside the band: the score of the last cell in the band plus the bound of the part from
  there to the nearer end of the two sequences.
- It is never in the band: the bound of all pairs that are possible on one side of the band
  (`highest_beside`).
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.smith_waterman.anchors import LONGEST_R, Runs
from readkin.kernels.smith_waterman.line_band import Band, is_in_band
from readkin.kernels.smith_waterman.wavefront import Costs, signed

SHORTEST_R = 6
LOW, HIGH, ENDING = range(3)  # of `Outside.current`
FRACTIONS = 1 << 10  # bounds are rounded up to such a fraction of a score


class Outside(NamedTuple):
    """What is known about the scores outside a band.

    Attributes:
        is_bounded: whether scores outside are bounded; otherwise they count as 0.
        steps: antidiagonals of the matrix.
        pair, run, hit: d, (m - d)(r - 1) and m - d; these and all bounds in fractions of a score.
        hits: number of hits outside the band.
        hits_at: int32 (steps,), hits whose last base is on each antidiagonal.
        before_a, before_b: int32 (length + 1,), hits whose last base is before each position.
        current: int64 (3,); bound without `run` of parts that left the band at its low and at its
            high edge up to the current step, and of all alignments that end outside.
    """

    is_bounded: bool
    steps: int
    pair: int
    run: int
    hit: int
    hits: int
    hits_at: np.ndarray
    before_a: np.ndarray
    before_b: np.ndarray
    current: np.ndarray


@njit(cache=True, nogil=True)
def gain_of_pair(costs: Costs, r: int) -> float:
    """Return d, the bound per residue pair."""
    matches = (r - 1) * costs.highest
    return max((matches + costs.lowest) / r, (matches - costs.gap_open) / (r - 1), 0.0)


@njit(cache=True, nogil=True)
def best_r(costs: Costs, length_a: int, length_b: int) -> int:
    """Return the r for which the bound of random sequences of these lengths is lowest."""
    best, lowest = LONGEST_R, math.inf
    for r in range(SHORTEST_R, LONGEST_R + 1):
        gain = gain_of_pair(costs, r)
        bound = gain + (costs.highest - gain) * max(length_a, length_b) / 4.0**r
        if bound < lowest:
            best, lowest = r, bound
    return best


@njit(cache=True, nogil=True)
def count_hits(
    runs: Runs,
    found: int,
    r: int,
    band: Band,
    lengths: tuple[int, int],
    hits_at: np.ndarray,
    before_a: np.ndarray,
    before_b: np.ndarray,
) -> int:
    """Fill `hits_at`, `before_a` and `before_b` of `Outside`; return the number of hits."""
    length_a, length_b = lengths
    hits_at[: length_a + length_b] = 0
    before_a[: length_a + 1] = 0
    before_b[: length_b + 1] = 0
    hits = 0
    for run in range(found):
        in_a, in_b = runs.end_a[run] - runs.length[run], runs.end_b[run] - runs.length[run]
        consecutive = 0
        for _ in range(runs.length[run]):
            consecutive = 0 if is_in_band(band, in_a, in_b) else consecutive + 1
            if consecutive >= r:
                hits += 1
                hits_at[in_a + in_b] += 1
                before_a[in_a + 1] += 1
                before_b[in_b + 1] += 1
            in_a += 1
            in_b += 1
    for before, length in ((before_a, length_a), (before_b, length_b)):
        for position in range(length):
            before[position + 1] += before[position]
    return hits


class Edges(NamedTuple):
    """Bounds of parts of alignments beside a few steps of a band, at its low and at its high edge.

    Attributes:
        begun: bounds of parts that began outside and reach one of the steps, in fractions; -1 if no
            cell beside the steps is in the matrix.
        left: bounds of parts that leave the band in these steps and end outside; likewise.
    """

    begun: tuple[int, int]
    left: tuple[int, int]


@njit(cache=True, nogil=True)
def edges_of(
    outside: Outside, band: Band, first: int, last: int, length_a: int, length_b: int
) -> Edges:
    """Return the bounds beside the steps from `first` to `last` of a band."""
    if not outside.is_bounded:
        return Edges((-1, -1), (-1, -1))
    first_a, last_a = signed(band.first_a[first]), signed(band.first_a[last])
    first_b, last_b = band.first_step + first - first_a, band.first_step + last - last_a
    low = _beside(outside, (first_a - 1, first_b + 1), (last_a - 1, last_b + 1), length_a, length_b)
    width = band.width
    high = _beside(
        outside,
        (first_a + width, first_b - width),
        (last_a + width, last_b - width),
        length_a,
        length_b,
    )
    return Edges((low[0], high[0]), (low[1], high[1]))


@njit(cache=True, nogil=True)
def _beside(
    outside: Outside, first: tuple[int, int], last: tuple[int, int], length_a: int, length_b: int
) -> tuple[int, int]:
    """Return the bounds for the cells (position in a, in b) from `first` to `last` of an edge.

    Neither position decreases from step to step.
    """
    last_a, last_b = min(last[0], length_a - 1), min(last[1], length_b - 1)
    first_a, first_b = max(first[0], 0), max(first[1], 0)
    if last_a < 0 or last_b < 0 or first_a >= length_a or first_b >= length_b:
        return -1, -1
    hits = min(outside.before_a[last_a + 1], outside.before_b[last_b + 1])
    begun = outside.pair * (min(last_a, last_b) + 1) + outside.hit * hits
    hits = outside.hits - max(outside.before_a[first_a], outside.before_b[first_b])
    left = outside.pair * min(length_a - first_a, length_b - first_b) + outside.hit * hits
    return begun, left


@njit(cache=True, nogil=True, forceinline=True)
def growth_at(outside: Outside, antidiagonal: int) -> int:
    """Return by how much the bound of a part outside grows at a step, in fractions."""
    growth = outside.pair // 2 + 1
    if 0 <= antidiagonal < outside.steps:
        growth += outside.hit * outside.hits_at[antidiagonal]
    return growth


@njit(cache=True, nogil=True, forceinline=True)
def enter_edge(
    outside: Outside, edges: Edges, edge: int, growth: int, by_gap: int, by_pair: int
) -> int:
    """Enter the scores with which alignments leave the band at one edge in one step.

    Args:
        outside: `current` is updated.
        edges: bounds of the step.
        edge: LOW or HIGH.
        growth: as from `growth_at`.
        by_gap: the score with which a gap leaves the band.
        by_pair: the score from which a residue pair has left it; 0 if that is not possible.

    Returns:
        The bound of the scores of the cells next to the edge.
    """
    bound = max(
        outside.current[edge] + growth, by_gap * FRACTIONS, by_pair * FRACTIONS + outside.pair
    )
    outside.current[edge] = bound
    if edges.begun[edge] < 0:
        return 0
    # One pair more, because a part may begin and end with a pair: k pairs take 2 k - 1 steps.
    bound = max(bound, edges.begun[edge]) + outside.run + outside.pair
    return (bound + FRACTIONS - 1) // FRACTIONS


@njit(cache=True, nogil=True, forceinline=True)
def enter_endings(outside: Outside, edges: Edges, top_low: int, top_high: int) -> None:
    """Enter the highest scores of a few steps at both edges, for alignments that end outside."""
    for edge, top in ((LOW, top_low), (HIGH, top_high)):
        if edges.left[edge] >= 0:
            bound = top * FRACTIONS + edges.left[edge] + outside.run + outside.pair
            outside.current[ENDING] = max(outside.current[ENDING], bound)


@njit(cache=True, nogil=True)
def highest_beside(outside: Outside, band: Band, lengths: tuple[int, int]) -> int:
    """Return the bound of alignments that have no cell in the band, in fractions."""
    length_a, length_b = lengths
    most = min(length_a, length_b)
    # Diagonals, position in a - position in b: the highest one with a cell before the band, and the
    # lowest one with a cell after it, are at most these.
    before, after = -length_b, length_a
    for step in range(band.steps):
        diagonal = 2 * signed(band.first_a[step]) - band.first_step - step
        before = max(before, diagonal)
        after = min(after, diagonal + 2 * (band.width - 1))
    if band.steps == 0:
        before, after = length_a, -length_b
    pairs = max(min(most, length_b + before), min(most, length_a - after), 0)
    return outside.pair * pairs + outside.run + outside.hit * outside.hits
