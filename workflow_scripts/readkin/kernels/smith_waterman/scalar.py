"""Smith-Waterman-Gotoh of one pair at a time, in little memory.

It is used for DP matrices whose scores cannot all be stored. The first pass fills the matrix row by
row (residues of a) and saves its state at every k-th row. The traceback then passes through blocks
of k rows, each of which is filled again from the saved state, with a byte of directions per cell.
So a matrix of m x n cells needs about 2 n sqrt(8 m) bytes instead of m n: 180 MB for two reads of
100,000 bases.

The recurrence is that of Gotoh (1982), J Mol Biol 162:705; rows are saved as in Grice et al.
(1997), CABIOS 13:45. Scores are int32. traceback.py defines which of several best alignments is
reported.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.smith_waterman.batches import Pairs
from readkin.kernels.smith_waterman.cigar import DELETION, EQUAL, INSERTION, MISMATCH
from readkin.kernels.smith_waterman.scoring import FILLER, Alphabet
from readkin.kernels.smith_waterman.traceback import (
    CigarRuns,
    PairResults,
    push,
    record_alignment,
)
from readkin.kernels.smith_waterman.wavefront import Costs

NEVER = -(2**30)  # score of a gap before its first residue
ONE_BLOCK_CELLS = 1 << 18  # a matrix of up to this size is a single block

# Bits of the direction of a cell.
FROM_PAIR = 1  # the score comes from the residue pair
FROM_DELETION = 2  # else from a deletion; without either bit, it comes from an insertion
EXTENDS_DELETION = 4  # a deletion in the next column extends the deletion of this cell
EXTENDS_INSERTION = 8  # an insertion in the next row extends the insertion of this cell

# State of a traceback, int64 (4,): cell; how the traceback came to it, by a residue pair or else by
# the gap whose EXTENDS bit it is; score of the part of the alignment that remains.
ROW, COLUMN, ARRIVED_BY, REMAINING_SCORE = range(4)
BY_PAIR = 0


class CodedPair(NamedTuple):
    """Lane codes of a pair of sequences.

    Attributes:
        codes_a: uint8 (rows,).
        codes_b: uint8 (columns,), of b as aligned.
        alphabet: scores of the lane codes.
    """

    codes_a: np.ndarray
    codes_b: np.ndarray
    alphabet: Alphabet


class RowBlock(NamedTuple):
    """State of the matrix below a row, and directions of a block of rows.

    Attributes:
        below: int32 (2, columns); score, and best score of an insertion into the next row.
        directions: uint8 (rows, columns), flat.
    """

    below: np.ndarray
    directions: np.ndarray


@njit(cache=True, nogil=True)
def coded_pair(pairs: Pairs, pair: int, alphabet: Alphabet) -> CodedPair:
    """Return the lane codes of a pair, b as aligned."""
    index_a, index_b = pairs.index_a[pair], pairs.index_b[pair]
    offsets_a, offsets_b = pairs.sequences_a.offsets, pairs.sequences_b.offsets
    codes_a = pairs.sequences_a.codes[offsets_a[index_a] : offsets_a[index_a + 1]].copy()
    codes_b = pairs.sequences_b.codes[offsets_b[index_b] : offsets_b[index_b + 1]].copy()
    for row in range(codes_a.size):
        codes_a[row] = alphabet.codes[0, min(codes_a[row], FILLER)]
    is_reverse = pairs.is_reverse[pair]
    for column in range(codes_b.size):
        codes_b[column] = alphabet.codes[1 + is_reverse, min(codes_b[column], FILLER)]
    return CodedPair(codes_a, codes_b[::-1].copy() if is_reverse else codes_b, alphabet)


@njit(cache=True, nogil=True)
def _fill_row(
    coded: CodedPair, row: int, columns: int, block: RowBlock, first_cell: int
) -> tuple[int, int]:
    """Fill the first `columns` columns of a row, and return its best score and that cell's column.

    The directions are written from index `first_cell` on.
    """
    best, best_column = 0, -1
    diagonal, deletion = 0, NEVER
    scores = coded.alphabet.scores[coded.codes_a[row]]
    gap_open, gap_extend = coded.alphabet.costs.gap_open, coded.alphabet.costs.gap_extend
    for column in range(columns):
        pair = diagonal + scores[coded.codes_b[column]]
        diagonal = block.below[0, column]
        insertion = block.below[1, column]
        score = max(pair, deletion, insertion, 0)
        opened = score - gap_open
        longer_deletion = deletion - gap_extend
        longer_insertion = insertion - gap_extend
        block.directions[first_cell + column] = (
            (FROM_PAIR if score == pair else 0)
            | (FROM_DELETION if score == deletion else 0)
            | (EXTENDS_DELETION if longer_deletion > opened else 0)
            | (EXTENDS_INSERTION if longer_insertion > opened else 0)
        )
        deletion = max(longer_deletion, opened)
        block.below[0, column] = score
        block.below[1, column] = max(longer_insertion, opened)
        if score > best:
            best, best_column = score, column
    return best, best_column


@njit(cache=True, nogil=True)
def _first_pass(coded: CodedPair, block: RowBlock, saved: np.ndarray) -> tuple[int, int, int]:
    """Fill the whole matrix, and return the best score, its row and its column.

    Among equal scores, that in the first row is returned, and there that in the first column.
    `saved` (int32, blocks x 2 x columns) receives the state above each block.
    """
    columns = coded.codes_b.size
    height = block.directions.size // columns
    end = (0, -1, -1)
    for row in range(coded.codes_a.size):
        if row % height == 0:
            saved[row // height] = block.below
        best, column = _fill_row(coded, row, columns, block, row % height * columns)
        if best > end[0]:
            end = (best, row, column)
    return end


@njit(cache=True, nogil=True)
def leave_gap(
    direction: int, arrived_by: int, costs: Costs, runs: CigarRuns, first_run: int
) -> tuple[int, int, int, int]:
    """Undo one step of the traceback that is no residue pair, and append its column, if any.

    Args:
        direction: of the cell.
        arrived_by: how the cell was arrived at, from the end of the alignment.
        costs: of gaps.
        runs, first_run: as for ``push``.

    Returns:
        How the next cell is arrived at; the cost of the step; by how many rows and columns the next
        cell is before this one.
    """
    if arrived_by != BY_PAIR and not direction & arrived_by:
        return BY_PAIR, costs.gap_open, 0, 0
    cost = 0
    if arrived_by != BY_PAIR:
        cost = costs.gap_extend
    elif direction & FROM_DELETION:
        arrived_by = EXTENDS_DELETION
    else:
        arrived_by = EXTENDS_INSERTION
    is_deletion = arrived_by == EXTENDS_DELETION
    push(runs, first_run, 1, DELETION if is_deletion else INSERTION)
    return arrived_by, cost, 1 - is_deletion, 0 + is_deletion


@njit(cache=True, nogil=True)
def _trace_back(
    coded: CodedPair,
    block: RowBlock,
    first_row: int,
    state: np.ndarray,
    runs: CigarRuns,
    first_run: int,
) -> bool:
    """Trace back within a block and update `state`; return whether the begin was reached."""
    row, column, arrived_by, score = state
    costs = coded.alphabet.costs
    while score > 0 and row >= first_row:
        direction = block.directions[(row - first_row) * coded.codes_b.size + column]
        if arrived_by == BY_PAIR and direction & FROM_PAIR:
            code_a, code_b = coded.codes_a[row], coded.codes_b[column]
            score -= coded.alphabet.scores[code_a, code_b]
            push(runs, first_run, 1, EQUAL if code_a == code_b else MISMATCH)
            row -= 1
            column -= 1
        else:
            arrived_by, cost, rows, columns = leave_gap(
                direction, arrived_by, costs, runs, first_run
            )
            score += cost
            row -= rows
            column -= columns
    state[:] = row, column, arrived_by, score
    return score == 0


@njit(cache=True, nogil=True)
def align_alone(
    pairs: Pairs, pair: int, alphabet: Alphabet, results: PairResults, runs: CigarRuns
) -> None:
    """Enter the best alignment of a pair; `runs` must have capacity for all residues of both."""
    coded = coded_pair(pairs, pair, alphabet)
    rows, columns = coded.codes_a.size, coded.codes_b.size
    if rows == 0 or columns == 0:
        return
    height = rows if rows * columns <= ONE_BLOCK_CELLS else int(math.sqrt(8.0 * rows)) + 1
    block = RowBlock(np.zeros((2, columns), np.int32), np.empty(height * columns, np.uint8))
    block.below[1] = NEVER
    saved = np.empty(((rows + height - 1) // height, 2, columns), dtype=np.int32)
    score, end_row, end_column = _first_pass(coded, block, saved)
    results.score[pair] = score
    results.first_run[pair] = runs.used[0]
    state = np.array([end_row, end_column, BY_PAIR, score])
    for index in range(end_row // height, -1, -1):
        first_row = index * height
        if height < rows:
            block.below[:] = saved[index]
            for row in range(first_row, state[ROW] + 1):
                first_cell = (row - first_row) * columns
                _fill_row(coded, row, state[COLUMN] + 1, block, first_cell)
        if _trace_back(coded, block, first_row, state, runs, results.first_run[pair]):
            break
    if score > 0:
        start = (state[ROW] + 1, state[COLUMN] + 1)
        record_alignment(results, pair, start, (end_row, end_column), runs)
