"""The recurrence of Smith-Waterman-Gotoh, for as many tables at once as a vector has lanes.

Each lane fills a table of its own (inter-sequence parallelism: Rognes 2011, BMC Bioinformatics
12:221). A table is filled in strips of COLUMNS columns; one step computes the COLUMNS cells of a
strip that lie on one antidiagonal, so none of them waits for another.

Skewed frame: what a step computes is stored as

    X + level + extend * (step % frame)

so all cells of a step share one frame, and a gap that grows by a letter keeps its number: neither
direction of gaps needs a subtraction of its own, the zero of all cells is one vector, and as no
number ever falls below 0 the numbers are unsigned and no operation has to saturate. That leaves
eight plain operations a cell: add, maximum, subtract and five more maxima. A lane can only wrap
around after it has shown a score of at least `Frame.limit`: such a score may be wrong and has to
be computed again with wider numbers; all lower ones are exact.

Outside of the cells that a sweep computes (above and below the steps of a strip) every score
counts as 0, as outside of the table. So the best score of fewer steps is that of the best alignment
within their cells.
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
    Kept,
    Letters,
    Profile,
    advance,
    columns_of,
    each_minus,
    keep_step,
    load_strip,
    pair_scores,
    repeated,
    store_strip,
)

PAUSE_VECTORS = 4 * COLUMNS + 1  # that a strip needs to be gone on with


class Costs(NamedTuple):
    """Cost of a gap's first letter and of each further one; lowest and highest score of a pair."""

    gap_open: int
    gap_extend: int
    lowest: int
    highest: int


class Frame(NamedTuple):
    """How scores are stored: tables of vectors of one number each, and costs."""

    zeros: np.ndarray  # (frame, lanes), flat: the score 0 at each step
    shifts: np.ndarray  # (frame, lanes), flat: from the step that stores a border to its loading
    opening: int  # cost of a gap's first letter beyond that of a further one
    extending: int  # cost of a further letter
    level: int  # what the score 0 is stored as at step 0
    limit: int  # first score that may be wrong; 0 or less: the numbers are too narrow for the costs


class Borders(NamedTuple):
    """What a strip leaves to the next one, and the best score after each strip; flat."""

    scores: np.ndarray  # (steps + COLUMNS + 1, lanes): last column of the strip
    insertions: np.ndarray  # like scores: best of the row so far, as gaps along it see it
    best: np.ndarray  # (strips + 1, lanes): highest score before each strip, as plain number


class Strip(NamedTuple):
    """Which cells to compute."""

    number: int  # of the strip: its first column is number * COLUMNS
    first: int  # first step, even; step s computes row s - c of column c
    steps: int  # even


def frame_limit(costs: Costs, dtype: Any, share: int = 8) -> int:
    """The limit of the frame for scores of an unsigned type, see `Frame` and `make_frame`."""
    return _frame_numbers(costs, dtype, share)[2]


def _frame_numbers(costs: Costs, dtype: Any, share: int) -> tuple[int, int, int]:
    """Length, level and limit of a frame."""
    largest = int(np.iinfo(dtype).max)
    extend = costs.gap_extend
    length = 32
    while length > 2 and share * extend * (length - 1) > largest:
        length //= 2
    level = max(costs.gap_open, -costs.lowest, 2 * extend) + 1
    return length, level, largest - level - extend * (length + 1) - costs.highest


def make_frame(costs: Costs, dtype: Any, share: int = 8) -> Frame:
    """The frame for scores of an unsigned type.

    It is as long as 1 / share of the type's range allows: a short frame leaves more of the range to
    scores, a long one is moved back less often.
    """
    length, level, limit = _frame_numbers(costs, dtype, share)
    extend, step = costs.gap_extend, np.arange(length)
    stored_at = (step + COLUMNS - 1) % length
    tables = []
    for numbers in (level + extend * step, extend * (stored_at - step + 1)):
        table = aligned_zeros(length * lane_count(dtype), dtype)
        table.reshape(length, -1)[:] = numbers.astype(dtype)[:, None]
        tables.append(table)
    return Frame(tables[0], tables[1], costs.gap_open - extend, extend, level, limit)


def framed(score: Any, frame: Frame) -> Any:
    """Score of a pair of letters as it is added in the frame: two antidiagonals are crossed."""
    return score + 2 * frame.extending


def filler_score(frame: Frame) -> int:
    """Framed score of letters that only fill a table up: no alignment gets across them."""
    return 2 * frame.extending - frame.level


def allocate_borders(steps: int, strips: int, dtype: Any) -> Borders:
    """Room for tables of so many steps a strip, counted from row 0 on, and so many strips."""
    lanes = lane_count(dtype)
    sizes = (steps + COLUMNS + 1, steps + COLUMNS + 1, strips + 1)
    return Borders(*(aligned_zeros(size * lanes, dtype) for size in sizes))


@njit(inline="always")
def signed(number: Any) -> Any:
    """A number as a signed one of 64 bits: differences of unsigned ones would never be negative."""
    return np.int64(number)


@njit(cache=True, nogil=True)
def begin_tables(borders: Borders, frame: Frame, steps: int) -> None:
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
    source: Profile | Letters,
    frame: Frame,
    borders: Borders,
    kept: Kept | None,
    place: tuple[int, int, int],
    letters: Any,
    constants: Any,
    state: Any,
) -> Any:
    """Compute one step and return the new state; `place` = step, its turn in the frame, its
    number over all strips."""
    step, turn, number = place
    before, insertions, deletions, diagonal, best = state
    opening, equal, unequal = constants
    lanes = VECTOR_BYTES // borders.scores.itemsize
    zero = load(frame.zeros, turn * lanes)
    shift = load(frame.shifts, turn * lanes)
    score_left = subtract(load(borders.scores, (step + COLUMNS) * lanes), shift)
    insertion_left = subtract(load(borders.insertions, (step + COLUMNS) * lanes), shift)
    paired = pair_scores(source, letters, step, equal, unequal)
    scores, insertions, deletions, highest = advance(
        before, insertions, deletions, (diagonal, insertion_left), paired, (zero, opening)
    )
    highest = subtract(highest, zero)
    keep_step(kept, number, scores, highest)
    store(borders.scores, (step + 1) * lanes, scores[COLUMNS - 1])
    store(borders.insertions, (step + 1) * lanes, insertions[COLUMNS - 1])
    return scores, insertions, deletions, score_left, maximum(best, highest)


@njit(cache=True, nogil=True, forceinline=True)
def sweep_strip(
    source: Profile | Letters,
    frame: Frame,
    borders: Borders,
    strip: Strip,
    kept: Kept | None,
    paused: np.ndarray | None,
) -> None:
    """Compute the cells of a strip from the borders of the strip before, and leave its own.

    `paused` (strips, PAUSE_VECTORS, lanes, flat) lets a strip be computed in parts: what comes
    after its first step goes on from where it stopped. The best score then is that of all parts of
    all strips so far, kept as if before the first strip.
    """
    lanes = VECTOR_BYTES // borders.scores.itemsize
    length = frame.zeros.size // lanes
    extending = splat(frame.zeros, frame.extending)
    around = splat(frame.zeros, frame.extending * length)
    equal, unequal = load(source.scores, 0), load(source.scores, lanes)
    constants = splat(frame.zeros, frame.opening), equal, unequal
    letters = columns_of(source, strip.number * COLUMNS, extending)
    turn = strip.first % length
    one_ago = subtract(load(frame.zeros, turn * lanes), extending)
    last = insertions = deletions = repeated(one_ago)
    before = repeated(subtract(one_ago, extending))
    # The row before the first one: in a band it holds scores of the strip before.
    diagonal = subtract(
        load(borders.scores, (strip.first - 1 + COLUMNS) * lanes),
        load(frame.shifts, (strip.first - 1) % length * lanes),
    )
    if turn == 0:
        diagonal = subtract(diagonal, around)
    best_from, best_to = strip.number, strip.number + 1
    if paused is not None:
        best_from = best_to = 0
        at = strip.number * PAUSE_VECTORS
        if strip.first > 0:
            before, last = load_strip(paused, at), load_strip(paused, at + COLUMNS)
            insertions = load_strip(paused, at + 2 * COLUMNS)
            deletions = load_strip(paused, at + 3 * COLUMNS)
            diagonal = load(paused, (at + 4 * COLUMNS) * lanes)
    best = load(borders.best, best_from * lanes)
    number = strip.number * strip.steps
    step, end = strip.first, strip.first + strip.steps
    while step < end:
        for _ in range(min(length - turn, end - step) // 2):  # two, so that no vector is moved
            before, insertions, deletions, diagonal, best = _step(
                source,
                frame,
                borders,
                kept,
                (step, turn, number),
                letters,
                constants,
                (before, insertions, deletions, diagonal, best),
            )
            last, insertions, deletions, diagonal, best = _step(
                source,
                frame,
                borders,
                kept,
                (step + 1, turn + 1, number + 1),
                letters,
                constants,
                (last, insertions, deletions, diagonal, best),
            )
            step += 2
            turn += 2
            number += 2
        if turn == length:
            turn = 0
            before, last = each_minus(before, around), each_minus(last, around)
            insertions, deletions = each_minus(insertions, around), each_minus(deletions, around)
            diagonal = subtract(diagonal, around)
    store(borders.best, best_to * lanes, best)
    if paused is not None:
        at = strip.number * PAUSE_VECTORS
        store_strip(paused, at, before)
        store_strip(paused, at + COLUMNS, last)
        store_strip(paused, at + 2 * COLUMNS, insertions)
        store_strip(paused, at + 3 * COLUMNS, deletions)
        store(paused, (at + 4 * COLUMNS) * lanes, diagonal)
