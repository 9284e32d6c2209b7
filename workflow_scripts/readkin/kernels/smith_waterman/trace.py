"""The way back through a Smith-Waterman table, from its best cell to where the alignment begins.

Among alignments of equal score the one is taken that ends first in a, then first in b. Seen from
that end, the trace prefers a pair of letters to a deletion (D, letters of b only) to an insertion
(I, letters of a only), and makes gaps as short as possible; so gaps come to lie as far left as they
can. It stops when the score is used up: no alignment has a prefix that scores nothing.

A table's scores are all that is needed: a cell's score minus that of its neighbour tells whether an
alignment came from there (as in Gotoh 1982, J Mol Biol 162:705, without tables for the gaps).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.simd.vectors import VECTOR_BYTES
from readkin.kernels.smith_waterman.batches import Batch, Pairs, Part, Shape, part_of
from readkin.kernels.smith_waterman.scoring import FILLER, Alphabet
from readkin.kernels.smith_waterman.steps import COLUMNS
from readkin.kernels.smith_waterman.wavefront import Costs, signed

# Operations as BAM codes them: run = length << 4 | operation.
INSERTION_RUN, DELETION_RUN, EQUAL_RUN, MISMATCH_RUN = 1, 2, 7, 8
ONE_COLUMN = 1 << 4


class Found(NamedTuple):
    """Alignments being filled in, in any order; int32 (pairs,) each, 0 where there is none."""

    score: np.ndarray
    start_a: np.ndarray
    end_a: np.ndarray
    start_b: np.ndarray
    end_b: np.ndarray
    matches: np.ndarray
    columns: np.ndarray
    run_count: np.ndarray
    first_run: np.ndarray  # int64 (pairs,): where the runs of a pair begin in `Runs.runs`


class Runs(NamedTuple):
    """Runs of the alignments of some pairs, one alignment after the other, last run first."""

    runs: np.ndarray  # uint32
    used: np.ndarray  # int64 (1,)


@njit(cache=True, nogil=True)
def with_room(runs: Runs, wanted: int) -> Runs:
    """The runs with room for so many more."""
    used = runs.used[0]
    if runs.runs.size >= used + wanted:
        return runs
    larger = np.empty(2 * (used + wanted), np.uint32)
    for place in range(used):
        larger[place] = runs.runs[place]
    return Runs(larger, runs.used)


@njit(cache=True, nogil=True, forceinline=True)
def push(runs: Runs, first: int, length: int, operation: int) -> None:
    """Add columns to the runs of the alignment whose runs begin at `first`."""
    used = runs.used[0]
    if used > first and runs.runs[used - 1] % ONE_COLUMN == operation:
        runs.runs[used - 1] += length * ONE_COLUMN
    else:
        runs.runs[used] = length * ONE_COLUMN | operation
        runs.used[0] = used + 1


@njit(cache=True, nogil=True)
def record(
    found: Found, pair: int, start: tuple[int, int], end: tuple[int, int], runs: Runs
) -> None:
    """Enter where an alignment lies: first and last cell (column, row); its runs are the last."""
    found.start_a[pair], found.start_b[pair] = start
    found.end_a[pair], found.end_b[pair] = end[0] + 1, end[1] + 1
    first = found.first_run[pair]
    found.run_count[pair] = runs.used[0] - first
    for place in range(first, runs.used[0]):
        length, operation = runs.runs[place] // ONE_COLUMN, runs.runs[place] % ONE_COLUMN
        found.columns[pair] += length
        if operation == EQUAL_RUN:
            found.matches[pair] += length


class Tables(NamedTuple):
    """Filled tables as bytes, so that all of this is compiled once for numbers of any width."""

    cells: np.ndarray  # uint8, Kept.cells
    highest: np.ndarray  # uint8, Kept.highest
    best: np.ndarray  # uint8, Borders.best
    width: int  # bytes of a number
    first_zero: int  # what the score 0 is stored as at step 0
    rise: int  # and by how much it rises with each step
    period: int  # until it falls back; a power of 2
    limit: int  # first score that may be wrong


class Lane(NamedTuple):
    """The table of one pair."""

    tables: Tables
    number: int
    shape: Shape


def as_bytes(batch: Batch) -> Tables:
    """The memory for the scores of a batch that keeps them."""
    assert batch.kept is not None
    arrays = *batch.kept, batch.borders.best
    cells, highest, best = (array.view(np.uint8) for array in arrays)
    width, frame = arrays[0].itemsize, batch.frame
    period = frame.zeros.size * width // VECTOR_BYTES
    return Tables(cells, highest, best, width, frame.level, frame.extending, period, frame.limit)


@njit(cache=True, nogil=True, forceinline=True)
def _number(array: np.ndarray, at: int, lane: Lane) -> int:
    """The lane's number in vector `at`."""
    width = lane.tables.width
    first = at * VECTOR_BYTES + lane.number * width
    number = signed(array[first])
    for place in range(1, width):
        number |= signed(array[first + place]) << 8 * place
    return number


@njit(cache=True, nogil=True, forceinline=True)
def _score_at(lane: Lane, column: int, row: int) -> int:
    """Score of a cell; 0 for one that was not computed."""
    if column < 0 or row < 0:
        return 0
    tables, shape = lane.tables, lane.shape
    strip = signed(np.uint64(column) // np.uint64(COLUMNS))
    place = column - strip * COLUMNS
    step = row + place
    number = step - (strip * COLUMNS if shape.is_banded else 0)
    if number < 0 or number >= shape.steps:
        return 0
    stored = _number(tables.cells, (strip * shape.steps + number) * COLUMNS + place, lane)
    return stored - tables.first_zero - tables.rise * (step & (tables.period - 1))


@njit(cache=True, nogil=True, forceinline=True)
def _best_before(lane: Lane, strip: int) -> int:
    """Highest score of all strips before this one; wrong if not below the limit."""
    return _number(lane.tables.best, strip, lane)


@njit(cache=True, nogil=True)
def _end_of(lane: Lane, score: int) -> tuple[int, int]:
    """Column and row of the first cell, column by column, that has the score."""
    shape = lane.shape
    low, high = 0, shape.columns // COLUMNS - 1
    while low < high:  # best scores never fall from strip to strip
        middle = (low + high) // 2
        if _best_before(lane, middle + 1) == score:
            high = middle
        else:
            low = middle + 1
    first = low * COLUMNS if shape.is_banded else 0
    column, row = -1, -1
    for number in range(shape.steps):
        if _number(lane.tables.highest, low * shape.steps + number, lane) != score:
            continue
        for place in range(COLUMNS):
            here = low * COLUMNS + place
            if (column < 0 or here < column) and (
                _score_at(lane, here, first + number - place) == score
            ):
                column, row = here, first + number - place
    return column, row


@njit(cache=True, nogil=True)
def _gap_length(
    lane: Lane, cell: tuple[int, int], is_deletion: bool, score: int, costs: Costs
) -> int:
    """Length of the shortest gap that ends in the cell with this score; 0 if none does."""
    column, row = cell
    wanted = score + costs.gap_open
    for length in range(1, (row if is_deletion else column) + 1):
        other = (column, row - length) if is_deletion else (column - length, row)
        if _score_at(lane, other[0], other[1]) == wanted:
            return length
        wanted += costs.gap_extend
    return 0


class Letters(NamedTuple):
    """The letters of a pair where its sequences store them."""

    a: np.ndarray  # uint8, of all sequences
    b: np.ndarray
    first_a: int  # where the letter of column 0 stands
    first_b: int  # and that of row 0
    step_b: int  # -1 if b is reversed
    codes_a: np.ndarray  # uint8 (CODES,): code in the table of each letter
    codes_b: np.ndarray


@njit(cache=True, nogil=True)
def _letters_of(pairs: Pairs, pair: int, part: Part, codes: np.ndarray) -> Letters:
    index_a, index_b, turned = pairs.index_a[pair], pairs.index_b[pair], pairs.is_reverse[pair]
    begin, end = pairs.b.offsets[index_b], pairs.b.offsets[index_b + 1]
    below = part.first_b - part.shift
    first_b, step_b = (end - 1 - below, -1) if turned else (begin + below, 1)
    first_a = pairs.a.offsets[index_a] + part.first_a
    return Letters(
        pairs.a.codes, pairs.b.codes, first_a, first_b, step_b, codes[0], codes[1 + turned]
    )


@njit(cache=True, nogil=True, forceinline=True)
def _code_a(letters: Letters, column: int) -> int:
    return letters.codes_a[min(letters.a[letters.first_a + column], FILLER)]


@njit(cache=True, nogil=True, forceinline=True)
def _code_b(letters: Letters, row: int) -> int:
    return letters.codes_b[min(letters.b[letters.first_b + letters.step_b * row], FILLER)]


@njit(cache=True, nogil=True, forceinline=True)
def _equal_run(letters: Letters, column: int, row: int, most: int) -> int:
    """How many pairs of letters, from the cell on backwards along its diagonal, are equal."""
    length = 0
    while length < most and _code_a(letters, column - length) == _code_b(letters, row - length):
        length += 1
    return length


@njit(cache=True, nogil=True)
def _walk_back(
    lane: Lane,
    letters: Letters,
    end: tuple[int, int],
    score: int,
    alphabet: Alphabet,
    runs: Runs,
) -> tuple[int, int]:
    """Collect the runs from the end on, last one first; returns the alignment's first cell."""
    column, row = end
    first = runs.used[0]
    while score > 0:
        if alphabet.is_by_equality:
            # Equal letters never add less than a match along the diagonal, so if they add no more
            # over the whole run, they add a match each.
            length = _equal_run(letters, column, row, score // alphabet.match)
            before = score - length * alphabet.match
            if length and _score_at(lane, column - length, row - length) == before:
                push(runs, first, length, EQUAL_RUN)
                column, row, score = column - length, row - length, before
                continue
        code_a, code_b = _code_a(letters, column), _code_b(letters, row)
        before = score - alphabet.scores[code_a, code_b]
        if _score_at(lane, column - 1, row - 1) == before:
            push(runs, first, 1, EQUAL_RUN if code_a == code_b else MISMATCH_RUN)
            column, row, score = column - 1, row - 1, before
            continue
        length = _gap_length(lane, (column, row), True, score, alphabet.costs)
        is_deletion = length > 0
        if not is_deletion:
            length = _gap_length(lane, (column, row), False, score, alphabet.costs)
        push(runs, first, length, DELETION_RUN if is_deletion else INSERTION_RUN)
        column, row = (column, row - length) if is_deletion else (column - length, row)
        score = _score_at(lane, column, row)
    return column + 1, row + 1


@njit(cache=True, nogil=True)
def trace_batch(
    pairs: Pairs,
    chosen: np.ndarray,
    half_width: int,
    alphabet: Alphabet,
    tables: Tables,
    shape: Shape,
    proof: np.ndarray,
    found: Found,
    runs: Runs,
) -> Runs:
    """Enter the alignments of a filled batch whose best scores are those of the whole tables.

    A band that does not hold the best alignment has a lower best score than is known in `found`,
    or than `proof` where nothing is known yet: such a pair is left. Returns the runs, grown if need
    be.
    """
    strips = shape.columns // COLUMNS
    runs = with_room(runs, chosen.size * (2 * shape.columns + shape.steps))
    for number in range(chosen.size):
        pair, lane = chosen[number], Lane(tables, number, shape)
        score = _best_before(lane, strips)
        if found.score[pair] < 0 and proof[pair] <= score < tables.limit:
            found.score[pair] = score
        if score <= 0 or found.score[pair] != score:
            continue
        found.first_run[pair] = runs.used[0]
        part = part_of(pairs, pair, half_width)
        letters = _letters_of(pairs, pair, part, alphabet.codes)
        end = _end_of(lane, score)
        start = _walk_back(lane, letters, end, score, alphabet, runs)
        below = part.first_b - part.shift
        record(
            found,
            pair,
            (start[0] + part.first_a, start[1] + below),
            (end[0] + part.first_a, end[1] + below),
            runs,
        )
    return runs
