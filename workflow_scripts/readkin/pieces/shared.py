"""Shared pieces: sequence that several places have in common, as repeats and conserved genes."""

import numpy as np

from readkin.kernels.layout.frames import BRANCHES_LEFT, BRANCHES_RIGHT
from readkin.kernels.layout.joining import PieceState
from readkin.kernels.layout.read_counts import ReadCounts

OUTERMOST_BP, NEAR_END_BP = 30, 100  # of a piece
SHORT_PIECE_BP = 1000
STRETCH_BP = 300  # shorter pieces have no reliable depth
DEEPER = 1.3  # than the pieces around, which a longer shared piece has to be


def find_shared_pieces(
    state: PieceState,
    branches: np.ndarray,
    counts: ReadCounts,
    ambiguous: tuple[np.ndarray, np.ndarray],
    max_against: float,
) -> np.ndarray:
    """Return the names of pieces that are shared sequence, bool (reads,).

    Both ends branch: most of the outermost reads saw their sequence continue in two ways. And near
    both ends the reads of hardly any alignment differ: a piece that merely borders on shared
    sequence has reads that reach into it, and these align, and differ, with reads of the other
    places that border on it. Above 1 kb, the piece is also deeper than those around it.

    Args:
        state: of the pieces.
        branches: uint8 (reads,), bits BRANCHES_LEFT and BRANCHES_RIGHT.
        counts: of the alignments of each read.
        ambiguous: reads a and reads b of the ambiguous alignments, which lead to the pieces around.
        max_against: share of alignments that may tell reads apart.
    """
    n = len(branches)
    piece, position, length = (state.read[name] for name in ("piece", "position", "length"))
    span = state.high - state.low
    depth = state.bases / np.maximum(span, 1)
    is_shared = np.ones(n, bool)
    left, right = branches & BRANCHES_LEFT > 0, branches & BRANCHES_RIGHT > 0
    for is_low_end in (True, False):
        gap = position - state.low[piece] if is_low_end else state.high[piece] - position - length
        continues_twice = np.where(state.is_forward == is_low_end, left, right)
        outermost = np.flatnonzero(gap < OUTERMOST_BP)
        reads = np.bincount(piece[outermost], minlength=n)
        branching = np.bincount(piece[outermost], continues_twice[outermost], minlength=n)
        near = np.flatnonzero(gap < NEAR_END_BP)
        against = np.bincount(piece[near], counts.against[near], minlength=n)
        alignments = np.bincount(piece[near], counts.every[near], minlength=n)
        is_shared &= (reads > 0) & (2 * branching >= reads)
        is_shared &= against <= max_against * alignments
    a, b = (piece[read] for read in ambiguous)
    apart = a != b
    x, y = np.append(a[apart], b[apart]), np.append(b[apart], a[apart])
    is_stretch = span[y] >= STRETCH_BP
    x, y = x[is_stretch], y[is_stretch]
    n_around = np.bincount(x, minlength=n)
    around = np.bincount(x, depth[y], minlength=n) / np.maximum(n_around, 1)
    return is_shared & ((span <= SHORT_PIECE_BP) | (n_around > 0) & (depth >= DEEPER * around))
