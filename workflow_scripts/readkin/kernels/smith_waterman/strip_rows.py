"""Smith-Waterman scores of 8 bits, row by row within a strip of columns.

For processors with 16 vector registers (AVX2): these hold the scores and deletions of the previous
row, but not all that the antidiagonals of wavefront.py need.

Score 0 is stored as the lowest signed number and numbers saturate, so no score falls below 0, and
one that is too high remains the highest number. A deletion that follows an insertion is not
considered: an alignment with both in reverse order ends in the same cell with the same score. So
a column waits for two operations of the column before it, and the processor computes several rows
at a time, out of order.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import cgutils, types

from readkin.kernels.simd.vectors import (
    VECTOR_BYTES,
    add,
    aligned_zeros,
    emit_add_saturated,
    emit_load,
    emit_signed_maximum,
    emit_subtract_saturated,
    load,
    splat,
    store,
    subtract,
    vector_function,
)
from readkin.kernels.smith_waterman.steps import COLUMNS, Profile
from readkin.kernels.smith_waterman.wavefront import Borders, Costs, Frame, Strip

LANES = VECTOR_BYTES
ROW_COLUMNS = 4  # columns of a strip; more need too many registers
ZERO = 128  # stored score 0; as a signed number -128
ROW_FILLER_SCORE = -127  # score of filler residues: no other score is lower


def row_frame(costs: Costs) -> Frame:
    """Return the frame of `sweep_rows`, which represents score 0 by the same number everywhere."""
    zeros = aligned_zeros(LANES, np.uint8)
    zeros[:] = ZERO
    return Frame(
        zeros=zeros,
        shifts=aligned_zeros(LANES, np.uint8),
        opening=costs.gap_open,
        extending=costs.gap_extend,
        level=ZERO,
        limit=255,
    )


@vector_function
def _advance_row(
    typing_context: Any, profile: Any, first: Any, above: Any, left: Any, best: Any, costs: Any
) -> Any:
    """Return the scores and deletions of a row, its last insertion and score, and the best score.

    Args:
        profile: scores of residue pairs.
        first: index in `profile` at which the scores of the row's residue begin.
        above: scores of the previous row, and deletions that end in this row; two tuples.
        left: score of the previous row and insertion, both of the column before the strip.
        best: best score so far.
        costs: of opening and of extending a gap.
    """
    strip = above[0]
    result = types.Tuple((above, types.UniTuple(best, 2), best))

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, start, _, _, highest, _ = arguments
        scores, deletions = (
            cgutils.unpack_tuple(builder, each)
            for each in cgutils.unpack_tuple(builder, arguments[2])
        )
        diagonal, insertion = cgutils.unpack_tuple(builder, arguments[3])
        opening, extending = cgutils.unpack_tuple(builder, arguments[5])
        for column in range(ROW_COLUMNS):
            at = builder.add(start, ir.Constant(start.type, column * LANES))
            paired = emit_load(context, builder, profile, array, at)
            score = emit_add_saturated(builder, diagonal, paired)
            score = emit_signed_maximum(builder, score, deletions[column])
            opened = emit_subtract_saturated(builder, score, opening)
            score = emit_signed_maximum(builder, score, insertion)
            longer = emit_subtract_saturated(builder, insertion, extending)
            insertion = emit_signed_maximum(builder, longer, opened)
            longer = emit_subtract_saturated(builder, deletions[column], extending)
            deletions[column] = emit_signed_maximum(builder, longer, opened)
            highest = emit_signed_maximum(builder, highest, score)
            diagonal, scores[column] = scores[column], score
        row = [context.make_tuple(builder, strip, each) for each in (scores, deletions)]
        right = context.make_tuple(builder, result.types[1], [scores[-1], insertion])
        return context.make_tuple(
            builder, result, [context.make_tuple(builder, above, row), right, highest]
        )

    return result(profile, first, above, left, best, costs), generate


@njit(cache=True, nogil=True, forceinline=True)
def sweep_rows(
    source: Profile,
    frame: Frame,
    borders: Borders,
    strip: Strip,
    traceback: None,
    strip_states: None,
) -> None:
    """Compute the first `strip.steps` rows of a strip; otherwise like `sweep_strip`."""
    zero = load(frame.zeros, 0)
    costs = splat(frame.zeros, frame.opening), splat(frame.zeros, frame.extending)
    above = (zero, zero, zero, zero), (zero, zero, zero, zero)
    diagonal, best = zero, add(load(borders.best, strip.number * LANES), zero)
    for row in range(strip.steps):
        at = (row + COLUMNS) * LANES
        left = load(borders.scores, at)
        first = source.rows[row + COLUMNS - 1]
        borders_left = diagonal, load(borders.insertions, at)
        above, right, best = _advance_row(source.scores, first, above, borders_left, best, costs)
        store(borders.scores, at, right[0])
        store(borders.insertions, at, right[1])
        diagonal = left
    store(borders.best, (strip.number + 1) * LANES, subtract(best, zero))
