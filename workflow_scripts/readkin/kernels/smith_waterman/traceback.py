"""Traceback through filled DP matrices, from the best cell to the begin of the alignment.

Among alignments of equal score, the one along the pair's diagonal without gaps is reported
(ungapped.py). If none is, the one that ends first in a is reported, and among those the one that
ends first in b. From that end, the traceback prefers a residue pair to a deletion (D, residues of b
only), and a deletion to an insertion (I, residues of a only), and it chooses the shortest possible
gap; so gaps are placed as far left as possible. It stops where the remaining score is 0: no
alignment has a prefix of score 0.

The traceback needs the scores only: the difference of the scores of two neighbouring cells shows
whether the alignment passes both (as in Gotoh 1982, J Mol Biol 162:705, but without matrices of the
gaps).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.simd.vectors import VECTOR_BYTES
from readkin.kernels.smith_waterman.batches import (
    Batch,
    BatchShape,
    MatrixRegion,
    Pairs,
    region_of,
)
from readkin.kernels.smith_waterman.cigar import DELETION, EQUAL, INSERTION, MISMATCH
from readkin.kernels.smith_waterman.scoring import FILLER, Alphabet
from readkin.kernels.smith_waterman.steps import COLUMNS
from readkin.kernels.smith_waterman.wavefront import Costs, signed

ONE_COLUMN = 1 << 4  # added to a run to extend it by one column


class PairResults(NamedTuple):
    """Alignments of pairs, filled in any order.

    Attributes:
        score, start_a, end_a, start_b, end_b, matches, alignment_length: int32 (pairs,), as in
            `Alignments`; 0 where there is no alignment.
        run_count: int32 (pairs,), number of CIGAR runs of each pair.
        first_run: int64 (pairs,), index of the first of them in `CigarRuns.runs`.
    """

    score: np.ndarray
    start_a: np.ndarray
    end_a: np.ndarray
    start_b: np.ndarray
    end_b: np.ndarray
    matches: np.ndarray
    alignment_length: np.ndarray
    run_count: np.ndarray
    first_run: np.ndarray


class CigarRuns(NamedTuple):
    """CIGAR runs of alignments, one alignment after the other, the last run of each first.

    Attributes:
        runs: uint32 (capacity,).
        used: int64 (1,), number of runs in use.
    """

    runs: np.ndarray
    used: np.ndarray


@njit(cache=True, nogil=True)
def with_capacity(runs: CigarRuns, wanted: int) -> CigarRuns:
    """Return the runs with capacity for at least `wanted` further runs."""
    used = runs.used[0]
    if runs.runs.size >= used + wanted:
        return runs
    larger = np.empty(2 * (used + wanted), np.uint32)
    for index in range(used):
        larger[index] = runs.runs[index]
    return CigarRuns(larger, runs.used)


@njit(cache=True, nogil=True, forceinline=True)
def push(runs: CigarRuns, first: int, length: int, operation: int) -> None:
    """Append columns to the alignment whose runs begin at index `first`."""
    used = runs.used[0]
    if used > first and runs.runs[used - 1] % ONE_COLUMN == operation:
        runs.runs[used - 1] += length * ONE_COLUMN
    else:
        runs.runs[used] = length * ONE_COLUMN | operation
        runs.used[0] = used + 1


@njit(cache=True, nogil=True)
def record_alignment(
    results: PairResults,
    pair: int,
    start: tuple[int, int],
    end: tuple[int, int],
    runs: CigarRuns,
) -> None:
    """Enter the alignment of a pair, whose CIGAR runs are the last in `runs`.

    `start` and `end` are its first and its last cell (column, row).
    """
    results.start_a[pair], results.start_b[pair] = start
    results.end_a[pair], results.end_b[pair] = end[0] + 1, end[1] + 1
    first = results.first_run[pair]
    results.run_count[pair] = runs.used[0] - first
    for index in range(first, runs.used[0]):
        length, operation = runs.runs[index] // ONE_COLUMN, runs.runs[index] % ONE_COLUMN
        results.alignment_length[pair] += length
        if operation == EQUAL:
            results.matches[pair] += length


class ScoreBytes(NamedTuple):
    """Scores of a filled batch as bytes, so that kernels are compiled once for all score dtypes.

    Attributes:
        cells: uint8, bytes of `TracebackMatrix.cells`.
        highest: uint8, bytes of `TracebackMatrix.highest`.
        best: uint8, bytes of `Borders.best`.
        width: bytes of a score.
        first_zero: the stored score 0 of step 0.
        rise: increase of the stored score 0 with each step.
        period: steps until it falls back to `first_zero`; a power of 2.
        limit: lowest score that may be wrong.
    """

    cells: np.ndarray
    highest: np.ndarray
    best: np.ndarray
    width: int
    first_zero: int
    rise: int
    period: int
    limit: int


class LaneMatrix(NamedTuple):
    """The DP matrix of one lane of a batch.

    Attributes:
        scores: scores of the batch.
        lane: number of the lane.
        shape: size of the batch.
    """

    scores: ScoreBytes
    lane: int
    shape: BatchShape


def as_bytes(batch: Batch) -> ScoreBytes:
    """Return the memory for the scores of a batch that has a traceback matrix."""
    assert batch.traceback is not None
    width, frame = batch.borders.best.itemsize, batch.frame
    return ScoreBytes(
        cells=batch.traceback.cells.view(np.uint8),
        highest=batch.traceback.highest.view(np.uint8),
        best=batch.borders.best.view(np.uint8),
        width=width,
        first_zero=frame.level,
        rise=frame.extending,
        period=frame.zeros.size * width // VECTOR_BYTES,
        limit=frame.limit,
    )


@njit(cache=True, nogil=True, forceinline=True)
def _number(array: np.ndarray, vector: int, matrix: LaneMatrix) -> int:
    """Return the number of the matrix' lane in vector number `vector` of an array."""
    width = matrix.scores.width
    first = vector * VECTOR_BYTES + matrix.lane * width
    number = signed(array[first])
    for byte in range(1, width):
        number |= signed(array[first + byte]) << 8 * byte
    return number


@njit(cache=True, nogil=True, forceinline=True)
def _score_at(matrix: LaneMatrix, column: int, row: int) -> int:
    """Return the score of a cell; 0 for a cell that was not computed."""
    if column < 0 or row < 0:
        return 0
    scores, shape = matrix.scores, matrix.shape
    strip = signed(np.uint64(column) // np.uint64(COLUMNS))
    column_of_strip = column - strip * COLUMNS
    step = row + column_of_strip
    number = step - (strip * COLUMNS if shape.is_banded else 0)
    if number < 0 or number >= shape.steps:
        return 0
    vector = (strip * shape.steps + number) * COLUMNS + column_of_strip
    stored = _number(scores.cells, vector, matrix)
    return stored - scores.first_zero - scores.rise * (step & (scores.period - 1))


@njit(cache=True, nogil=True, forceinline=True)
def _best_before(matrix: LaneMatrix, strip: int) -> int:
    """Return the highest score of all strips before this one; undefined from the limit on."""
    return _number(matrix.scores.best, strip, matrix)


@njit(cache=True, nogil=True)
def _end_of(matrix: LaneMatrix, score: int) -> tuple[int, int]:
    """Return column and row of the first cell, column by column, that has the score."""
    shape = matrix.shape
    low, high = 0, shape.columns // COLUMNS - 1
    while low < high:  # best scores never decrease from strip to strip
        middle = (low + high) // 2
        if _best_before(matrix, middle + 1) == score:
            high = middle
        else:
            low = middle + 1
    first = low * COLUMNS if shape.is_banded else 0
    column, row = -1, -1
    for number in range(shape.steps):
        if _number(matrix.scores.highest, low * shape.steps + number, matrix) != score:
            continue
        for column_of_strip in range(COLUMNS):
            here = low * COLUMNS + column_of_strip
            if (column < 0 or here < column) and (
                _score_at(matrix, here, first + number - column_of_strip) == score
            ):
                column, row = here, first + number - column_of_strip
    return column, row


@njit(cache=True, nogil=True)
def _gap_length(
    matrix: LaneMatrix, cell: tuple[int, int], is_deletion: bool, score: int, costs: Costs
) -> int:
    """Return the length of the shortest gap that ends in the cell with this score; 0 if none."""
    column, row = cell
    wanted = score + costs.gap_open
    for length in range(1, (row if is_deletion else column) + 1):
        other = (column, row - length) if is_deletion else (column - length, row)
        if _score_at(matrix, other[0], other[1]) == wanted:
            return length
        wanted += costs.gap_extend
    return 0


class PairResidues(NamedTuple):
    """The residues of a pair, in the arrays of its sequences.

    Attributes:
        a, b: uint8, codes of all sequences a and of all sequences b.
        first_a: index of the residue of column 0.
        first_b: index of the residue of row 0.
        step_b: from row to row; -1 if b is reverse-complemented, else 1.
        lane_codes_a, lane_codes_b: uint8 (CODES,), lane code of each residue code.
    """

    a: np.ndarray
    b: np.ndarray
    first_a: int
    first_b: int
    step_b: int
    lane_codes_a: np.ndarray
    lane_codes_b: np.ndarray


@njit(cache=True, nogil=True)
def _residues_of(
    pairs: Pairs, pair: int, region: MatrixRegion, lane_codes: np.ndarray
) -> PairResidues:
    index_a, index_b = pairs.index_a[pair], pairs.index_b[pair]
    is_reverse = pairs.is_reverse[pair]
    sequences_a, sequences_b = pairs.sequences_a, pairs.sequences_b
    begin, end = sequences_b.offsets[index_b], sequences_b.offsets[index_b + 1]
    first_row = region.first_b - region.shift
    return PairResidues(
        a=sequences_a.codes,
        b=sequences_b.codes,
        first_a=sequences_a.offsets[index_a] + region.first_a,
        first_b=end - 1 - first_row if is_reverse else begin + first_row,
        step_b=-1 if is_reverse else 1,
        lane_codes_a=lane_codes[0],
        lane_codes_b=lane_codes[1 + is_reverse],
    )


@njit(cache=True, nogil=True, forceinline=True)
def _code_a(residues: PairResidues, column: int) -> int:
    return residues.lane_codes_a[min(residues.a[residues.first_a + column], FILLER)]


@njit(cache=True, nogil=True, forceinline=True)
def _code_b(residues: PairResidues, row: int) -> int:
    residue = residues.b[residues.first_b + residues.step_b * row]
    return residues.lane_codes_b[min(residue, FILLER)]


@njit(cache=True, nogil=True, forceinline=True)
def _equal_run(residues: PairResidues, column: int, row: int, most: int) -> int:
    """Count the equal residue pairs from a cell backwards along its diagonal, up to `most`."""
    length = 0
    while length < most and _code_a(residues, column - length) == _code_b(residues, row - length):
        length += 1
    return length


@njit(cache=True, nogil=True)
def _trace_back(
    matrix: LaneMatrix,
    residues: PairResidues,
    end: tuple[int, int],
    score: int,
    alphabet: Alphabet,
    runs: CigarRuns,
) -> tuple[int, int]:
    """Append the runs of an alignment, last run first, and return its first cell (column, row)."""
    column, row = end
    first = runs.used[0]
    while score > 0:
        if alphabet.is_by_equality:
            # Each pair of equal residues raises the score along the diagonal by a match or more.
            # If the run as a whole raises it by no more than its matches, so does each pair.
            length = _equal_run(residues, column, row, score // alphabet.match)
            before = score - length * alphabet.match
            if length and _score_at(matrix, column - length, row - length) == before:
                push(runs, first, length, EQUAL)
                column, row, score = column - length, row - length, before
                continue
        code_a, code_b = _code_a(residues, column), _code_b(residues, row)
        before = score - alphabet.scores[code_a, code_b]
        if _score_at(matrix, column - 1, row - 1) == before:
            push(runs, first, 1, EQUAL if code_a == code_b else MISMATCH)
            column, row, score = column - 1, row - 1, before
            continue
        length = _gap_length(matrix, (column, row), True, score, alphabet.costs)
        is_deletion = length > 0
        if not is_deletion:
            length = _gap_length(matrix, (column, row), False, score, alphabet.costs)
        push(runs, first, length, DELETION if is_deletion else INSERTION)
        column, row = (column, row - length) if is_deletion else (column - length, row)
        score = _score_at(matrix, column, row)
    return column + 1, row + 1


@njit(cache=True, nogil=True)
def trace_batch(
    pairs: Pairs,
    chosen: np.ndarray,
    half_width: int,
    alphabet: Alphabet,
    scores: ScoreBytes,
    shape: BatchShape,
    proof: np.ndarray,
    results: PairResults,
    runs: CigarRuns,
) -> CigarRuns:
    """Enter the alignments of a filled batch whose best scores are those of the whole matrices.

    A band that does not contain the best alignment has a lower best score than the one in
    `results`, or, if that is not known yet, than `proof`. Such a pair is skipped. The runs are
    returned; their memory may have grown.
    """
    strips = shape.columns // COLUMNS
    runs = with_capacity(runs, chosen.size * (2 * shape.columns + shape.steps))
    for lane in range(chosen.size):
        pair, matrix = chosen[lane], LaneMatrix(scores, lane, shape)
        score = _best_before(matrix, strips)
        if results.score[pair] < 0 and proof[pair] <= score < scores.limit:
            results.score[pair] = score
        if score <= 0 or results.score[pair] != score:
            continue
        results.first_run[pair] = runs.used[0]
        region = region_of(pairs, pair, half_width)
        residues = _residues_of(pairs, pair, region, alphabet.codes)
        end = _end_of(matrix, score)
        start = _trace_back(matrix, residues, end, score, alphabet, runs)
        first_row = region.first_b - region.shift
        record_alignment(
            results,
            pair,
            (start[0] + region.first_a, start[1] + first_row),
            (end[0] + region.first_a, end[1] + first_row),
            runs,
        )
    return runs
