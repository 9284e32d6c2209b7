"""DP matrices of pairs of sequences, one pair a lane: interleaving residues, filling the matrices.

The matrices of the lanes of a batch differ in size and, if the cells are confined to a band, in
diagonal. A lane therefore computes only the region of its matrix that its band crosses, moved down
until the band begins in row 0 of column 0. Then all lanes of a batch compute the same cells: those
in rows c to c + 2 * half_width of column c, and a few cells beside them.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.sequences.sequences import Sequences, lengths_of
from readkin.kernels.simd.vectors import VECTOR_BYTES, aligned_zeros, lane_count
from readkin.kernels.smith_waterman.lane_residues import (
    TransposeBuffer,
    allocate_transpose_buffer,
    clear_lanes,
    transpose_lanes,
    write_bases,
)
from readkin.kernels.smith_waterman.scoring import CODES, FILLER, Alphabet
from readkin.kernels.smith_waterman.steps import COLUMNS, LaneResidues, Profile, TracebackMatrix
from readkin.kernels.smith_waterman.wavefront import (
    Borders,
    Frame,
    Strip,
    allocate_borders,
    clear_borders,
    filler_score,
    framed,
    make_frame,
    signed,
    sweep_strip,
)

BLOCK_STEPS = 1024  # a step takes 192 bytes: residues, scores, gaps
WHOLE_MATRIX = -1  # instead of the half width of a band
ANY_DIAGONAL = 2**31  # beyond all diagonals
NO_DIAGONAL = -(2**31)  # diagonal of a pair whose alignment can be anywhere


class Pairs(NamedTuple):
    """Pairs of sequences to align; `Pairs.of` fills in defaults.

    Attributes:
        sequences_a, sequences_b: the sequences; both may be the same.
        index_a, index_b: int64 (pairs,), index of each pair's sequence a, and of its sequence b.
        is_reverse: uint8 (pairs,), 1 where b is aligned as its reverse complement.
        diagonal: int32 (pairs,), expected position in a minus position in b as aligned;
            NO_DIAGONAL if unknown.
    """

    sequences_a: Sequences
    sequences_b: Sequences
    index_a: np.ndarray
    index_b: np.ndarray
    is_reverse: np.ndarray
    diagonal: np.ndarray

    @classmethod
    def of(
        cls,
        sequences_a: Sequences,
        sequences_b: Sequences,
        index_a: np.ndarray | None = None,
        index_b: np.ndarray | None = None,
        is_reverse: np.ndarray | int = 0,
        diagonal: np.ndarray | int = NO_DIAGONAL,
    ) -> "Pairs":
        """Make pairs; by default of the i-th sequence a with the i-th sequence b.

        Args:
            sequences_a, sequences_b: the sequences.
            index_a, index_b: int64 (pairs,); if one is missing, it is 0, 1, 2 ...
            is_reverse: uint8 (pairs,), or one value for all pairs.
            diagonal: int32 (pairs,), or one value for all pairs.

        Raises:
            ValueError: without indices, if the numbers of sequences differ.
        """
        sizes = [sequences.offsets.size - 1 for sequences in (sequences_a, sequences_b)]
        if index_a is None and index_b is None and sizes[0] != sizes[1]:
            raise ValueError(f"found {sizes[0]} sequences a and {sizes[1]} b, expected as many")
        given = index_b if index_a is None else index_a
        n_pairs = sizes[0] if given is None else given.size
        return cls(
            sequences_a=sequences_a,
            sequences_b=sequences_b,
            index_a=np.arange(n_pairs, dtype=np.int64) if index_a is None else index_a,
            index_b=np.arange(n_pairs, dtype=np.int64) if index_b is None else index_b,
            is_reverse=_for_all_pairs(is_reverse, n_pairs, np.uint8),
            diagonal=_for_all_pairs(diagonal, n_pairs, np.int32),
        )


def _for_all_pairs(value: np.ndarray | int, n_pairs: int, dtype: Any) -> np.ndarray:
    return value if isinstance(value, np.ndarray) else np.full(n_pairs, value, dtype)


class MatrixRegion(NamedTuple):
    """The region of a pair's DP matrix that a band crosses.

    Attributes:
        first_a, end_a, first_b, end_b: its columns and rows, as positions in a and b, half-open.
        shift: row of the lane in which `first_b` is placed.
    """

    first_a: int
    end_a: int
    first_b: int
    end_b: int
    shift: int


class BatchShape(NamedTuple):
    """Size of the cell region that a batch computes.

    Attributes:
        columns: a multiple of COLUMNS.
        steps: steps of a strip, even.
        is_banded: whether the first step of a strip is its first column; otherwise it is 0.
        lowest, highest: diagonals that are needed, unless `is_banded`: strips are shortened to
            them, so this must not be used if scores are stored.
    """

    columns: int
    steps: int
    is_banded: bool
    lowest: int
    highest: int


class Batch(NamedTuple):
    """Memory for batches.

    Attributes:
        residues: residues of the lanes.
        transpose_buffer: memory to interleave them.
        profile: scores of the residues of a strip; None if scores are decided by equality.
        lookup: (CODES * CODES,), framed scores for the profile, by lane code of a, then of b.
        frame: representation of scores.
        borders: borders of the strips.
        traceback: all scores; None if they are not stored.
    """

    residues: LaneResidues
    transpose_buffer: TransposeBuffer
    profile: Profile | None
    lookup: np.ndarray
    frame: Frame
    borders: Borders
    traceback: TracebackMatrix | None


def overlap_lengths(pairs: Pairs) -> np.ndarray:
    """Return the cells of each pair's diagonal, int64; 0 or less if it is outside the matrix."""
    length_a = lengths_of(pairs.sequences_a, pairs.index_a)
    length_b = lengths_of(pairs.sequences_b, pairs.index_b)
    diagonal = pairs.diagonal.astype(np.int64)
    return np.minimum(length_a, length_b + diagonal) - np.maximum(0, diagonal)


@njit(cache=True, nogil=True)
def region_of(pairs: Pairs, pair: int, half_width: int) -> MatrixRegion:
    """Return the region within half_width of a pair's diagonal, or all for WHOLE_MATRIX."""
    index_a, index_b = pairs.index_a[pair], pairs.index_b[pair]
    offsets_a, offsets_b = pairs.sequences_a.offsets, pairs.sequences_b.offsets
    length_a = offsets_a[index_a + 1] - offsets_a[index_a]
    length_b = offsets_b[index_b + 1] - offsets_b[index_b]
    if half_width == WHOLE_MATRIX:
        return MatrixRegion(0, length_a, 0, length_b, 0)
    diagonal = signed(pairs.diagonal[pair])
    first_a, first_b = max(0, diagonal - half_width), max(0, -diagonal - half_width)
    end_a = min(length_a, length_b + diagonal + half_width)
    end_b = min(length_b, length_a - diagonal + half_width)
    if first_a >= end_a or first_b >= end_b:
        return MatrixRegion(0, 0, 0, 0, 0)
    shift = diagonal - first_a + first_b + half_width
    return MatrixRegion(first_a, end_a, first_b, end_b, shift)


@njit(cache=True, nogil=True)
def shape_of(pairs: Pairs, chosen: np.ndarray, half_width: int) -> BatchShape:
    """Return the size of a batch of the `chosen` pairs."""
    columns, rows = 0, 0
    for pair in chosen:
        region = region_of(pairs, pair, half_width)
        columns = max(columns, region.end_a - region.first_a)
        rows = max(rows, region.end_b - region.first_b)
    strips = (columns + COLUMNS - 1) // COLUMNS
    is_banded = half_width != WHOLE_MATRIX
    # The last column of a strip begins COLUMNS - 1 steps later; in a band, as many rows lower.
    steps = 2 * half_width + 2 * COLUMNS if is_banded else rows + COLUMNS - 1
    even_steps = (steps + 1) // 2 * 2 if rows else 0
    return BatchShape(strips * COLUMNS, even_steps, is_banded, -ANY_DIAGONAL, ANY_DIAGONAL)


@njit(inline="always", cache=True)  # also called from Python
def _end_step(shape: BatchShape) -> int:
    """Return the end of the steps of all strips."""
    return shape.steps + (shape.columns if shape.is_banded else 0)


def allocate_batch(
    shape: BatchShape, alphabet: Alphabet, dtype: Any, traceback_bytes: int = 0
) -> Batch:
    """Allocate memory for batches.

    Args:
        shape: largest columns and steps of the batches.
        alphabet: lane codes and scores.
        dtype: unsigned type of the scores.
        traceback_bytes: largest size of the traceback matrix; 0: scores are not stored.
    """
    lanes = lane_count(dtype)
    frame = make_frame(alphabet.costs, dtype)
    steps, strips = _end_step(shape), shape.columns // COLUMNS
    scores = aligned_zeros(2 * lanes, dtype)
    scores[:lanes] = _wrapped(framed(alphabet.match, frame), dtype)
    scores[lanes:] = _wrapped(framed(alphabet.mismatch, frame), dtype)
    rows, columns = (
        aligned_zeros(count * lanes, dtype) for count in (steps + COLUMNS, shape.columns)
    )
    profile = None
    if not alphabet.is_by_equality:
        size = COLUMNS * lanes
        profile = Profile(
            aligned_zeros((steps + COLUMNS) * size, dtype), np.arange(steps + COLUMNS) * size
        )
    lookup = framed(alphabet.scores.astype(np.int64), frame)
    lookup[FILLER] = lookup[:, FILLER] = filler_score(frame)
    traceback = None
    if traceback_bytes:
        most = traceback_bytes // VECTOR_BYTES // (COLUMNS + 1)
        count = min(strips * shape.steps, most) * lanes
        traceback = TracebackMatrix(
            aligned_zeros(count * COLUMNS, dtype), aligned_zeros(count, dtype)
        )
    return Batch(
        residues=LaneResidues(scores, rows, columns),
        transpose_buffer=allocate_transpose_buffer(lanes, max(steps + COLUMNS, shape.columns)),
        profile=profile,
        lookup=_wrapped(lookup.ravel(), dtype),
        frame=frame,
        borders=allocate_borders(steps, strips, dtype),
        traceback=traceback,
    )


def _wrapped(numbers: Any, dtype: Any) -> np.ndarray:
    """Convert signed numbers to the unsigned numbers that are congruent to them."""
    return np.asarray(numbers, dtype=np.int64).astype(dtype)


@njit(cache=True, nogil=True)
def interleave(
    pairs: Pairs,
    chosen: np.ndarray,
    half_width: int,
    alphabet: Alphabet,
    residues: LaneResidues,
    buffer: TransposeBuffer,
) -> BatchShape:
    """Write the residues of the chosen pairs to the lanes; fill unused positions with FILLER."""
    shape = shape_of(pairs, chosen, half_width)
    lanes = VECTOR_BYTES // residues.rows.itemsize
    length = clear_lanes(buffer, lanes, shape.columns, alphabet.codes[0, FILLER])
    sequences_a, sequences_b = pairs.sequences_a, pairs.sequences_b
    for lane in range(chosen.size):
        pair = chosen[lane]
        region = region_of(pairs, pair, half_width)
        first = sequences_a.offsets[pairs.index_a[pair]]
        own = sequences_a.codes[first + region.first_a : first + region.end_a]
        _write_residues(own, alphabet, 0, buffer.by_lane[lane * length :])
    transpose_lanes(buffer, lanes, shape.columns, residues.columns)
    rows = _end_step(shape) + COLUMNS
    length = clear_lanes(buffer, lanes, rows, alphabet.codes[1, FILLER])
    for lane in range(chosen.size):
        pair = chosen[lane]
        region = region_of(pairs, pair, half_width)
        index_b = pairs.index_b[pair]
        first, end = sequences_b.offsets[index_b], sequences_b.offsets[index_b + 1]
        target = buffer.by_lane[lane * length + region.shift + COLUMNS - 1 :]
        if pairs.is_reverse[pair]:
            own = sequences_b.codes[end - region.end_b : end - region.first_b]
            _write_residues(own, alphabet, 2, target)
        else:
            own = sequences_b.codes[first + region.first_b : first + region.end_b]
            _write_residues(own, alphabet, 1, target)
    transpose_lanes(buffer, lanes, rows, residues.rows)
    return shape


@njit(cache=True, nogil=True, forceinline=True)
def _write_residues(
    residues: np.ndarray, alphabet: Alphabet, kind: int, target: np.ndarray
) -> None:
    """Write the lane codes of residues of a (kind 0), of b (1) or of b reverse-complemented (2)."""
    codes = alphabet.codes[kind]
    if alphabet.is_by_equality:
        write_bases(residues, codes, kind == 2, target)
    else:
        for position in range(residues.size):
            target[position] = codes[residues[position]]


@njit(cache=True, nogil=True)
def _look_up_scores(batch: Batch, profile: Profile, strip: Strip) -> None:
    """Write the scores of the residues of a strip's columns and rows to the profile."""
    lanes = VECTOR_BYTES // profile.scores.itemsize
    for row in range(strip.first, strip.first + strip.steps + COLUMNS - 1):
        for column in range(COLUMNS):
            at = (row * COLUMNS + column) * lanes
            first_residue = (strip.number * COLUMNS + column) * lanes
            for lane in range(lanes):
                of_a = signed(batch.residues.columns[first_residue + lane])
                of_b = signed(batch.residues.rows[row * lanes + lane])
                profile.scores[at + lane] = batch.lookup[of_a * CODES + of_b]


@njit(cache=True, nogil=True)
def fill_matrices(
    batch: Batch, profile: Profile | None, traceback: TracebackMatrix | None, shape: BatchShape
) -> None:
    """Compute the cells of an interleaved batch.

    The best scores are those after the last strip. `profile` and `traceback` are those of the
    batch; they are arguments so that Numba compiles no code for the one that is None.
    """
    clear_borders(batch.borders, batch.frame, _end_step(shape))
    for number in range(shape.columns // COLUMNS):
        _fill_strip(batch, profile, traceback, None, _strip_of(shape, number))


@njit(cache=True, nogil=True, forceinline=True)
def _strip_of(shape: BatchShape, number: int) -> Strip:
    """Return the steps of a strip; neither their begin nor their end decreases along the strips."""
    column = number * COLUMNS
    if shape.is_banded:
        return Strip(number, column, shape.steps)
    # Step s computes row s - c of column c: diagonal column + 2 * c - s. Steps are even.
    first = max(0, min((column - shape.highest) // 2 * 2, shape.steps - 2))
    end = min(shape.steps, (column + 2 * COLUMNS - shape.lowest) // 2 * 2)
    return Strip(number, first, max(end, min(first + 2, shape.steps)) - first)


@njit(cache=True, nogil=True)
def fill_tall_matrices(
    batch: Batch, profile: Profile | None, strip_states: np.ndarray, shape: BatchShape
) -> None:
    """Compute the cells of a batch like `fill_matrices`, in blocks of rows that fit in the cache.

    A block ends COLUMNS steps earlier in each further strip, so that the previous strip is always
    ahead. The best scores are those before the first strip.
    """
    clear_borders(batch.borders, batch.frame, shape.steps)
    strips = shape.columns // COLUMNS
    for block in range(0, shape.steps + COLUMNS * strips, BLOCK_STEPS):
        for number in range(strips):
            first = max(0, block - COLUMNS * number)
            end = min(shape.steps, block + BLOCK_STEPS - COLUMNS * number)
            if first < end:
                strip = Strip(number, first, end - first)
                _fill_strip(batch, profile, None, strip_states, strip)


@njit(cache=True, nogil=True, forceinline=True)
def _fill_strip(
    batch: Batch,
    profile: Profile | None,
    traceback: TracebackMatrix | None,
    strip_states: np.ndarray | None,
    strip: Strip,
) -> None:
    if profile is None:
        sweep_strip(batch.residues, batch.frame, batch.borders, strip, traceback, strip_states)
    else:
        _look_up_scores(batch, profile, strip)
        sweep_strip(profile, batch.frame, batch.borders, strip, traceback, strip_states)
