"""Join reads to pieces, best overlap first, each piece with its layout, under vetoes.

A piece is a set of reads with a common axis: a read covers ``position`` to ``position + length``
and runs along the axis where ``is_forward``. A placement puts one piece beside another. Before they
join, all alignments between them are read: those that agree with the placement and are clean speak
for it, those that agree and are not clean speak against it (conflict); and of the reads that come
to lie inside the other piece enough must have a clean alignment there (layout).
"""

from collections.abc import Iterable
from typing import Any, NamedTuple, Self

import numpy as np
from numba import njit, types
from numba.typed import Dict

from readkin.kernels.layout.composition import K, same_genome_likelihood
from readkin.kernels.layout.overlaps import LONG_READ_BP, Diagonals
from readkin.kernels.sequences.sequences import read_only

# Kinds of an overlap: nothing, clean, clean but ambiguous, the reads differ
NO_KIND, CLEAN, UNCLEAR, AGAINST = 0, 1, 2, 3
KIND_BITS = 2

TOLERANCE_BP = 5  # by which an alignment that agrees with a placement may deviate from it
LONG_TOLERANCE = 32  # 1 bp more for this many of the longer read, above LONG_READ_BP
INSIDE_BP = 75  # of a read that must lie within a piece for it to be inside
LESS_THAN_A_QUARTER = 4  # a refused pair is tried again when it has grown by this part

JOINED, IN_CONFLICT, WITHOUT_LAYOUT, UNLIKE = 0, 1, 2, 3

READ_STATE = np.dtype(
    [("piece", np.int32), ("next", np.int32), ("position", np.int32), ("length", np.int32)]
)


class PieceState(NamedTuple):
    """State of all pieces; a piece is named by one of its reads. All arrays are (reads,).

    Attributes:
        read: READ_STATE: name of the piece; next member, -1 at the end; position; length.
        is_forward: bool.
        last: int32, last member of the piece.
        size: int32, reads of the piece.
        low, high: int32, where the piece begins and ends on its axis.
        bases: int64, of its reads.
        composition: float32 (reads, dims), sums over its tetranucleotides (composition.py).
    """

    read: np.ndarray
    is_forward: np.ndarray
    last: np.ndarray
    size: np.ndarray
    low: np.ndarray
    high: np.ndarray
    bases: np.ndarray
    composition: np.ndarray


class Adjacency(NamedTuple):
    """Partners of each read, without overlaps of NO_KIND.

    Attributes:
        bounds: int64 (reads + 1,), read i has items ``bounds[i]:bounds[i + 1]`` of
        partner: int32.
        placement: int32, position of the partner in the frame of the read, is_reverse and kind:
            ``(position << 1 | is_reverse) << KIND_BITS | kind``.
    """

    bounds: np.ndarray
    partner: np.ndarray
    placement: np.ndarray


class Placements(NamedTuple):
    """Read b beside read a: its first base, as aligned, lies opposite position ``left`` of a.

    Attributes:
        read_a, read_b, left: int32 (n,).
        is_reverse: bool (n,).
    """

    read_a: np.ndarray
    read_b: np.ndarray
    is_reverse: np.ndarray
    left: np.ndarray

    @classmethod
    def of(cls, columns: Iterable[np.ndarray]) -> Self:
        """Return placements as arrays of the same types, for which kernels are compiled once."""
        dtypes = (np.int32, np.int32, np.bool_, np.int32)
        arrays = zip(columns, dtypes, strict=True)
        return cls(*(read_only(array.astype(dtype, copy=False)) for array, dtype in arrays))


class Vetoes(NamedTuple):
    """What may refuse a join.

    Attributes:
        max_conflict, min_held: see ``PieceRules``.
        clean_kinds: kinds of overlaps up to this one speak for a join.
        variance: float64 (dims,), of the composition of genomes.
        least_likelihood: logarithm; below, the composition of the pieces objects.
    """

    max_conflict: float
    min_held: float
    clean_kinds: int
    variance: np.ndarray
    least_likelihood: float


def single_reads(lengths: np.ndarray, composition: np.ndarray) -> PieceState:
    """Return each read as a piece of its own.

    Args:
        lengths: int64 (n,).
        composition: float32 (n, dims), as ``composition_sums`` returns.
    """
    n = len(lengths)
    read = np.zeros(n, READ_STATE)
    read["piece"], read["next"], read["length"] = np.arange(n), -1, lengths
    return PieceState(
        read=read,
        is_forward=np.ones(n, bool),
        last=np.arange(n, dtype=np.int32),
        size=np.ones(n, np.int32),
        low=np.zeros(n, np.int32),
        high=lengths.astype(np.int32),
        bases=lengths.astype(np.int64),
        composition=composition,
    )


@njit(cache=True, nogil=True)
def adjacency_of(overlaps: Diagonals, kind: np.ndarray, offsets: np.ndarray) -> Adjacency:
    """Return the partners of each read; ``kind`` is uint8 (overlaps,)."""
    bounds = np.zeros(offsets.size, np.int64)
    for e in range(kind.size):
        if kind[e] != NO_KIND:
            bounds[overlaps.read_a[e] + 1] += 1
            bounds[overlaps.read_b[e] + 1] += 1
    bounds = np.cumsum(bounds)
    free = bounds[:-1].copy()
    partner, placement = np.empty(bounds[-1], np.int32), np.empty(bounds[-1], np.int32)
    for e in range(kind.size):
        if kind[e] != NO_KIND:
            a, b = overlaps.read_a[e], overlaps.read_b[e]
            left, right = np.int64(overlaps.left[e]), np.int64(overlaps.right[e])
            is_reverse = overlaps.is_reverse[e]
            of_a = -left
            if is_reverse:
                of_a = (offsets[b + 1] - offsets[b]) - (offsets[a + 1] - offsets[a]) + right
            partner[free[a]], partner[free[b]] = b, a
            placement[free[a]] = (left << 1 | is_reverse) << KIND_BITS | kind[e]
            placement[free[b]] = (of_a << 1 | is_reverse) << KIND_BITS | kind[e]
            free[a] += 1
            free[b] += 1
    return Adjacency(bounds, partner, placement)


@njit(cache=True, nogil=True)
def join_pieces(
    state: PieceState,
    adjacency: Adjacency,
    placements: Placements,
    order: np.ndarray,
    slack: int,
    vetoes: Vetoes,
) -> np.ndarray:
    """Join pieces by placements of their reads, in order.

    Args:
        state: changed in place.
        adjacency: alignments that speak for and against joins.
        placements: overlaps, or mates.
        order: int64, indices of the placements to use.
        slack: bp by which the placements may be wrong.
        vetoes: limits.

    Returns:
        int64 (4,), numbers of pairs of pieces JOINED, IN_CONFLICT, WITHOUT_LAYOUT and UNLIKE.
    """
    counts = np.zeros(4, np.int64)
    refused = Dict.empty(types.int64, types.int64)  # reads of both pieces when they were refused
    n_reads = np.int64(state.size.size)
    for link in order:
        a, b = placements.read_a[link], placements.read_b[link]
        x, y = np.int64(state.read[a]["piece"]), np.int64(state.read[b]["piece"])
        if x == y:
            continue
        is_flipped, shift = piece_placement(
            state, a, b, placements.left[link], placements.is_reverse[link]
        )
        big, small = x, y
        if state.size[x] < state.size[y]:
            big, small = y, x
            if not is_flipped:  # the placement of x on the axis of y
                shift = -shift
        reads = np.int64(state.size[x]) + np.int64(state.size[y])
        pair = min(x, y) * n_reads + max(x, y)
        if pair in refused and reads * LESS_THAN_A_QUARTER < refused[pair] * (
            LESS_THAN_A_QUARTER + 1
        ):
            continue
        answer = _veto(state, adjacency, small, big, is_flipped, shift, slack, vetoes)
        counts[answer] += 1
        if answer == JOINED:
            _merge(state, small, big, is_flipped, shift)
        else:
            refused[pair] = reads
    return counts


@njit(cache=True, nogil=True)
def piece_placement(
    state: PieceState, a: Any, b: Any, left: Any, is_reverse: Any
) -> tuple[Any, Any]:
    """Return flip and shift that put the piece of read b on the axis of the piece of read a.

    The boundary between bases at p becomes ``shift + p``, or ``shift - p`` with a flip.
    """
    one, two = state.read[a], state.read[b]
    if state.is_forward[a]:
        position, is_forward = np.int64(one["position"]) + left, not is_reverse
    else:
        position = np.int64(one["position"]) + one["length"] - left - two["length"]
        is_forward = is_reverse
    if is_forward != state.is_forward[b]:
        return True, position + two["position"] + two["length"]
    return False, position - two["position"]


@njit(cache=True, nogil=True)
def place_pieces(
    state: PieceState, placements: Placements
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the pieces that each placement concerns, and where it puts them.

    Returns:
        int64, names of two pieces x and y, x <= y; bool and int64, flip and shift that put y on the
        axis of x (``piece_placement``).
    """
    n = placements.read_a.size
    x, y, shift = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    is_flipped = np.empty(n, np.bool_)
    for i in range(n):
        a, b = placements.read_a[i], placements.read_b[i]
        x[i], y[i] = state.read[a]["piece"], state.read[b]["piece"]
        is_flipped[i], shift[i] = piece_placement(
            state, a, b, placements.left[i], placements.is_reverse[i]
        )
        if x[i] > y[i]:
            x[i], y[i] = y[i], x[i]
            if not is_flipped[i]:
                shift[i] = -shift[i]
    return x, y, is_flipped, shift


@njit(cache=True, nogil=True)
def _veto(
    state: PieceState,
    adjacency: Adjacency,
    small: Any,
    big: Any,
    is_flipped: Any,
    shift: Any,
    slack: int,
    vetoes: Vetoes,
) -> int:
    """Return JOINED if nothing speaks against a placement of the small piece on the big one."""
    if _likelihood(state, small, big, vetoes.variance) < vetoes.least_likelihood:
        return UNLIKE
    low, high = np.int64(state.low[big]), np.int64(state.high[big])
    agree: Any = 0
    against: Any = 0
    inside = held = 0
    i: Any = np.int64(small)
    while i >= 0:
        own = state.read[i]
        length: Any = np.int64(own["length"])
        position = shift - own["position"] - length if is_flipped else shift + own["position"]
        is_forward = state.is_forward[i] != is_flipped
        clean: Any = 0
        for at in range(adjacency.bounds[i], adjacency.bounds[i + 1]):
            j = np.int64(adjacency.partner[at])
            other = state.read[j]
            if other["piece"] != big:
                continue
            packed = np.int64(adjacency.placement[at])
            beside = packed >> (KIND_BITS + 1)
            is_reverse = (packed >> KIND_BITS) & 1
            if not is_forward:
                beside = length - beside - other["length"]
            if (is_forward != (is_reverse == 1)) != state.is_forward[j]:
                continue
            tolerance: Any = slack + TOLERANCE_BP
            if max(length, other["length"]) > LONG_READ_BP:
                tolerance += max(length, other["length"]) // LONG_TOLERANCE
            if abs(position + beside - other["position"]) <= tolerance:
                kind = packed & ((1 << KIND_BITS) - 1)
                clean += kind <= vetoes.clean_kinds
                against += kind == AGAINST
        agree += clean
        covered = min(
            min(high, position - slack + length) - max(low, position - slack),
            min(high, position + slack + length) - max(low, position + slack),
        )
        if covered >= INSIDE_BP:
            inside += 1
            held += clean > 0
        i = np.int64(own["next"])
    if against > vetoes.max_conflict * (agree + against):
        return IN_CONFLICT
    return WITHOUT_LAYOUT if held < vetoes.min_held * inside else JOINED


@njit(cache=True, nogil=True)
def _likelihood(state: PieceState, small: Any, big: Any, variance: np.ndarray) -> float:
    bp_small = min(state.high[small] - state.low[small], state.bases[small])
    bp_big = min(state.high[big] - state.low[big], state.bases[big])
    return same_genome_likelihood(
        state.composition[small],
        max(1, state.bases[small] - (K - 1) * state.size[small]),
        bp_small,
        state.composition[big],
        max(1, state.bases[big] - (K - 1) * state.size[big]),
        bp_big,
        variance,
    )


@njit(cache=True, nogil=True)
def _merge(state: PieceState, small: Any, big: Any, is_flipped: Any, shift: Any) -> None:
    low, high = shift + state.low[small], shift + state.high[small]
    if is_flipped:
        low, high = shift - state.high[small], shift - state.low[small]
    i = np.int64(small)
    while i >= 0:
        own = state.read[i]
        own["piece"] = big
        own["position"] = (
            shift - own["position"] - own["length"] if is_flipped else shift + own["position"]
        )
        state.is_forward[i] ^= is_flipped
        i = np.int64(own["next"])
    state.read[state.last[big]]["next"] = small
    state.last[big] = state.last[small]
    state.size[big] += state.size[small]
    state.bases[big] += state.bases[small]
    for d in range(state.composition.shape[1]):
        state.composition[big, d] += state.composition[small, d]
    state.low[big], state.high[big] = min(state.low[big], low), max(state.high[big], high)
