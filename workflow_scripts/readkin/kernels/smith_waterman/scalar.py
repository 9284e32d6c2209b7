"""Smith-Waterman-Gotoh of one pair at a time, in memory that hardly grows with the table.

For tables too large to keep all scores of. The first pass fills the table row by row (letters of a)
and keeps its state at every k-th row; the trace then goes back through bands of k rows, which are
filled again from the kept state, with a byte of directions for each cell. So a table of m x n cells
needs about 2 n sqrt(8 m) bytes instead of m n: 180 MB for two reads of 100,000 bases.

Gotoh (1982), J Mol Biol 162:705, for the recurrence; kept rows as in Grice et al. (1997), CABIOS
13:45. Scores are int32. The alignment is the one that smith_waterman_trace.py describes.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.smith_waterman.batches import Pairs
from readkin.kernels.smith_waterman.scoring import FILLER, Alphabet
from readkin.kernels.smith_waterman.trace import (
    DELETION_RUN,
    EQUAL_RUN,
    INSERTION_RUN,
    MISMATCH_RUN,
    Found,
    Runs,
    push,
    record,
)

NEVER = -(2**30)  # score of a gap before its first letter
ONE_BAND_CELLS = 1 << 18

DIAGONAL = 1  # the cell's score comes from the pair of letters
DELETION = 2  # else from a deletion (letter of b only); neither bit: from an insertion
EXTEND_DELETION = 4  # a deletion of the next column makes the one of this cell longer
EXTEND_INSERTION = 8  # an insertion of the next row makes the one of this cell longer

# A trace on its way, an int64 array: cell, how it was reached from the right or from below (0 by a
# pair of letters, else the bit that tells whether that gap goes on), score of what is still ahead.
ROW, COLUMN, ARRIVED_BY, SCORE_AHEAD = range(4)
BY_PAIR = 0


class Table(NamedTuple):
    """Codes of a (rows) and of b as aligned (columns), and what two of them score."""

    codes_a: np.ndarray  # uint8
    codes_b: np.ndarray  # uint8
    alphabet: Alphabet


class Band(NamedTuple):
    """State of the table below a row, and the directions of some rows."""

    below: np.ndarray  # int32 (2, columns): score, best score with an insertion into the next row
    directions: np.ndarray  # uint8 (rows of a band, columns), flat


@njit(cache=True, nogil=True)
def _table_of(pairs: Pairs, pair: int, alphabet: Alphabet) -> Table:
    index_a, index_b = pairs.index_a[pair], pairs.index_b[pair]
    codes_a = pairs.a.codes[pairs.a.offsets[index_a] : pairs.a.offsets[index_a + 1]].copy()
    codes_b = pairs.b.codes[pairs.b.offsets[index_b] : pairs.b.offsets[index_b + 1]].copy()
    for row in range(codes_a.size):
        codes_a[row] = alphabet.codes[0, min(codes_a[row], FILLER)]
    is_reverse = pairs.is_reverse[pair]
    for column in range(codes_b.size):
        codes_b[column] = alphabet.codes[1 + is_reverse, min(codes_b[column], FILLER)]
    return Table(codes_a, codes_b[::-1].copy() if is_reverse else codes_b, alphabet)


@njit(cache=True, nogil=True)
def _fill_row(table: Table, row: int, columns: int, band: Band, first_cell: int) -> tuple[int, int]:
    """Fill some columns of the next row of `band` from directions[first_cell] on; its best score
    and where."""
    best, best_column = 0, -1
    diagonal, deletion = 0, NEVER
    scores = table.alphabet.scores[table.codes_a[row]]
    gap_open, gap_extend = table.alphabet.costs.gap_open, table.alphabet.costs.gap_extend
    for column in range(columns):
        pair = diagonal + scores[table.codes_b[column]]
        diagonal = band.below[0, column]
        insertion = band.below[1, column]
        score = max(pair, deletion, insertion, 0)
        opened = score - gap_open
        longer_deletion = deletion - gap_extend
        longer_insertion = insertion - gap_extend
        band.directions[first_cell + column] = (
            (DIAGONAL if score == pair else 0)
            | (DELETION if score == deletion else 0)
            | (EXTEND_DELETION if longer_deletion > opened else 0)
            | (EXTEND_INSERTION if longer_insertion > opened else 0)
        )
        deletion = max(longer_deletion, opened)
        band.below[0, column] = score
        band.below[1, column] = max(longer_insertion, opened)
        if score > best:
            best, best_column = score, column
    return best, best_column


@njit(cache=True, nogil=True)
def _first_pass(table: Table, band: Band, kept: np.ndarray) -> tuple[int, int, int]:
    """Fill the whole table; `kept` (int32, bands x 2 x columns) receives the state above each band.

    Returns the best score and its cell: of equal ones the first row, and there the first column.
    """
    columns = table.codes_b.size
    height = band.directions.size // columns
    end = (0, -1, -1)
    for row in range(table.codes_a.size):
        if row % height == 0:
            kept[row // height] = band.below
        best, column = _fill_row(table, row, columns, band, row % height * columns)
        if best > end[0]:
            end = (best, row, column)
    return end


@njit(cache=True, nogil=True)
def _walk_back(
    table: Table, band: Band, first_row: int, state: np.ndarray, runs: Runs, first_run: int
) -> bool:
    """Follow the trace from `state` to its beginning (True) or out of the band's top (False)."""
    row, column, arrived_by, score = state
    costs = table.alphabet.costs
    while score > 0 and row >= first_row:
        direction = band.directions[(row - first_row) * table.codes_b.size + column]
        if arrived_by == BY_PAIR and direction & DIAGONAL:
            letter_a, letter_b = table.codes_a[row], table.codes_b[column]
            score -= table.alphabet.scores[letter_a, letter_b]
            push(runs, first_run, 1, EQUAL_RUN if letter_a == letter_b else MISMATCH_RUN)
            row -= 1
            column -= 1
        elif arrived_by != BY_PAIR and not direction & arrived_by:
            score += costs.gap_open
            arrived_by = BY_PAIR
        else:
            if arrived_by != BY_PAIR:
                score += costs.gap_extend
            elif direction & DELETION:
                arrived_by = EXTEND_DELETION
            else:
                arrived_by = EXTEND_INSERTION
            is_deletion = arrived_by == EXTEND_DELETION
            push(runs, first_run, 1, DELETION_RUN if is_deletion else INSERTION_RUN)
            row -= not is_deletion
            column -= is_deletion
    state[:] = row, column, arrived_by, score
    return score == 0


@njit(cache=True, nogil=True)
def align_alone(pairs: Pairs, pair: int, alphabet: Alphabet, found: Found, runs: Runs) -> None:
    """Enter the best alignment of a pair; `runs` must have room for all letters of both."""
    table = _table_of(pairs, pair, alphabet)
    rows, columns = table.codes_a.size, table.codes_b.size
    if rows == 0 or columns == 0:
        return
    height = rows if rows * columns <= ONE_BAND_CELLS else int(math.sqrt(8.0 * rows)) + 1
    band = Band(np.zeros((2, columns), np.int32), np.empty(height * columns, np.uint8))
    band.below[1] = NEVER
    kept = np.empty(((rows + height - 1) // height, 2, columns), dtype=np.int32)
    score, end_row, end_column = _first_pass(table, band, kept)
    found.score[pair] = score
    found.first_run[pair] = runs.used[0]
    state = np.array([end_row, end_column, BY_PAIR, score])
    for index in range(end_row // height, -1, -1):
        first_row = index * height
        if height < rows:
            band.below[:] = kept[index]
            for row in range(first_row, state[ROW] + 1):
                first_cell = (row - first_row) * columns
                _fill_row(table, row, state[COLUMN] + 1, band, first_cell)
        if _walk_back(table, band, first_row, state, runs, found.first_run[pair]):
            break
    if score > 0:
        start = (state[ROW] + 1, state[COLUMN] + 1)
        record(found, pair, start, (end_row, end_column), runs)
