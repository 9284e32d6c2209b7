"""Smith-Waterman-Gotoh of as many pairs at once as a vector register has lanes, each lane a pair.

All tables of a batch are filled cell by cell in step, so no lane ever waits for its own neighbours
(inter-sequence parallelism: Rognes 2011, BMC Bioinformatics 12:221; here every lane has its own
query too). A score s is kept as s - 2**(bits - 1), so that the saturating sum clamps at zero by
itself. A score at the type's upper end may have been cut there: exactly those pairs are left to a
wider type. All other scores, and all directions that a trace can meet, are exact, because no
number on a trace is clamped: what ends in a positive score was positive all along.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

import kernels.smith_waterman_trace as trace
from kernels.simd_vectors import (
    VECTOR_BYTES,
    add_saturating,
    aligned_zeros,
    equal,
    greater,
    load,
    load_widened,
    maximum,
    select,
    splat,
    store,
    subtract_saturating,
    with_bits,
)
from kernels.smith_waterman_trace import Found, Pairs, Scoring, Window

TOO_HIGH = -1  # entered as score of a pair whose score needs a wider type
# Filling up a short lane: codes that equal no base and not each other.
FILLER_A, FILLER_B = 6, 7


class Tables(NamedTuple):
    """Bases and directions of a batch of up to `rows` x `columns` cells; uint8, lanes fastest."""

    bases_a: np.ndarray  # (rows, lanes), flat
    bases_b: np.ndarray  # (columns, lanes), flat
    directions: np.ndarray  # (rows, columns, lanes), flat


class Scores(NamedTuple):
    """Scores of a batch, int8 or int16: the type decides how many lanes there are."""

    scores: np.ndarray  # (columns, lanes), flat; of the row before
    insertions: np.ndarray  # (columns, lanes), flat; best score with an insertion into the next row
    best: np.ndarray  # (rows, lanes), flat; highest score up to the end of the row


def lane_count(dtype: type[np.signedinteger]) -> int:
    """How many numbers of this type a vector holds."""
    return VECTOR_BYTES // np.dtype(dtype).itemsize


def allocate_lanes(
    rows: int, columns: int, cells: int, dtype: type[np.signedinteger]
) -> tuple[Tables, Scores]:
    """Memory for batches of at most `rows`, `columns` and (rows x columns) `cells`."""
    lanes = lane_count(dtype)
    tables = (aligned_zeros(count * lanes, np.uint8) for count in (rows, columns, cells))
    scores = (aligned_zeros(count * lanes, dtype) for count in (columns, columns, rows))
    return Tables(*tables), Scores(*scores)


@njit(cache=True, nogil=True)
def _shape_of_batch(pairs: Pairs, chosen: np.ndarray) -> tuple[int, int]:
    """Rows and columns of the largest table among the `chosen` pairs."""
    rows, columns = 0, 0
    for pair in chosen:
        read_a, read_b = pairs.read_a[pair], pairs.read_b[pair]
        rows = max(rows, pairs.offsets[read_a + 1] - pairs.offsets[read_a])
        columns = max(columns, pairs.offsets[read_b + 1] - pairs.offsets[read_b])
    return rows, columns


@njit(cache=True, nogil=True)
def _pack(pairs: Pairs, chosen: np.ndarray, table: Tables, shape: tuple[int, int, int]) -> None:
    """Lay the bases of the `chosen` pairs side by side; `shape` = rows, columns, lanes."""
    rows, columns, lanes = shape
    for index in range(rows * lanes):
        table.bases_a[index] = FILLER_A
    for index in range(columns * lanes):
        table.bases_b[index] = FILLER_B
    for lane in range(chosen.size):
        pair = chosen[lane]
        first = pairs.offsets[pairs.read_a[pair]]
        for row in range(pairs.offsets[pairs.read_a[pair] + 1] - first):
            table.bases_a[row * lanes + lane] = pairs.bases[first + row]
        first, end = pairs.offsets[pairs.read_b[pair]], pairs.offsets[pairs.read_b[pair] + 1]
        is_reverse = pairs.is_reverse[pair]
        for column in range(end - first):
            base = pairs.bases[end - 1 - column if is_reverse else first + column]
            table.bases_b[column * lanes + lane] = trace.code_of_b(base, is_reverse)


@njit(cache=True, nogil=True)
def _fill(
    table: Tables, shape: tuple[int, int, int], scoring: Scoring, state: Scores, floor: int
) -> None:
    """Fill the tables of a batch: directions of all cells, best score by row; `floor` = score 0."""
    rows, columns, lanes = shape
    scores, insertions = state.scores, state.insertions
    zero, nothing = splat(scores, floor), splat(scores, 0)
    match, mismatch = splat(scores, scoring.match), splat(scores, scoring.mismatch)
    gap_open, gap_extend = splat(scores, scoring.gap_open), splat(scores, scoring.gap_extend)
    from_pair, from_deletion = splat(scores, trace.DIAGONAL), splat(scores, trace.DELETION)
    extend_deletion = splat(scores, trace.EXTEND_DELETION)
    extend_insertion = splat(scores, trace.EXTEND_INSERTION)
    new_best = splat(scores, trace.NEW_BEST)
    for column in range(columns):
        store(scores, column * lanes, zero)
        store(insertions, column * lanes, zero)
    best = zero
    for row in range(rows):
        base = load_widened(scores, table.bases_a, row * lanes)
        diagonal = zero
        deletion = zero
        for column in range(columns):
            at = column * lanes
            is_match = equal(base, load_widened(scores, table.bases_b, at))
            pair = add_saturating(diagonal, select(is_match, match, mismatch))
            diagonal = load(scores, at)
            insertion = load(insertions, at)
            score = maximum(maximum(pair, insertion), deletion)
            opened = subtract_saturating(score, gap_open)
            longer_deletion = subtract_saturating(deletion, gap_extend)
            longer_insertion = subtract_saturating(insertion, gap_extend)
            direction = with_bits(nothing, equal(score, pair), from_pair)
            direction = with_bits(direction, equal(score, deletion), from_deletion)
            direction = with_bits(direction, greater(longer_deletion, opened), extend_deletion)
            direction = with_bits(direction, greater(longer_insertion, opened), extend_insertion)
            direction = with_bits(direction, greater(score, best), new_best)
            store(table.directions, (row * columns + column) * lanes, direction)
            best = maximum(best, score)
            deletion = maximum(longer_deletion, opened)
            store(scores, at, score)
            store(insertions, at, maximum(longer_insertion, opened))
        store(state.best, row * lanes, best)


@njit(cache=True, nogil=True)
def _end_rows(state: Scores, shape: tuple[int, int, int], floor: int, ends: np.ndarray) -> None:
    """ends[lane] = best score (TOO_HIGH if it may have been cut) and the first row that has it."""
    rows, _, lanes = shape
    for lane in range(lanes):
        score = state.best[(rows - 1) * lanes + lane]
        low, high = 0, rows - 1
        while low < high:
            middle = (low + high) // 2
            if state.best[middle * lanes + lane] == score:
                high = middle
            else:
                low = middle + 1
        ends[lane, 0] = TOO_HIGH if score == -floor - 1 else np.int64(score) - floor
        ends[lane, 1] = low


@njit(cache=True, nogil=True)
def _trace_batch(
    table: Tables,
    shape: tuple[int, int, int],
    scoring: Scoring,
    ends: np.ndarray,
    chosen: np.ndarray,
    found: Found,
) -> None:
    """Enter score and trace of every pair of a filled batch; a score TOO_HIGH has no trace."""
    _, columns, lanes = shape
    state = np.empty(trace.RUNS + 1, dtype=np.int64)
    for lane in range(chosen.size):
        pair, score, row = chosen[lane], ends[lane, 0], ends[lane, 1]
        found.score[pair] = score
        if score <= 0:
            continue
        column = columns - 1
        while not table.directions[(row * columns + column) * lanes + lane] & trace.NEW_BEST:
            column -= 1
        trace.begin_trace(state, (score, row, column))
        window = Window(table.directions, table.bases_a, table.bases_b, 0, columns, lanes, lane)
        trace.walk_back(window, scoring, state, trace.runs_of(found, pair))
        trace.record(found, pair, (score, row, column), state)


@njit(cache=True, nogil=True)
def align_in_lanes(
    pairs: Pairs, order: np.ndarray, scoring: Scoring, memory: tuple[Tables, Scores], found: Found
) -> None:
    """Align the pairs whose numbers are in `order` (int64), one vector's worth after the other.

    A pair whose score does not fit the type of the scores gets the score TOO_HIGH and nothing else.
    """
    table, state = memory
    lanes = VECTOR_BYTES // state.scores.itemsize
    floor = -(1 << (8 * state.scores.itemsize - 1))
    ends = np.empty((lanes, 2), dtype=np.int64)
    for first in range(0, order.size, lanes):
        chosen = order[first : first + lanes]
        rows, columns = _shape_of_batch(pairs, chosen)
        if rows == 0 or columns == 0:
            continue
        shape = (rows, columns, lanes)
        _pack(pairs, chosen, table, shape)
        _fill(table, shape, scoring, state, floor)
        _end_rows(state, shape, floor, ends)
        _trace_batch(table, shape, scoring, ends, chosen, found)
