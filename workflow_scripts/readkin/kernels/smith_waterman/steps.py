"""One step of the Smith-Waterman recurrence: LLVM code for the COLUMNS cells of a strip's step.

What a strip holds of each kind (scores, gaps) is a tuple of COLUMNS vectors, which live in
registers. smith_waterman_wavefront.py explains the recurrence and calls these functions.
"""

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types

from readkin.kernels.simd.vectors import (
    emit_load,
    emit_maximum,
    emit_pointer,
    vector_function,
    vector_of,
)

# Measured: fewer leave the processor waiting, more need more registers than there are.
COLUMNS = 6


class Profile(NamedTuple):
    """Scores of the letters of a strip over each letter that a row can have."""

    scores: np.ndarray  # (letters, COLUMNS, lanes), flat; as `framed`
    rows: np.ndarray  # int64 (steps + COLUMNS,): where the scores of a row's letter begin


class Letters(NamedTuple):
    """The letters themselves; row r is number COLUMNS - 1 + r of `rows`."""

    scores: np.ndarray  # (2, lanes), flat: score of equal letters, of unequal ones; as `framed`
    rows: np.ndarray  # (steps + COLUMNS, lanes), flat
    columns: np.ndarray  # (columns, lanes), flat


class Kept(NamedTuple):
    """All scores of a table, for finding the way back; flat."""

    cells: np.ndarray  # (strips, steps, COLUMNS, lanes): scores in the frame
    highest: np.ndarray  # (strips, steps, lanes): highest score of the step, as plain number


@vector_function
def repeated(typing_context: Any, vector: Any) -> Any:
    """A tuple of COLUMNS times the same vector."""
    several = types.UniTuple(vector, COLUMNS)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.make_tuple(builder, several, [arguments[0]] * COLUMNS)

    return several(vector), generate


@vector_function
def each_minus(typing_context: Any, vectors: Any, subtrahend: Any) -> Any:
    """A tuple of vectors, each less the same one."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        each = cgutils.unpack_tuple(builder, arguments[0])
        less = [builder.sub(vector, arguments[1]) for vector in each]
        return context.make_tuple(builder, vectors, less)

    return vectors(vectors, subtrahend), generate


@vector_function
def load_strip(typing_context: Any, array: Any, at: Any) -> Any:
    """COLUMNS vectors from vector number `at` on, as a tuple."""
    vector = vector_of(array)
    if vector is None:
        return None
    several = types.UniTuple(vector, COLUMNS)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vectors = [
            emit_load(context, builder, array, arguments[0], place)
            for place in _emit_places(builder, arguments[1], vector.lanes)
        ]
        return context.make_tuple(builder, several, vectors)

    return several(array, types.intp), generate


@vector_function
def store_strip(typing_context: Any, array: Any, at: Any, vectors: Any) -> Any:
    """Write a tuple of COLUMNS vectors to vector number `at` and on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        places = _emit_places(builder, arguments[1], vectors.dtype.lanes)
        each = cgutils.unpack_tuple(builder, arguments[2])
        for place, vector in zip(places, each, strict=True):
            _emit_store(context, builder, array, arguments[0], place, vector)
        return context.get_dummy_value()

    return types.void(array, types.intp, vectors), generate


@vector_function
def keep_step(typing_context: Any, kept: Any, step: Any, scores: Any, highest: Any) -> Any:
    """Keep the scores of a step, whose number counts over all strips; nothing if `kept` is None."""
    lanes = highest.lanes

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if kept != types.none:
            whole, number, each, top = arguments
            cells, tops = (builder.extract_value(whole, index) for index in range(2))
            first = builder.mul(number, ir.Constant(number.type, COLUMNS))
            places = _emit_places(builder, first, lanes)
            vectors = cgutils.unpack_tuple(builder, each)
            for place, vector in zip(places, vectors, strict=True):
                _emit_store(context, builder, kept.types[0], cells, place, vector)
            place = builder.mul(number, ir.Constant(number.type, lanes))
            _emit_store(context, builder, kept.types[1], tops, place, top)
        return context.get_dummy_value()

    return types.void(kept, types.intp, scores, highest), generate


def _emit_store(
    context: Any, builder: Any, array_type: Any, array: Any, place: Any, vector: Any
) -> None:
    pointer = emit_pointer(context, builder, array_type, array, place)
    builder.store(vector, builder.bitcast(pointer, vector.type.as_pointer())).align = 1


def _emit_places(builder: Any, first: Any, lanes: int) -> list[Any]:
    """LLVM code for the places of COLUMNS vectors in an array, from vector number `first` on."""
    numbers = [builder.add(first, ir.Constant(first.type, index)) for index in range(COLUMNS)]
    return [builder.mul(number, ir.Constant(first.type, lanes)) for number in numbers]


@vector_function
def columns_of(typing_context: Any, source: Any, column: Any, vector: Any) -> Any:
    """The letters of a strip that begins at `column`, as a tuple; of a profile, anything."""
    several = types.UniTuple(vector, COLUMNS)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole, first, anything = arguments
        if source.instance_class is Profile:
            return context.make_tuple(builder, several, [anything] * COLUMNS)
        field = Letters._fields.index("columns")
        array = builder.extract_value(whole, field)
        vectors = [
            emit_load(context, builder, source.types[field], array, place)
            for place in _emit_places(builder, first, vector.lanes)
        ]
        return context.make_tuple(builder, several, vectors)

    return several(source, types.intp, vector), generate


@vector_function
def pair_scores(
    typing_context: Any, source: Any, columns: Any, step: Any, match: Any, mismatch: Any
) -> Any:
    """Scores of the cells of a step, as a tuple."""
    lanes = columns.dtype.lanes

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole, letters, first, equal, unequal = arguments
        field = source.instance_class._fields.index
        of_row = builder.extract_value(whole, field("rows"))
        type_of_rows = source.types[field("rows")]
        found = []
        for index, letter in enumerate(cgutils.unpack_tuple(builder, letters)):
            row = builder.add(first, ir.Constant(first.type, COLUMNS - 1 - index))
            if source.instance_class is Profile:
                at = builder.load(emit_pointer(context, builder, type_of_rows, of_row, row))
                at = builder.add(at, ir.Constant(at.type, index * lanes))
                scores = builder.extract_value(whole, field("scores"))
                found.append(emit_load(context, builder, source.types[field("scores")], scores, at))
            else:
                at = builder.mul(row, ir.Constant(row.type, lanes))
                other = emit_load(context, builder, type_of_rows, of_row, at)
                is_equal = builder.icmp_unsigned("==", letter, other)
                found.append(builder.select(is_equal, equal, unequal))
        return context.make_tuple(builder, columns, found)

    return columns(source, columns, types.intp, match, mismatch), generate


@vector_function
def advance(
    typing_context: Any,
    before: Any,
    insertions: Any,
    deletions: Any,
    left: Any,
    paired: Any,
    costs: Any,
) -> Any:
    """Scores, insertions and deletions of the cells of a step (tuples), and the highest score.

    `before` are the scores of two steps ago; `left` = score two steps ago and insertion of the
    column before the strip; `costs` = zero and opening.
    """
    result = types.Tuple((before, before, before, before.dtype))

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        scores_before, along_row, along_column, borders, of_pairs, (zero, opening) = (
            cgutils.unpack_tuple(builder, argument) for argument in arguments
        )
        from_left = [borders[1], *along_row[:-1]]
        diagonals = [borders[0], *scores_before[:-1]]
        moved: list[tuple[Any, ...]] = []
        highest = None
        # From the last column on, as each one needs what the one before it was two steps ago.
        for index in reversed(range(COLUMNS)):
            gap = emit_maximum(builder, from_left[index], along_column[index])
            paired_score = builder.add(diagonals[index], of_pairs[index])
            score = emit_maximum(builder, paired_score, zero)
            score = emit_maximum(builder, score, builder.sub(gap, opening))
            longer = [
                emit_maximum(builder, gap, score) for gap in (from_left[index], along_column[index])
            ]
            moved.insert(0, (score, *longer))
            highest = score if highest is None else emit_maximum(builder, highest, score)
        tuples = [
            context.make_tuple(builder, before, vectors) for vectors in zip(*moved, strict=True)
        ]
        return context.make_tuple(builder, result, [*tuples, highest])

    return result(before, insertions, deletions, left, paired, costs), generate
