"""The recurrence of Smith-Waterman-Gotoh, for as many DP matrices at once as a vector has lanes.

Each lane fills a matrix of its own (inter-sequence parallelism: Rognes 2011, BMC Bioinformatics
12:221). A matrix is filled in strips of COLUMNS columns. One step computes the COLUMNS cells of a
strip on one antidiagonal, so none of them depends on another.

Skewed frame: a value X of a step is stored as

    X + level + extend * (step % frame)

All cells of a step share one frame, and the stored score of a gap does not change when the gap is
extended by a residue. So neither direction of gaps needs a subtraction of its own, and the zero of
all cells is one vector. No stored number falls below 0, so numbers are unsigned and no operation
has to saturate. That leaves eight plain operations per cell: add, maximum, subtract and five more
maxima. A lane can wrap around only after it has reached a score of `Frame.limit` or more. Such a
score may be wrong and has to be computed again with wider numbers; all lower scores are exact.

Every score outside the cells that a sweep computes (above and below the steps of a strip) counts as
0, as outside the matrix. So the best score of fewer steps is that of the best alignment within
their cells.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.simd.vectors import (
    VECTOR_BYTES,
    aligned_zeros,
    lane_count,
    load,
    maximum,
    splat,
    store,
    subtract,
)
from readkin.kernels.smith_waterman.steps import (
    COLUMNS,
    LaneResidues,
    Profile,
    TracebackMatrix,
    advance,
    each_minus,
    load_strip,
    pair_scores,
    repeated,
    store_step,
    store_strip,
    strip_residues,
)

STATE_VECTORS = 4 * COLUMNS + 1  # vectors of the state from which a strip is resumed


class Costs(NamedTuple):
    """Costs of gaps, and range of the scores of residue pairs.

    Attributes:
        gap_open: cost of the first residue of a gap.
        gap_extend: cost of each further residue.
        lowest, highest: of the scores of residue pairs.
    """

    gap_open: int
    gap_extend: int
    lowest: int
    highest: int


class Frame(NamedTuple):
    """Representation of scores by unsigned numbers.

    Attributes:
        zeros: (frame, lanes), flat; the stored score 0 of each step of the frame.
        shifts: (frame, lanes), flat; change of the frame between storing and loading a border.
        opening: cost of the first residue of a gap less that of a further one.
        extending: cost of a further residue.
        level: the stored score 0 of step 0.
        limit: lowest score that may be wrong; if 0 or less, the numbers are too narrow for the
            costs.
    """

    zeros: np.ndarray
    shifts: np.ndarray
    opening: int
    extending: int
    level: int
    limit: int


class Borders(NamedTuple):
    """Values that a strip passes to the next strip, and best scores.

    Attributes:
        scores: (steps + COLUMNS + 1, lanes), flat; framed scores of the last column of the strip.
        insertions: like scores; the best score that an insertion along the row can extend.
        best: (strips + 1, lanes), flat; highest score before each strip, not framed.
    """

    scores: np.ndarray
    insertions: np.ndarray
    best: np.ndarray


class Strip(NamedTuple):
    """Range of cells to compute.

    Attributes:
        number: number of the strip; its first column is ``number * COLUMNS``.
        first: first step, even; step s computes row s - c of column c of the strip.
        steps: number of steps, even.
    """

    number: int
    first: int
    steps: int


def frame_limit(costs: Costs, dtype: Any, share: int = 8) -> int:
    """Return `Frame.limit` of the frame that `make_frame` makes."""
    return _frame_numbers(costs, dtype, share)[2]


def _frame_numbers(costs: Costs, dtype: Any, share: int) -> tuple[int, int, int]:
    """Return the length, level and limit of a frame."""
    largest = int(np.iinfo(dtype).max)
    extend = costs.gap_extend
    length = 32
    while length > 2 and share * extend * (length - 1) > largest:
        length //= 2
    level = max(costs.gap_open, -costs.lowest, 2 * extend) + 1
    return length, level, largest - level - extend * (length + 1) - costs.highest


def make_frame(costs: Costs, dtype: Any, share: int = 8) -> Frame:
    """Make the frame for scores of an unsigned dtype.

    A short frame leaves a larger part of the number range to scores; a long frame is moved back
    less often. The frame takes at most 1 / share of the range.
    """
    length, level, limit = _frame_numbers(costs, dtype, share)
    extend, step = costs.gap_extend, np.arange(length)
    stored_at = (step + COLUMNS - 1) % length

    def in_every_lane(numbers: np.ndarray) -> np.ndarray:
        vectors = aligned_zeros(length * lane_count(dtype), dtype)
        vectors.reshape(length, -1)[:] = numbers.astype(dtype)[:, None]
        return vectors

    return Frame(
        zeros=in_every_lane(level + extend * step),
        shifts=in_every_lane(extend * (stored_at - step + 1)),
        opening=costs.gap_open - extend,
        extending=extend,
        level=level,
        limit=limit,
    )


def framed(score: Any, frame: Frame) -> Any:
    """Return the score of a residue pair as it is added in the frame.

    A pair moves on by two antidiagonals, and so by two steps of the frame.
    """
    return score + 2 * frame.extending


def filler_score(frame: Frame) -> int:
    """Return the framed score of filler residues, which no alignment can cross."""
    return 2 * frame.extending - frame.level


def allocate_borders(steps: int, strips: int, dtype: Any) -> Borders:
    """Allocate borders for matrices of up to this number of steps per strip, and of strips."""
    lanes = lane_count(dtype)
    sizes = (steps + COLUMNS + 1, steps + COLUMNS + 1, strips + 1)
    return Borders(*(aligned_zeros(size * lanes, dtype) for size in sizes))


@njit(inline="always")
def signed(number: Any) -> Any:
    """Convert a number to int64: a difference of unsigned numbers would never be negative."""
    return np.int64(number)


@njit(cache=True, nogil=True)
def clear_borders(borders: Borders, frame: Frame, steps: int) -> None:
    """Set all scores left of the first strip, and the best score, to zero."""
    lanes = VECTOR_BYTES // borders.scores.itemsize
    length = frame.zeros.size // lanes
    for row in range(-1, steps + 1):
        zero = load(frame.zeros, (row + COLUMNS - 1) % length * lanes)
        store(borders.scores, (row + COLUMNS) * lanes, zero)
        store(borders.insertions, (row + COLUMNS) * lanes, zero)
    store(borders.best, 0, splat(borders.best, 0))


@njit(inline="always")
def _step(
    source: Profile | LaneResidues,
    frame: Frame,
    borders: Borders,
    traceback: TracebackMatrix | None,
    counters: tuple[int, int, int],
    residues: Any,
    constants: Any,
    state: Any,
) -> Any:
    """Compute one step and return the new state.

    `counters` are the step, the step within the frame, and the step counted over all strips.
    """
    step, frame_step, number = counters
    before, insertions, deletions, diagonal, best = state
    opening, equal, unequal = constants
    lanes = VECTOR_BYTES // borders.scores.itemsize
    zero = load(frame.zeros, frame_step * lanes)
    shift = load(frame.shifts, frame_step * lanes)
    score_left = subtract(load(borders.scores, (step + COLUMNS) * lanes), shift)
    insertion_left = subtract(load(borders.insertions, (step + COLUMNS) * lanes), shift)
    paired = pair_scores(source, residues, step, equal, unequal)
    scores, insertions, deletions, highest = advance(
        before, insertions, deletions, (diagonal, insertion_left), paired, (zero, opening)
    )
    highest = subtract(highest, zero)
    store_step(traceback, number, scores, highest)
    store(borders.scores, (step + 1) * lanes, scores[COLUMNS - 1])
    store(borders.insertions, (step + 1) * lanes, insertions[COLUMNS - 1])
    return scores, insertions, deletions, score_left, maximum(best, highest)


@njit(cache=True, nogil=True, forceinline=True)
def sweep_strip(
    source: Profile | LaneResidues,
    frame: Frame,
    borders: Borders,
    strip: Strip,
    traceback: TracebackMatrix | None,
    strip_states: np.ndarray | None,
) -> None:
    """Compute the cells of a strip from the borders of the previous strip, and replace these.

    With `strip_states` (strips, STATE_VECTORS, lanes; flat) a strip can be computed in several
    ranges of steps: a range whose first step is not 0 resumes from the saved state. The best score
    then is that of all ranges of all strips so far, and is stored as the one before the first
    strip.
    """
    lanes = VECTOR_BYTES // borders.scores.itemsize
    length = frame.zeros.size // lanes
    extending = splat(frame.zeros, frame.extending)
    around = splat(frame.zeros, frame.extending * length)
    equal, unequal = load(source.scores, 0), load(source.scores, lanes)
    constants = splat(frame.zeros, frame.opening), equal, unequal
    residues = strip_residues(source, strip.number * COLUMNS, extending)
    frame_step = strip.first % length
    one_ago = subtract(load(frame.zeros, frame_step * lanes), extending)
    last = insertions = deletions = repeated(one_ago)
    before = repeated(subtract(one_ago, extending))
    # The row above the first one: in a band it contains scores of the previous strip.
    diagonal = subtract(
        load(borders.scores, (strip.first - 1 + COLUMNS) * lanes),
        load(frame.shifts, (strip.first - 1) % length * lanes),
    )
    if frame_step == 0:
        diagonal = subtract(diagonal, around)
    best_from, best_to = strip.number, strip.number + 1
    if strip_states is not None:
        best_from = best_to = 0
        at = strip.number * STATE_VECTORS
        if strip.first > 0:
            before, last = load_strip(strip_states, at), load_strip(strip_states, at + COLUMNS)
            insertions = load_strip(strip_states, at + 2 * COLUMNS)
            deletions = load_strip(strip_states, at + 3 * COLUMNS)
            diagonal = load(strip_states, (at + 4 * COLUMNS) * lanes)
    best = load(borders.best, best_from * lanes)
    number = strip.number * strip.steps
    step, end = strip.first, strip.first + strip.steps
    while step < end:
        # Two steps at a time, so that no vector has to be moved between registers.
        for _ in range(min(length - frame_step, end - step) // 2):
            before, insertions, deletions, diagonal, best = _step(
                source,
                frame,
                borders,
                traceback,
                (step, frame_step, number),
                residues,
                constants,
                (before, insertions, deletions, diagonal, best),
            )
            last, insertions, deletions, diagonal, best = _step(
                source,
                frame,
                borders,
                traceback,
                (step + 1, frame_step + 1, number + 1),
                residues,
                constants,
                (last, insertions, deletions, diagonal, best),
            )
            step += 2
            frame_step += 2
            number += 2
        if frame_step == length:
            frame_step = 0
            before, last = each_minus(before, around), each_minus(last, around)
            insertions, deletions = each_minus(insertions, around), each_minus(deletions, around)
            diagonal = subtract(diagonal, around)
    store(borders.best, best_to * lanes, best)
    if strip_states is not None:
        at = strip.number * STATE_VECTORS
        store_strip(strip_states, at, before)
        store_strip(strip_states, at + COLUMNS, last)
        store_strip(strip_states, at + 2 * COLUMNS, insertions)
        store_strip(strip_states, at + 3 * COLUMNS, deletions)
        store(strip_states, (at + 4 * COLUMNS) * lanes, diagonal)
