"""Smith-Waterman-Gotoh of one pair at a time, for reads of any length, in bounded memory.

The first pass fills the table row by row for the scores and keeps the state of the table at every
k-th row. The trace then goes back through bands of k rows whose directions are computed again from
the kept state, so a table of m x n cells needs about 2 n sqrt(8 m) bytes instead of m n: 180 MB
for two reads of 100,000 bases. A small table is a single band and is filled once.

Gotoh (1982), J Mol Biol 162:705, for the recurrence; kept rows as in Grice et al. (1997),
CABIOS 13:45. Scores are int32: match times length must stay below 2**31.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

import kernels.smith_waterman_trace as trace
from kernels.smith_waterman_trace import Found, Pairs, Scoring, Window

NEVER = -(2**30)  # score of a gap before its first base
ONE_BAND_CELLS = 1 << 18


class Band(NamedTuple):
    """State of the table below a row, and the directions of some rows."""

    below: np.ndarray  # int32 (2, columns): score, best score with an insertion into the next row
    directions: np.ndarray  # uint8 (rows of a band, columns), flat


@njit(cache=True, nogil=True)
def oriented_bases(pairs: Pairs, pair: int) -> tuple[np.ndarray, np.ndarray]:
    """Codes (uint8) of a and of b as aligned; they are equal only where known bases match."""
    first_a, first_b = pairs.read_a[pair], pairs.read_b[pair]
    bases_a = pairs.bases[pairs.offsets[first_a] : pairs.offsets[first_a + 1]]
    first, end = pairs.offsets[first_b], pairs.offsets[first_b + 1]
    is_reverse = pairs.is_reverse[pair]
    bases_b = np.empty(end - first, dtype=np.uint8)
    for column in range(bases_b.size):
        base = pairs.bases[end - 1 - column if is_reverse else first + column]
        bases_b[column] = trace.code_of_b(base, is_reverse)
    return bases_a, bases_b


@njit(cache=True, nogil=True)
def _fill_row(
    base: int, bases_b: np.ndarray, scoring: Scoring, band: Band, first_cell: int
) -> tuple[int, int]:
    """Fill the next row of `band` from directions[first_cell] on; its best score and column."""
    best, best_column = 0, -1
    diagonal, deletion = 0, NEVER
    for column in range(bases_b.size):
        pair = diagonal + (scoring.match if base == bases_b[column] else scoring.mismatch)
        diagonal = band.below[0, column]
        insertion = band.below[1, column]
        score = max(pair, deletion, insertion, 0)
        opened = score - scoring.gap_open
        longer_deletion = deletion - scoring.gap_extend
        longer_insertion = insertion - scoring.gap_extend
        band.directions[first_cell + column] = (
            (trace.DIAGONAL if score == pair else 0)
            | (trace.DELETION if score == deletion else 0)
            | (trace.EXTEND_DELETION if longer_deletion > opened else 0)
            | (trace.EXTEND_INSERTION if longer_insertion > opened else 0)
        )
        deletion = max(longer_deletion, opened)
        band.below[0, column] = score
        band.below[1, column] = max(longer_insertion, opened)
        if score > best:
            best, best_column = score, column
    return best, best_column


@njit(cache=True, nogil=True)
def _copy_state(source: np.ndarray, target: np.ndarray) -> None:
    for column in range(source.shape[1]):
        target[0, column] = source[0, column]
        target[1, column] = source[1, column]


@njit(cache=True, nogil=True)
def _first_pass(
    bases_a: np.ndarray, bases_b: np.ndarray, scoring: Scoring, band: Band, kept: np.ndarray
) -> tuple[int, int, int]:
    """Fill the whole table; `kept` (int32, bands x 2 x columns) receives the state above each band.

    Returns the best score and its cell: of equal ones the first row, and there the first column.
    """
    height = band.directions.size // bases_b.size
    for column in range(bases_b.size):
        band.below[0, column], band.below[1, column] = 0, NEVER
    end = (0, -1, -1)
    for row in range(bases_a.size):
        if row % height == 0:
            _copy_state(band.below, kept[row // height])
        first_cell = row % height * bases_b.size
        best, column = _fill_row(bases_a[row], bases_b, scoring, band, first_cell)
        if best > end[0]:
            end = (best, row, column)
    return end


@njit(cache=True, nogil=True)
def _align_alone(pairs: Pairs, pair: int, scoring: Scoring, found: Found) -> None:
    """Align one pair and enter the result in `found`."""
    bases_a, bases_b = oriented_bases(pairs, pair)
    rows, columns = bases_a.size, bases_b.size
    if rows == 0 or columns == 0:
        return
    height = rows if rows * columns <= ONE_BAND_CELLS else int(math.sqrt(8.0 * rows)) + 1
    band = Band(np.empty((2, columns), np.int32), np.empty(height * columns, np.uint8))
    kept = np.empty(((rows + height - 1) // height, 2, columns), dtype=np.int32)
    end = _first_pass(bases_a, bases_b, scoring, band, kept)
    state = np.empty(trace.RUNS + 1, dtype=np.int64)
    trace.begin_trace(state, end)
    for index in range(end[1] // height, -1, -1):
        first_row = index * height
        if height < rows:
            _copy_state(kept[index], band.below)
            reachable = bases_b[: state[trace.COLUMN] + 1]
            for row in range(first_row, state[trace.ROW] + 1):
                _fill_row(bases_a[row], reachable, scoring, band, (row - first_row) * columns)
        window = Window(band.directions, bases_a, bases_b, first_row, columns, 1, 0)
        if trace.walk_back(window, scoring, state, trace.runs_of(found, pair)):
            break
    trace.record(found, pair, end, state)


@njit(cache=True, nogil=True)
def align_one_by_one(pairs: Pairs, chosen: np.ndarray, scoring: Scoring, found: Found) -> None:
    """Align the pairs whose numbers are in `chosen` (int64), one after the other."""
    for pair in chosen:
        _align_alone(pairs, pair, scoring, found)
