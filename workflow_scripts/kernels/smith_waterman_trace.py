"""The way back through the direction bytes of a Smith-Waterman table, shared by all its fillers.

One byte per cell (row i = base i of a, column j = base j of b) answers every question of the trace:
does the best alignment ending here end in a base pair, else in a deletion, else in an insertion;
and is the gap that goes on from here to the next column (row) an open one made longer or a new one.
Questions are asked in this order, which is the tie-breaking: a base pair before a deletion (D, a
base of b only) before an insertion (I, a base of a only), and a gap is closed as soon as that costs
nothing. The trace begins at the end of the alignment, so gaps come to lie as far left as possible.
The trace stops when the score is used up, so no alignment has a prefix that scores nothing.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

DIAGONAL = 1  # the cell's score comes from the base pair
DELETION = 2  # else from a deletion (base of b only); neither bit: from an insertion
EXTEND_DELETION = 4  # a deletion of the next column makes the one of this cell longer
EXTEND_INSERTION = 8  # an insertion of the next row makes the one of this cell longer
NEW_BEST = 16  # the score is above those of all cells before, row by row

# Operations as BAM codes them: run = length << 4 | operation.
INSERTION_RUN, DELETION_RUN, EQUAL_RUN, MISMATCH_RUN = 1, 2, 7, 8
ONE_COLUMN = 1 << 4

# A trace on its way, an int64 array: cell, how it was reached from the right or from below (0 by a
# pair of bases, else the bit that tells whether that gap goes on), score of what is still ahead,
# and counts so far of matches, columns and runs.
ROW, COLUMN, ARRIVED_BY, SCORE_AHEAD, MATCHES, COLUMNS, RUNS = range(7)
BY_PAIR = 0


class Scoring(NamedTuple):
    """Match, mismatch (0 or less) and gap costs; a gap of n bases costs open + (n - 1) * extend."""

    match: int
    mismatch: int
    gap_open: int
    gap_extend: int


class Pairs(NamedTuple):
    """Reads as one array of base codes, and the pairs of reads to align."""

    bases: np.ndarray  # uint8, 0-3 = ACGT, 4 = anything else
    offsets: np.ndarray  # int64 (reads + 1,)
    read_a: np.ndarray  # int64 (pairs,)
    read_b: np.ndarray  # int64 (pairs,)
    is_reverse: np.ndarray  # uint8 (pairs,); b is taken as its reverse complement


class Found(NamedTuple):
    """Alignments being filled in, in any order: int32 (pairs,) each, 0 where nothing scores."""

    score: np.ndarray
    start_a: np.ndarray
    end_a: np.ndarray
    start_b: np.ndarray
    end_b: np.ndarray
    matches: np.ndarray
    columns: np.ndarray
    run_count: np.ndarray
    runs: np.ndarray  # uint32; pair p owns runs[runs_from[p] : runs_from[p + 1]]
    runs_from: np.ndarray  # int64 (pairs + 1,); one run per base of both reads is enough


class Window(NamedTuple):
    """Rows of a table from first_row on: cell (row, column) of `lane`, among `lanes` tables."""

    directions: np.ndarray  # uint8 (rows, columns, lanes), flat
    bases_a: np.ndarray  # uint8 (rows of the whole table, lanes), flat; codes are equal only
    bases_b: np.ndarray  # uint8 (columns, lanes), flat;           where known bases match
    first_row: int
    columns: int
    lanes: int
    lane: int


@njit(cache=True, nogil=True)
def code_of_b(base: int, is_reverse: int) -> int:
    """Code of a base of b, complemented if asked; an unknown base equals none of a, not even N."""
    if base > 3:
        return 5
    return 3 - base if is_reverse else base


@njit(cache=True, nogil=True)
def _push(runs: np.ndarray, count: int, operation: int) -> int:
    """Add one column of `operation` to the runs; returns how many runs there are now."""
    if count > 0 and runs[count - 1] & 15 == operation:
        runs[count - 1] += ONE_COLUMN
        return count
    runs[count] = ONE_COLUMN | operation
    return count + 1


@njit(cache=True, nogil=True)
def walk_back(window: Window, scoring: Scoring, state: np.ndarray, runs: np.ndarray) -> bool:
    """Follow the trace from `state` to its beginning (True) or out of the window's top (False).

    `runs` (uint32) receives the run-length encoded operations, last one first; it needs room for
    one run per base of both reads.
    """
    row, column, arrived_by = state[ROW], state[COLUMN], state[ARRIVED_BY]
    score, matches, columns, count = state[SCORE_AHEAD], state[MATCHES], state[COLUMNS], state[RUNS]
    lanes, lane = window.lanes, window.lane
    while score > 0 and row >= window.first_row:
        cell = ((row - window.first_row) * window.columns + column) * lanes + lane
        direction = window.directions[cell]
        if arrived_by == BY_PAIR and direction & DIAGONAL:
            is_match = window.bases_a[row * lanes + lane] == window.bases_b[column * lanes + lane]
            score -= scoring.match if is_match else scoring.mismatch
            matches += is_match
            count = _push(runs, count, EQUAL_RUN if is_match else MISMATCH_RUN)
            row -= 1
            column -= 1
        elif arrived_by != BY_PAIR and not direction & arrived_by:
            score += scoring.gap_open
            arrived_by = BY_PAIR
            continue
        else:
            if arrived_by != BY_PAIR:
                score += scoring.gap_extend
            elif direction & DELETION:
                arrived_by = EXTEND_DELETION
            else:
                arrived_by = EXTEND_INSERTION
            is_deletion = arrived_by == EXTEND_DELETION
            count = _push(runs, count, DELETION_RUN if is_deletion else INSERTION_RUN)
            row -= not is_deletion
            column -= is_deletion
        columns += 1
    state[ROW], state[COLUMN], state[ARRIVED_BY] = row, column, arrived_by
    state[SCORE_AHEAD], state[MATCHES], state[COLUMNS], state[RUNS] = score, matches, columns, count
    return score == 0


@njit(cache=True, nogil=True)
def runs_of(found: Found, pair: int) -> np.ndarray:
    """The room for the runs of `pair`."""
    return found.runs[found.runs_from[pair] : found.runs_from[pair + 1]]


@njit(cache=True, nogil=True)
def begin_trace(state: np.ndarray, end: tuple[int, int, int]) -> None:
    """Set `state` to the end of an alignment: (score, row, column)."""
    state[SCORE_AHEAD], state[ROW], state[COLUMN] = end
    state[ARRIVED_BY], state[MATCHES], state[COLUMNS], state[RUNS] = BY_PAIR, 0, 0, 0


@njit(cache=True, nogil=True)
def record(found: Found, pair: int, end: tuple[int, int, int], state: np.ndarray) -> None:
    """Enter the finished trace that began at `end` = (score, row, column) as that of `pair`."""
    found.score[pair] = end[0]
    if end[0] == 0:
        return
    found.start_a[pair], found.end_a[pair] = state[ROW] + 1, end[1] + 1
    found.start_b[pair], found.end_b[pair] = state[COLUMN] + 1, end[2] + 1
    found.matches[pair] = state[MATCHES]
    found.columns[pair] = state[COLUMNS]
    found.run_count[pair] = state[RUNS]
    runs = runs_of(found, pair)
    for index in range(state[RUNS] // 2):
        opposite = state[RUNS] - 1 - index
        runs[index], runs[opposite] = runs[opposite], runs[index]
