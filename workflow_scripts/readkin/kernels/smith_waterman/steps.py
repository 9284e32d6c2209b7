"""One step of the Smith-Waterman recurrence: LLVM code for the COLUMNS cells of a strip's step.

The state of a strip (scores, insertions, deletions) consists of tuples of COLUMNS vectors, which
stay in registers. wavefront.py describes the recurrence and calls these functions.
"""

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types

from readkin.kernels.simd.vectors import (
    emit_load,
    emit_maximum,
    emit_pointer,
    emit_store,
    vector_function,
    vector_of,
)

# Chosen by measurement: fewer columns leave the processor idle, more need too many registers. The
# same on every processor: which of several best alignments is found first depends on it.
COLUMNS = 6


class Profile(NamedTuple):
    """Scores of the residues of a strip with each residue that a row can have.

    Attributes:
        scores: (residues, COLUMNS, lanes), flat; as from `framed`.
        rows: int64 (steps + COLUMNS,), index at which the scores of a row's residue begin.
    """

    scores: np.ndarray
    rows: np.ndarray


class LaneResidues(NamedTuple):
    """Residues of the matrices of all lanes; row r is at index COLUMNS - 1 + r of `rows`.

    Attributes:
        scores: (2, lanes), flat; score of equal residues, of unequal ones; as from `framed`.
        rows: (steps + COLUMNS, lanes), flat; residue codes.
        columns: (columns, lanes), flat; residue codes.
    """

    scores: np.ndarray
    rows: np.ndarray
    columns: np.ndarray


class TracebackMatrix(NamedTuple):
    """All scores of the DP matrices of a batch, for the traceback.

    Attributes:
        cells: (strips, steps, COLUMNS, lanes), flat; framed scores.
        highest: (strips, steps, lanes), flat; highest score of each step, not framed.
    """

    cells: np.ndarray
    highest: np.ndarray


@vector_function
def repeated(typing_context: Any, vector: Any) -> Any:
    """Return a tuple that contains the same vector COLUMNS times."""
    several = types.UniTuple(vector, COLUMNS)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.make_tuple(builder, several, [arguments[0]] * COLUMNS)

    return several(vector), generate


@vector_function
def each_minus(typing_context: Any, vectors: Any, subtrahend: Any) -> Any:
    """Subtract the same vector from each vector of a tuple."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        each = cgutils.unpack_tuple(builder, arguments[0])
        less = [builder.sub(vector, arguments[1]) for vector in each]
        return context.make_tuple(builder, vectors, less)

    return vectors(vectors, subtrahend), generate


@vector_function
def load_strip(typing_context: Any, array: Any, first: Any) -> Any:
    """Load COLUMNS vectors as a tuple; `first` counts vectors."""
    vector = vector_of(array)
    if vector is None:
        return None
    several = types.UniTuple(vector, COLUMNS)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vectors = [
            emit_load(context, builder, array, arguments[0], index)
            for index in _emit_indices(builder, arguments[1], vector.lanes)
        ]
        return context.make_tuple(builder, several, vectors)

    return several(array, types.intp), generate


@vector_function
def store_strip(typing_context: Any, array: Any, first: Any, vectors: Any) -> Any:
    """Store a tuple of COLUMNS vectors; `first` counts vectors."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        indices = _emit_indices(builder, arguments[1], vectors.dtype.lanes)
        each = cgutils.unpack_tuple(builder, arguments[2])
        for index, vector in zip(indices, each, strict=True):
            emit_store(context, builder, array, arguments[0], index, vector)
        return context.get_dummy_value()

    return types.void(array, types.intp, vectors), generate


@vector_function
def store_step(typing_context: Any, traceback: Any, step: Any, scores: Any, highest: Any) -> Any:
    """Store the scores of a step in the traceback matrix; do nothing if that is None.

    `step` counts the steps of all strips.
    """
    lanes = highest.lanes

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if traceback != types.none:
            whole, number, each, top = arguments
            cells, tops = (builder.extract_value(whole, index) for index in range(2))
            first = builder.mul(number, ir.Constant(number.type, COLUMNS))
            indices = _emit_indices(builder, first, lanes)
            vectors = cgutils.unpack_tuple(builder, each)
            for index, vector in zip(indices, vectors, strict=True):
                emit_store(context, builder, traceback.types[0], cells, index, vector)
            index = builder.mul(number, ir.Constant(number.type, lanes))
            emit_store(context, builder, traceback.types[1], tops, index, top)
        return context.get_dummy_value()

    return types.void(traceback, types.intp, scores, highest), generate


def _emit_indices(builder: Any, first: Any, lanes: int) -> list[Any]:
    """Generate the indices of COLUMNS vectors in an array, beginning at vector `first`."""
    numbers = [builder.add(first, ir.Constant(first.type, index)) for index in range(COLUMNS)]
    return [builder.mul(number, ir.Constant(first.type, lanes)) for number in numbers]


@vector_function
def strip_residues(typing_context: Any, source: Any, column: Any, vector: Any) -> Any:
    """Load the residues of the strip that begins at `column`, as a tuple.

    A profile has no residues: the result then is a tuple of `vector`, which is not used.
    """
    several = types.UniTuple(vector, COLUMNS)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole, first, unused = arguments
        if source.instance_class is Profile:
            return context.make_tuple(builder, several, [unused] * COLUMNS)
        field = LaneResidues._fields.index("columns")
        array = builder.extract_value(whole, field)
        vectors = [
            emit_load(context, builder, source.types[field], array, index)
            for index in _emit_indices(builder, first, vector.lanes)
        ]
        return context.make_tuple(builder, several, vectors)

    return several(source, types.intp, vector), generate


@vector_function
def pair_scores(
    typing_context: Any, source: Any, columns: Any, step: Any, match: Any, mismatch: Any
) -> Any:
    """Return the scores of the residue pairs of a step, as a tuple."""
    lanes = columns.dtype.lanes

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole, residues, first, equal, unequal = arguments
        field = source.instance_class._fields.index
        of_row = builder.extract_value(whole, field("rows"))
        type_of_rows = source.types[field("rows")]
        results = []
        for index, residue in enumerate(cgutils.unpack_tuple(builder, residues)):
            row = builder.add(first, ir.Constant(first.type, COLUMNS - 1 - index))
            if source.instance_class is Profile:
                at = builder.load(emit_pointer(context, builder, type_of_rows, of_row, row))
                at = builder.add(at, ir.Constant(at.type, index * lanes))
                scores = builder.extract_value(whole, field("scores"))
                type_of_scores = source.types[field("scores")]
                results.append(emit_load(context, builder, type_of_scores, scores, at))
            else:
                at = builder.mul(row, ir.Constant(row.type, lanes))
                other = emit_load(context, builder, type_of_rows, of_row, at)
                is_equal = builder.icmp_unsigned("==", residue, other)
                results.append(builder.select(is_equal, equal, unequal))
        return context.make_tuple(builder, columns, results)

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
    """Return scores, insertions and deletions of the cells of a step, and the highest score.

    All but the highest score are tuples of COLUMNS vectors.

    Args:
        before: scores two steps ago.
        insertions, deletions: those of the last step.
        left: score two steps ago and insertion of the column before the strip.
        paired: scores of the residue pairs of the step.
        costs: framed score 0, and the cost of opening a gap.
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
        # The last column comes first: each needs the state of its left neighbour two steps ago.
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
