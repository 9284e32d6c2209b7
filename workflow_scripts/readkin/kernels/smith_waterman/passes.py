"""Passes over many pairs: into batches of similar size, through the lanes, results by pair."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit

from readkin.kernels.radix_sort import stable_argsort
from readkin.kernels.simd.vectors import VECTOR_BYTES, aligned_zeros, lane_count
from readkin.kernels.smith_waterman.batches import (
    BLOCK_STEPS,
    WHOLE_TABLE,
    Batch,
    Pairs,
    Shape,
    allocate_batch,
    fill_tables,
    fill_tall_tables,
    lay_out,
    lengths_of,
    overlap_lengths,
    part_of,
    shape_of,
)
from readkin.kernels.smith_waterman.scalar import align_alone
from readkin.kernels.smith_waterman.scoring import Alphabet
from readkin.kernels.smith_waterman.steps import COLUMNS, Kept, Profile
from readkin.kernels.smith_waterman.targets import TOO_HIGH
from readkin.kernels.smith_waterman.trace import (
    Found,
    Runs,
    Tables,
    as_bytes,
    trace_batch,
    with_room,
)
from readkin.kernels.smith_waterman.wavefront import PAUSE_VECTORS, frame_limit, signed

DTYPES = (np.uint8, np.uint16, np.uint32)
KEPT_BYTES = 256 << 20  # most memory for the scores of a batch
# So many pairs are brought into the order of their size at a time: sorted as a whole, the reads of
# neighbours would lie far from each other in memory. A power of 2.
PAIRS_PER_BLOCK = 1 << 15


def empty_results(pairs: int) -> Found:
    """Results of so many pairs of which nothing is known yet."""
    score, *rest = (np.zeros(pairs, np.int32) for _ in range(8))
    score[:] = TOO_HIGH
    start_a, end_a, start_b, end_b, matches, columns, run_count = rest
    first_run = np.full(pairs, -1)
    return Found(score, start_a, end_a, start_b, end_b, matches, columns, run_count, first_run)


def score_waiting(
    pairs: Pairs,
    waiting: np.ndarray,
    alphabet: Alphabet,
    scores: np.ndarray,
    half_width: int = WHOLE_TABLE,
    dtypes: Sequence[Any] = DTYPES,
) -> None:
    """Enter the scores of the waiting pairs, in the narrowest numbers that hold them."""
    rows = lengths_of(pairs.b, pairs.index_b[waiting])
    is_tall = (rows > 2 * BLOCK_STEPS) & (half_width == WHOLE_TABLE)
    expected = alphabet.costs.highest * overlap_lengths(pairs)[waiting]
    for dtype in dtypes:
        limit = frame_limit(alphabet.costs, dtype)
        # Only a guess saves the trouble of numbers that are too narrow.
        fits = (limit > 0) & ((expected < limit) | (dtype == DTYPES[-1]))
        for tall in (False, True):
            chosen = waiting[fits & (is_tall == tall)]
            if chosen.size:
                _score_as(dtype, pairs, chosen, alphabet, scores, half_width, tall)
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
) -> None:
    """Enter the scores of the waiting pairs that fit this type of numbers."""
    lanes = lane_count(dtype)
    order = _by_size(pairs, waiting, half_width, lanes)
    largest = _largest_shape(pairs, order, half_width, lanes)
    batch = allocate_batch(largest, alphabet, dtype, 0)
    strips = largest.columns // COLUMNS
    paused = aligned_zeros(strips * PAUSE_VECTORS * lanes, dtype) if is_tall else None
    _score_in_lanes(pairs, order, half_width, alphabet, batch, batch.profile, paused, scores)


def trace_waiting(
    pairs: Pairs,
    waiting: np.ndarray,
    alphabet: Alphabet,
    half_width: int,
    expected: np.ndarray,
    proof: np.ndarray,
    found: Found,
    runs: Runs,
) -> Runs:
    """Align those of the waiting pairs whose best alignment lies in the band, and say so.

    That is so if its score is the one that is known, or, if none is known, not below `proof`.
    `expected` only decides the type of the numbers.
    """
    lower = -1
    for dtype in DTYPES:
        lanes, limit = lane_count(dtype), frame_limit(alphabet.costs, dtype)
        fits = (expected[waiting] >= lower) & (expected[waiting] < limit)
        lower = max(limit, lower)
        order = _by_size(pairs, waiting[fits], half_width, lanes)
        if order.size:
            largest = _largest_shape(pairs, order, half_width, lanes)
            batch = allocate_batch(largest, alphabet, dtype, KEPT_BYTES)
            assert batch.kept is not None
            runs = _trace_in_lanes(
                pairs,
                order,
                half_width,
                alphabet,
                batch,
                batch.profile,
                batch.kept,
                as_bytes(batch),
                proof,
                found,
                runs,
            )
    return runs


def trace_alone(
    pairs: Pairs, waiting: np.ndarray, alphabet: Alphabet, found: Found, runs: Runs
) -> Runs:
    """Align pairs one by one."""
    for pair in waiting:
        letters = lengths_of(pairs.a, pairs.index_a[pair]) + lengths_of(
            pairs.b, pairs.index_b[pair]
        )
        runs = with_room(runs, letters)
        align_alone(pairs, pair, alphabet, found, runs)
    return runs


def _by_size(pairs: Pairs, waiting: np.ndarray, half_width: int, lanes: int) -> np.ndarray:
    """The pairs in an order that puts tables of similar width and height into one batch."""
    columns, rows = _sizes(pairs, waiting, half_width)
    place = np.arange(waiting.size, dtype=np.uint64)
    block = place // np.uint64(PAIRS_PER_BLOCK)
    by_width = stable_argsort(block << np.uint64(32) | columns)
    batches = min(waiting.size, PAIRS_PER_BLOCK) / lanes
    group = place // np.uint64(lanes * 2 ** round(math.log2(max(batches, 1)) / 2))
    return waiting[by_width[stable_argsort(group << np.uint64(32) | rows[by_width])]]


@njit(cache=True, nogil=True)
def _sizes(pairs: Pairs, chosen: np.ndarray, half_width: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows of each pair's table, or of the part that the band crosses; uint64."""
    columns, rows = np.empty(chosen.size, np.uint64), np.empty(chosen.size, np.uint64)
    for place in range(chosen.size):
        part = part_of(pairs, chosen[place], half_width)
        columns[place] = part.end_a - part.first_a
        rows[place] = part.end_b - part.first_b
    return columns, rows


@njit(cache=True, nogil=True)
def _largest_shape(pairs: Pairs, order: np.ndarray, half_width: int, lanes: int) -> Shape:
    """Most columns and most steps that a batch of `lanes` pairs in this order has."""
    columns, steps, is_banded = 0, 0, half_width != WHOLE_TABLE
    for first in range(0, order.size, lanes):
        shape = shape_of(pairs, order[first : first + lanes], half_width)
        columns, steps = max(columns, shape.columns), max(steps, shape.steps)
    return Shape(columns, steps, is_banded)


@njit(cache=True, nogil=True)
def _score_in_lanes(
    pairs: Pairs,
    order: np.ndarray,
    half_width: int,
    alphabet: Alphabet,
    batch: Batch,
    profile: Profile | None,
    paused: np.ndarray | None,
    scores: np.ndarray,
) -> None:
    """Enter the scores of the pairs, a batch after the other; those that are exact."""
    best = batch.borders.best
    lanes = VECTOR_BYTES // best.itemsize
    for first in range(0, order.size, lanes):
        chosen = order[first : first + lanes]
        shape = lay_out(pairs, chosen, half_width, alphabet, batch.letters, batch.desk)
        if paused is None:
            fill_tables(batch, profile, None, shape)
            at = shape.columns // COLUMNS * lanes
        else:
            fill_tall_tables(batch, profile, paused, shape)
            at = 0
        for lane in range(chosen.size):
            score = signed(best[at + lane])
            if score < batch.frame.limit:
                scores[chosen[lane]] = score


@njit(cache=True, nogil=True)
def _trace_in_lanes(
    pairs: Pairs,
    order: np.ndarray,
    half_width: int,
    alphabet: Alphabet,
    batch: Batch,
    profile: Profile | None,
    kept: Kept,
    tables: Tables,
    proof: np.ndarray,
    found: Found,
    runs: Runs,
) -> Runs:
    """Enter the alignments of the pairs, a batch after the other; see `trace_waiting`."""
    lanes = VECTOR_BYTES // batch.letters.rows.itemsize
    for first in range(0, order.size, lanes):
        chosen = order[first : first + lanes]
        shape = lay_out(pairs, chosen, half_width, alphabet, batch.letters, batch.desk)
        if shape.columns // COLUMNS * shape.steps * COLUMNS * lanes > kept.cells.size:
            continue  # left to be traced one by one
        fill_tables(batch, profile, kept, shape)
        runs = trace_batch(pairs, chosen, half_width, alphabet, tables, shape, proof, found, runs)
    return runs


@njit(cache=True, nogil=True)
def joined_runs(found: Found, runs: np.ndarray, cigar_offsets: np.ndarray) -> np.ndarray:
    """The runs of all alignments in the order of the pairs, first run first."""
    cigar = np.empty(cigar_offsets[-1], np.uint32)
    for pair in range(found.run_count.size):
        end = cigar_offsets[pair + 1] - 1
        for index in range(found.run_count[pair]):
            cigar[end - index] = runs[found.first_run[pair] + index]
    return cigar
