"""Mates as placements of pieces: bundles of links that agree, and which of them stand."""

from typing import NamedTuple

import numpy as np

from readkin.kernels.layout.joining import PieceState, Placements, place_pieces
from readkin.kernels.layout.rivals import have_rivals
from readkin.kernels.radix_sort import stable_argsort
from readkin.pieces.copies import Fragments, Originals
from readkin.pieces.rules import PieceRules

LONGEST_FRAGMENT_BP = 2000
LEAST_FRAGMENTS, USUAL_FRAGMENT = 50, (300.0, 80.0)  # bp: length and spread if there are fewer
PIECE_SHIFT = np.uint64(33)  # above position and direction on a piece
FLIP_BIT = np.uint64(63)  # above all shifts
SPREADS = 3  # by which a link may be wrong
LARGE_PIECE_BP = 400
ONTO_BP = 300  # a piece put that far onto another one: chimeric mates


class MateLinks(NamedTuple):
    """Links of mates as placements of originals, and the bp by which these may be wrong."""

    placements: Placements
    slack: int

    def selected(self, rows: np.ndarray) -> "MateLinks":
        """Return some of the links, by index or mask."""
        return MateLinks(Placements.of(column[rows] for column in self.placements), self.slack)


class Bundles(NamedTuple):
    """Links that place piece y alike on the axis of piece x; of each two pieces the best bundle.

    Attributes:
        x, y: int64, names of pieces, x < y, sorted.
        is_flipped, shift: median placement, see ``piece_placement``; bool and int64.
        links: int64, number of links.
        elsewhere: int64, links of the same two pieces that place them differently.
        link: int64, index of one with the median placement.
    """

    x: np.ndarray
    y: np.ndarray
    is_flipped: np.ndarray
    shift: np.ndarray
    links: np.ndarray
    elsewhere: np.ndarray
    link: np.ndarray


def fragment_size(
    state: PieceState, fragments: Fragments, originals: Originals
) -> tuple[float, float]:
    """Return median and spread (1.48 median deviations) of the fragments within pieces, in bp."""
    i, j = (originals.read[end] for end in fragments)
    same = np.flatnonzero(state.read["piece"][i] == state.read["piece"][j])
    i, j = i[same], j[same]
    i_forward, j_forward = (
        state.is_forward[read] != originals.is_reverse[end[same]]
        for read, end in zip((i, j), fragments, strict=True)
    )
    facing = i_forward != j_forward
    first, second = np.where(i_forward, i, j)[facing], np.where(i_forward, j, i)[facing]
    position, length = state.read["position"], state.read["length"]
    size = position[second] + length[second] - position[first]
    size = size[(size > 0) & (size < LONGEST_FRAGMENT_BP)]
    if len(size) < LEAST_FRAGMENTS:
        return USUAL_FRAGMENT
    middle = float(np.median(size))
    return middle, float(1.48 * np.median(np.abs(size - middle)))


def mate_links(
    fragments: Fragments, originals: Originals, lengths: np.ndarray, middle: float, spread: float
) -> MateLinks:
    """Return the links of fragments of this length and spread; ``lengths`` are of all reads."""
    a, b = (originals.read[end] for end in fragments)
    turn_a, turn_b = (originals.is_reverse[end] for end in fragments)
    left = np.full(len(a), round(middle)) - lengths[b]
    left = np.where(turn_a, lengths[a] - left - lengths[b], left)
    placements = Placements.of((a, b, ~(turn_a ^ turn_b), left))
    return MateLinks(placements, round(SPREADS * spread))


def distinct_links(state: PieceState, fragments: Fragments, originals: Originals) -> np.ndarray:
    """Return the fragments that link different pieces, of amplified ones only the first.

    Copies of one fragment begin at the same positions in the same directions, whatever errors their
    reads have; they are no independent links.

    Returns:
        int64, indices of the fragments, ascending.
    """
    ends = []
    for mate in fragments:
        read = originals.read[mate]
        piece = state.read["piece"][read].astype(np.uint64)
        begin = state.read["position"][read].astype(np.int64) - state.low[piece]
        is_forward = state.is_forward[read] != originals.is_reverse[mate]
        begin += np.where(is_forward, 0, state.read["length"][read])
        ends.append(piece << PIECE_SHIFT | begin.astype(np.uint64) << np.uint64(1) | is_forward)
    apart = np.flatnonzero(ends[0] >> PIECE_SHIFT != ends[1] >> PIECE_SHIFT)
    low, high = np.minimum(*ends)[apart], np.maximum(*ends)[apart]
    order = stable_argsort(low, stable_argsort(high))
    is_new = np.diff(low[order], prepend=~low[order][:1]) != 0
    is_new |= np.diff(high[order], prepend=~high[order][:1]) != 0
    return apart[np.sort(order[is_new])]


def bundle_links(state: PieceState, links: MateLinks) -> Bundles:
    """Return the bundles of links between different pieces."""
    x, y, is_flipped, shift = place_pieces(state, links.placements)
    apart = np.flatnonzero(x != y)
    pair = x[apart].astype(np.uint64) * np.uint64(state.size.size) + y[apart].astype(np.uint64)
    place = (shift[apart] - shift[apart].min(initial=0)).astype(np.uint64)
    place |= is_flipped[apart].astype(np.uint64) << FLIP_BIT
    # Sorted by pair, flip, shift: a bundle ends where two neighbours are further apart than slack.
    order = stable_argsort(pair, stable_argsort(place))
    pair, order = pair[order], apart[order]
    x, y, is_flipped, shift = (column[order] for column in (x, y, is_flipped, shift))
    is_new_pair = np.diff(pair, prepend=np.uint64(2**64 - 1)) != 0
    is_new = is_new_pair | np.diff(is_flipped, prepend=False)
    is_new |= np.diff(shift, prepend=shift[:1]) > links.slack
    first = np.flatnonzero(is_new)
    count = np.diff(np.append(first, len(order)))
    pair_number = (np.cumsum(is_new_pair) - 1)[first]
    of_pair = np.bincount(pair_number, count).astype(np.int64)
    best = np.lexsort((-count, pair_number))
    best = best[np.flatnonzero(np.diff(pair_number[best], prepend=-1))]
    at, n_links = (first + count // 2)[best], count[best]
    return Bundles(
        x=x[at],
        y=y[at],
        is_flipped=is_flipped[at],
        shift=shift[at],
        links=n_links,
        elsewhere=of_pair - n_links,
        link=order[at],
    )


def standing_bundles(
    state: PieceState, bundles: Bundles, slack: int, least: int, rules: PieceRules
) -> np.ndarray:
    """Return the bundles by which pieces may be joined, best first; int64 indices.

    Args:
        state: of the pieces.
        bundles: of links.
        slack: bp by which a link may be wrong.
        least: number of links that are needed.
        rules: thresholds.
    """
    span = np.maximum(state.high - state.low, 1)
    depth = state.bases / span
    x, y = bundles.x, bundles.y
    stands = bundles.links >= least
    stands &= bundles.elsewhere <= rules.max_elsewhere * bundles.links
    is_large = np.minimum(span[x], span[y]) >= LARGE_PIECE_BP
    expected = rules.links_per_depth * np.minimum(depth[x], depth[y])
    stands &= ~is_large | (bundles.links >= expected)
    stands &= _are_uncontested(state, bundles, slack, rules.max_rival_share)
    chosen = np.flatnonzero(stands)
    return chosen[np.lexsort((bundles.link[chosen], -bundles.links[chosen]))]


def _are_uncontested(state: PieceState, bundles: Bundles, slack: int, share: float) -> np.ndarray:
    """Return whether neither of the two pieces has something else at that place.

    Bundles that put one piece far onto another one are mostly chimeric mates, as alignments would
    have joined the two: they do not stand, and they are nobody's rivals.
    """
    low, high = state.low.astype(np.int64), state.high.astype(np.int64)
    x, y, is_flipped, shift = bundles.x, bundles.y, bundles.is_flipped, bundles.shift
    y_low = np.where(is_flipped, shift - high[y], shift + low[y])
    y_high = np.where(is_flipped, shift - low[y], shift + high[y])
    x_low = np.where(is_flipped, shift - high[x], low[x] - shift)
    x_high = np.where(is_flipped, shift - low[x], high[x] - shift)
    doubt = slack / np.sqrt(np.maximum(1, bundles.links))
    onto = np.minimum(high[x], y_high) - np.maximum(low[x], y_low) >= ONTO_BP + doubt
    owner, lows, highs = np.append(x, y), np.append(y_low, x_low), np.append(y_high, x_high)
    order = np.lexsort((lows, owner))
    bounds = np.append(np.flatnonzero(np.diff(owner[order], prepend=-1)), len(order))
    is_contested = np.empty(len(order), bool)
    is_contested[order] = have_rivals(
        bounds,
        lows[order],
        highs[order],
        np.tile(np.where(onto, 0, bundles.links), 2)[order],
        np.tile(doubt, 2)[order].astype(np.int64),
        share,
    )
    return ~(is_contested[: len(x)] | is_contested[len(x) :] | onto)
