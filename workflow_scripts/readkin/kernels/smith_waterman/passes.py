"""Passes over many pairs: grouping into batches of similar size, computation, results by pair."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit

from readkin.kernels.radix_sort import stable_argsort
from readkin.kernels.sequences.sequences import lengths_of
from readkin.kernels.simd.vectors import VECTOR_BYTES, aligned_zeros, lane_count
from readkin.kernels.smith_waterman.band import DiagonalRange
from readkin.kernels.smith_waterman.batches import (
    ANY_DIAGONAL,
    BLOCK_STEPS,
    WHOLE_MATRIX,
    Batch,
    BatchShape,
    Pairs,
    allocate_batch,
    fill_matrices,
    fill_tall_matrices,
    interleave,
    overlap_lengths,
    region_of,
    shape_of,
)
from readkin.kernels.smith_waterman.scalar import align_alone
from readkin.kernels.smith_waterman.scoring import Alphabet
from readkin.kernels.smith_waterman.steps import COLUMNS, Profile, TracebackMatrix
from readkin.kernels.smith_waterman.targets import TOO_HIGH
from readkin.kernels.smith_waterman.traceback import (
    CigarRuns,
    PairResults,
    ScoreBytes,
    as_bytes,
    trace_batch,
    with_capacity,
)
from readkin.kernels.smith_waterman.wavefront import STATE_VECTORS, frame_limit, signed

DTYPES = (np.uint8, np.uint16, np.uint32)
TRACEBACK_BYTES = 256 << 20  # largest traceback matrix of a batch
# Number of pairs that are sorted by size at a time; a power of 2. If all pairs were sorted
# together, the sequences of a batch would be far apart in memory.
PAIRS_PER_BLOCK = 1 << 15


def empty_results(pairs: int) -> PairResults:
    """Return results of pairs whose scores are not known yet."""
    zeros = {name: np.zeros(pairs, np.int32) for name in PairResults._fields}
    unknown = {"score": np.full(pairs, TOO_HIGH, np.int32), "first_run": np.full(pairs, -1)}
    return PairResults(**(zeros | unknown))


def score_waiting(
    pairs: Pairs,
    waiting: np.ndarray,
    alphabet: Alphabet,
    scores: np.ndarray,
    half_width: int = WHOLE_MATRIX,
    dtypes: Sequence[Any] = DTYPES,
    diagonals: DiagonalRange | None = None,
) -> None:
    """Compute the scores of some pairs, in the narrowest dtype that is wide enough for each.

    Args:
        pairs: all pairs.
        waiting: int64 (waiting,), indices of the pairs to compute.
        alphabet: lane codes and scores.
        scores: int32 (pairs,), filled for the waiting pairs; TOO_HIGH before.
        half_width: of the band, or WHOLE_MATRIX.
        dtypes: unsigned types of scores, from the narrowest to the widest.
        diagonals: of all pairs, that the best alignments can cross; None: any.
    """
    if diagonals is None:
        everything = np.full(pairs.index_a.size, ANY_DIAGONAL)
        diagonals = DiagonalRange(-everything, everything)
    rows = lengths_of(pairs.sequences_b, pairs.index_b[waiting])
    is_tall = (rows > 2 * BLOCK_STEPS) & (half_width == WHOLE_MATRIX)
    expected = alphabet.costs.highest * overlap_lengths(pairs)[waiting]
    for dtype in dtypes:
        limit = frame_limit(alphabet.costs, dtype)
        # The expected score is only a guess; it avoids computations that are likely to overflow.
        fits = (limit > 0) & ((expected < limit) | (dtype == DTYPES[-1]))
        for tall in (False, True):
            chosen = waiting[fits & (is_tall == tall)]
            if chosen.size:
                _score_as(dtype, pairs, chosen, alphabet, scores, half_width, tall, diagonals)
        left = scores[waiting] == TOO_HIGH
        waiting, expected, is_tall = waiting[left], expected[left], is_tall[left]


def _score_as(
    dtype: Any,
    pairs: Pairs,
    waiting: np.ndarray,
    alphabet: Alphabet,
    scores: np.ndarray,
    half_width: int,
    is_tall: bool,
    diagonals: DiagonalRange,
) -> None:
    """Enter the scores of the waiting pairs that this dtype can represent."""
    lanes = lane_count(dtype)
    order = _by_size(pairs, waiting, half_width, lanes, diagonals)
    largest = _largest_shape(pairs, order, half_width, lanes)
    batch = allocate_batch(largest, alphabet, dtype)
    strips = largest.columns // COLUMNS
    states = aligned_zeros(strips * STATE_VECTORS * lanes, dtype) if is_tall else None
    _score_in_lanes(
        pairs, order, half_width, diagonals, alphabet, batch, batch.profile, states, scores
    )


def trace_waiting(
    pairs: Pairs,
    waiting: np.ndarray,
    alphabet: Alphabet,
    half_width: int,
    expected: np.ndarray,
    proof: np.ndarray,
    results: PairResults,
    runs: CigarRuns,
) -> CigarRuns:
    """Align those of the waiting pairs whose best alignment is proven to be within the band.

    Args:
        pairs: all pairs.
        waiting: int64 (waiting,), indices of the pairs to align.
        alphabet: lane codes and scores.
        half_width: of the band, or WHOLE_MATRIX.
        expected: int64 (pairs,), expected scores, which decide the dtype of the scores.
        proof: int64 (pairs,); an alignment with this score or a higher one is the best of its pair,
            if the best score is not yet in `results`.
        results: filled for the pairs that are aligned.
        runs: CIGAR runs, extended.

    Returns:
        The runs, whose memory may have grown.
    """
    lower = -1
    for dtype in DTYPES:
        lanes, limit = lane_count(dtype), frame_limit(alphabet.costs, dtype)
        fits = (expected[waiting] >= lower) & (expected[waiting] < limit)
        lower = max(limit, lower)
        order = _by_size(pairs, waiting[fits], half_width, lanes)
        if order.size:
            largest = _largest_shape(pairs, order, half_width, lanes)
            batch = allocate_batch(largest, alphabet, dtype, TRACEBACK_BYTES)
            assert batch.traceback is not None
            runs = _trace_in_lanes(
                pairs,
                order,
                half_width,
                alphabet,
                batch,
                batch.profile,
                batch.traceback,
                as_bytes(batch),
                proof,
                results,
                runs,
            )
    return runs


def trace_alone(
    pairs: Pairs, waiting: np.ndarray, alphabet: Alphabet, results: PairResults, runs: CigarRuns
) -> CigarRuns:
    """Align the waiting pairs one by one, and return the extended runs."""
    for pair in waiting:
        length_a = lengths_of(pairs.sequences_a, pairs.index_a[pair])
        length_b = lengths_of(pairs.sequences_b, pairs.index_b[pair])
        runs = with_capacity(runs, length_a + length_b)
        align_alone(pairs, pair, alphabet, results, runs)
    return runs


def _by_size(
    pairs: Pairs,
    waiting: np.ndarray,
    half_width: int,
    lanes: int,
    diagonals: DiagonalRange | None = None,
) -> np.ndarray:
    """Sort pairs so that those of a batch have matrices of similar width and height.

    Where not all `diagonals` are needed, their number takes the place of a greater height.
    """
    columns, rows = _sizes(pairs, waiting, half_width)
    if diagonals is not None:
        needed = diagonals.highest[waiting] - diagonals.lowest[waiting] + 1
        rows = np.minimum(rows, needed.astype(np.uint64))
    position = np.arange(waiting.size, dtype=np.uint64)
    block = position // np.uint64(PAIRS_PER_BLOCK)
    by_width = stable_argsort(block << np.uint64(32) | columns)
    batches = min(waiting.size, PAIRS_PER_BLOCK) / lanes
    group = position // np.uint64(lanes * 2 ** round(math.log2(max(batches, 1)) / 2))
    return waiting[by_width[stable_argsort(group << np.uint64(32) | rows[by_width])]]


@njit(cache=True, nogil=True)
def _sizes(pairs: Pairs, chosen: np.ndarray, half_width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return columns and rows of each pair's matrix, or of the region in the band; uint64."""
    columns, rows = np.empty(chosen.size, np.uint64), np.empty(chosen.size, np.uint64)
    for index in range(chosen.size):
        region = region_of(pairs, chosen[index], half_width)
        columns[index] = region.end_a - region.first_a
        rows[index] = region.end_b - region.first_b
    return columns, rows


@njit(cache=True, nogil=True)
def _largest_shape(pairs: Pairs, order: np.ndarray, half_width: int, lanes: int) -> BatchShape:
    """Return the most columns and the most steps of the batches of pairs in this order."""
    columns, steps, is_banded = 0, 0, half_width != WHOLE_MATRIX
    for first in range(0, order.size, lanes):
        shape = shape_of(pairs, order[first : first + lanes], half_width)
        columns, steps = max(columns, shape.columns), max(steps, shape.steps)
    return BatchShape(columns, steps, is_banded, -ANY_DIAGONAL, ANY_DIAGONAL)


@njit(cache=True, nogil=True)
def _score_in_lanes(
    pairs: Pairs,
    order: np.ndarray,
    half_width: int,
    diagonals: DiagonalRange,
    alphabet: Alphabet,
    batch: Batch,
    profile: Profile | None,
    strip_states: np.ndarray | None,
    scores: np.ndarray,
) -> None:
    """Compute the pairs batch by batch, and enter those scores that are exact."""
    best = batch.borders.best
    lanes = VECTOR_BYTES // best.itemsize
    for first in range(0, order.size, lanes):
        chosen = order[first : first + lanes]
        shape = interleave(
            pairs, chosen, half_width, alphabet, batch.residues, batch.transpose_buffer
        )
        if strip_states is None:
            fill_matrices(batch, profile, None, _narrowed(shape, chosen, diagonals))
            at = shape.columns // COLUMNS * lanes
        else:
            fill_tall_matrices(batch, profile, strip_states, shape)
            at = 0
        for lane in range(chosen.size):
            score = signed(best[at + lane])
            if score < batch.frame.limit:
                scores[chosen[lane]] = score


@njit(cache=True, nogil=True)
def _narrowed(shape: BatchShape, chosen: np.ndarray, diagonals: DiagonalRange) -> BatchShape:
    """Return the shape with the diagonals that any of the chosen pairs needs."""
    lowest, highest = ANY_DIAGONAL, -ANY_DIAGONAL
    for pair in chosen:
        lowest = min(lowest, signed(diagonals.lowest[pair]))
        highest = max(highest, signed(diagonals.highest[pair]))
    return BatchShape(shape.columns, shape.steps, shape.is_banded, lowest, highest)


@njit(cache=True, nogil=True)
def _trace_in_lanes(
    pairs: Pairs,
    order: np.ndarray,
    half_width: int,
    alphabet: Alphabet,
    batch: Batch,
    profile: Profile | None,
    traceback: TracebackMatrix,
    score_bytes: ScoreBytes,
    proof: np.ndarray,
    results: PairResults,
    runs: CigarRuns,
) -> CigarRuns:
    """Align the pairs batch by batch, as described in `trace_waiting`."""
    lanes = VECTOR_BYTES // batch.residues.rows.itemsize
    for first in range(0, order.size, lanes):
        chosen = order[first : first + lanes]
        shape = interleave(
            pairs, chosen, half_width, alphabet, batch.residues, batch.transpose_buffer
        )
        if shape.columns // COLUMNS * shape.steps * COLUMNS * lanes > traceback.cells.size:
            continue  # these pairs are aligned one by one
        fill_matrices(batch, profile, traceback, shape)
        runs = trace_batch(
            pairs, chosen, half_width, alphabet, score_bytes, shape, proof, results, runs
        )
    return runs


@njit(cache=True, nogil=True)
def runs_in_order(results: PairResults, runs: np.ndarray, cigar_offsets: np.ndarray) -> np.ndarray:
    """Return the runs of all alignments in the order of the pairs, first run first; uint32."""
    cigar = np.empty(cigar_offsets[-1], np.uint32)
    for pair in range(results.run_count.size):
        end = cigar_offsets[pair + 1] - 1
        for index in range(results.run_count[pair]):
            cigar[end - index] = runs[results.first_run[pair] + index]
    return cigar
