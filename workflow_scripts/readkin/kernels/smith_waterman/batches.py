"""Tables of pairs of sequences, one pair a lane: laying letters side by side, filling the tables.

Lanes have tables of their own size and, where the cells are confined to a band, diagonals of their
own. So that the lanes of a batch need the same cells, each gets the part of its table that its band
crosses, moved down until the band begins in row 0 of column 0. The band of a lane then is, for
column c, the rows c to c + 2 * half width; a few cells beside it are computed as well.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.sequences.sequences import Sequences
from readkin.kernels.simd.vectors import VECTOR_BYTES, aligned_zeros, lane_count
from readkin.kernels.smith_waterman.lane_residues import (
    Desk,
    clear_lanes,
    make_desk,
    turn_lanes,
    write_bases,
)
from readkin.kernels.smith_waterman.scoring import CODES, FILLER, Alphabet
from readkin.kernels.smith_waterman.steps import COLUMNS, Kept, Letters, Profile
from readkin.kernels.smith_waterman.wavefront import (
    Borders,
    Frame,
    Strip,
    allocate_borders,
    begin_tables,
    filler_score,
    framed,
    make_frame,
    signed,
    sweep_strip,
)

BLOCK_STEPS = 1024  # a step needs 192 bytes: letters, scores, gaps
WHOLE_TABLE = -1  # instead of the half width of a band
NO_DIAGONAL = -(2**31)  # as diagonal: an alignment is expected nowhere in particular


class Pairs(NamedTuple):
    """Pairs of sequences to align; a number for each pair."""

    a: Sequences
    b: Sequences
    index_a: np.ndarray  # int64
    index_b: np.ndarray  # int64
    is_reverse: np.ndarray  # uint8, 1: b is taken as its reverse complement
    diagonal: np.ndarray  # int32, position in a less position in b where kin are expected


class Part(NamedTuple):
    """The part of a pair's table that a band crosses; row `shift` of the lane holds first_b."""

    first_a: int
    end_a: int
    first_b: int
    end_b: int
    shift: int


class Shape(NamedTuple):
    """Cells that a batch computes."""

    columns: int  # a multiple of COLUMNS
    steps: int  # of a strip, even
    is_banded: bool  # whether the first step of a strip is its first column, else 0


class Batch(NamedTuple):
    """Memory for batches."""

    letters: Letters
    desk: Desk
    profile: Profile | None  # only where scores have to be looked up
    lookup: np.ndarray  # (CODES * CODES,): framed scores for the profile, by code of a, of b
    frame: Frame
    borders: Borders
    kept: Kept | None


def lengths_of(sequences: Sequences, index: np.ndarray) -> np.ndarray:
    """Letters of each of these sequences, int64."""
    return sequences.offsets[index + 1] - sequences.offsets[index]


def overlap_lengths(pairs: Pairs) -> np.ndarray:
    """Letters of each pair's diagonal, int64; 0 or less where it misses the table."""
    length_a, length_b = lengths_of(pairs.a, pairs.index_a), lengths_of(pairs.b, pairs.index_b)
    diagonal = pairs.diagonal.astype(np.int64)
    return np.minimum(length_a, length_b + diagonal) - np.maximum(0, diagonal)


@njit(cache=True, nogil=True)
def part_of(pairs: Pairs, pair: int, half_width: int) -> Part:
    """Letters of a pair that lie within half_width of its diagonal; all for WHOLE_TABLE."""
    index_a, index_b = pairs.index_a[pair], pairs.index_b[pair]
    length_a = pairs.a.offsets[index_a + 1] - pairs.a.offsets[index_a]
    length_b = pairs.b.offsets[index_b + 1] - pairs.b.offsets[index_b]
    if half_width == WHOLE_TABLE:
        return Part(0, length_a, 0, length_b, 0)
    diagonal = signed(pairs.diagonal[pair])
    first_a, first_b = max(0, diagonal - half_width), max(0, -diagonal - half_width)
    end_a = min(length_a, length_b + diagonal + half_width)
    end_b = min(length_b, length_a - diagonal + half_width)
    if first_a >= end_a or first_b >= end_b:
        return Part(0, 0, 0, 0, 0)
    return Part(first_a, end_a, first_b, end_b, diagonal - first_a + first_b + half_width)


@njit(cache=True, nogil=True)
def shape_of(pairs: Pairs, chosen: np.ndarray, half_width: int) -> Shape:
    """Cells that the `chosen` pairs need together."""
    columns, rows = 0, 0
    for pair in chosen:
        part = part_of(pairs, pair, half_width)
        columns = max(columns, part.end_a - part.first_a)
        rows = max(rows, part.end_b - part.first_b)
    strips = (columns + COLUMNS - 1) // COLUMNS
    is_banded = half_width != WHOLE_TABLE
    # The last column of a strip begins COLUMNS - 1 steps after, in a band as many rows below.
    steps = 2 * half_width + 2 * COLUMNS if is_banded else rows + COLUMNS - 1
    return Shape(strips * COLUMNS, (steps + 1) // 2 * 2 if rows else 0, is_banded)


@njit(inline="always")
def _last_step(shape: Shape) -> int:
    """End of the steps of all strips."""
    return shape.steps + (shape.columns if shape.is_banded else 0)


def allocate_batch(shape: Shape, alphabet: Alphabet, dtype: Any, kept_bytes: int) -> Batch:
    """Memory for batches that are nowhere larger than `shape`, to keep the scores of those that
    do with so many bytes; 0: of none."""
    lanes = lane_count(dtype)
    frame = make_frame(alphabet.costs, dtype)
    steps, strips = _last_step(shape), shape.columns // COLUMNS
    scores = aligned_zeros(2 * lanes, dtype)
    for place, score in enumerate((alphabet.match, alphabet.mismatch)):
        scores[place * lanes : (place + 1) * lanes] = _wrapped(framed(score, frame), dtype)
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
    kept = None
    if kept_bytes:
        most = kept_bytes // VECTOR_BYTES // (COLUMNS + 1)
        count = min(strips * shape.steps, most) * lanes
        kept = Kept(aligned_zeros(count * COLUMNS, dtype), aligned_zeros(count, dtype))
    borders = allocate_borders(steps, strips, dtype)
    letters = Letters(scores, rows, columns)
    desk = make_desk(lanes, max(steps + COLUMNS, shape.columns))
    return Batch(letters, desk, profile, _wrapped(lookup.ravel(), dtype), frame, borders, kept)


def _wrapped(numbers: Any, dtype: Any) -> np.ndarray:
    """Signed numbers as the unsigned ones that add up alike."""
    return np.asarray(numbers, dtype=np.int64).astype(dtype)


@njit(cache=True, nogil=True)
def lay_out(
    pairs: Pairs,
    chosen: np.ndarray,
    half_width: int,
    alphabet: Alphabet,
    letters: Letters,
    desk: Desk,
) -> Shape:
    """Write the letters of the chosen pairs side by side, lanes and ends filled up."""
    shape = shape_of(pairs, chosen, half_width)
    lanes = VECTOR_BYTES // letters.rows.itemsize
    length = clear_lanes(desk, lanes, shape.columns, alphabet.codes[0, FILLER])
    for lane in range(chosen.size):
        pair = chosen[lane]
        part = part_of(pairs, pair, half_width)
        first = pairs.a.offsets[pairs.index_a[pair]]
        own = pairs.a.codes[first + part.first_a : first + part.end_a]
        _write_letters(own, alphabet, 0, desk.by_lane[lane * length :])
    turn_lanes(desk, lanes, shape.columns, letters.columns)
    rows = _last_step(shape) + COLUMNS
    length = clear_lanes(desk, lanes, rows, alphabet.codes[1, FILLER])
    for lane in range(chosen.size):
        pair = chosen[lane]
        part = part_of(pairs, pair, half_width)
        first, end = pairs.b.offsets[pairs.index_b[pair]], pairs.b.offsets[pairs.index_b[pair] + 1]
        target = desk.by_lane[lane * length + part.shift + COLUMNS - 1 :]
        if pairs.is_reverse[pair]:
            own = pairs.b.codes[end - part.end_b : end - part.first_b]
            _write_letters(own, alphabet, 2, target)
        else:
            own = pairs.b.codes[first + part.first_b : first + part.end_b]
            _write_letters(own, alphabet, 1, target)
    turn_lanes(desk, lanes, rows, letters.rows)
    return shape


@njit(cache=True, nogil=True, forceinline=True)
def _write_letters(letters: np.ndarray, alphabet: Alphabet, kind: int, target: np.ndarray) -> None:
    """The codes of letters of a (kind 0), of b (1) or of b's other strand (2)."""
    table = alphabet.codes[kind]
    if alphabet.is_by_equality:
        write_bases(letters, table, kind == 2, target)
    else:
        for place in range(letters.size):
            target[place] = table[letters[place]]


@njit(cache=True, nogil=True)
def _look_up_scores(batch: Batch, profile: Profile, strip: Strip) -> None:
    """Enter the scores of a strip's letters over those of each of its rows in the profile."""
    lanes = VECTOR_BYTES // profile.scores.itemsize
    for place in range(strip.first, strip.first + strip.steps + COLUMNS - 1):
        for column in range(COLUMNS):
            at = (place * COLUMNS + column) * lanes
            letter = (strip.number * COLUMNS + column) * lanes
            for lane in range(lanes):
                of_a = signed(batch.letters.columns[letter + lane])
                of_b = signed(batch.letters.rows[place * lanes + lane])
                profile.scores[at + lane] = batch.lookup[of_a * CODES + of_b]


@njit(cache=True, nogil=True)
def fill_tables(batch: Batch, profile: Profile | None, kept: Kept | None, shape: Shape) -> None:
    """Compute the cells of a batch that is laid out; the best scores stand behind the last strip.

    `profile` and `kept` are those of the batch: what is None is left out when this is compiled.
    """
    begin_tables(batch.borders, batch.frame, _last_step(shape))
    for number in range(shape.columns // COLUMNS):
        first = number * COLUMNS if shape.is_banded else 0
        _fill_strip(batch, profile, kept, None, Strip(number, first, shape.steps))


@njit(cache=True, nogil=True)
def fill_tall_tables(
    batch: Batch, profile: Profile | None, paused: np.ndarray, shape: Shape
) -> None:
    """Compute the cells of a batch like `fill_tables`, in blocks of rows that stay in the cache.

    A block begins COLUMNS steps later in each strip, so that the strip before is always ahead of
    it. The best scores stand before the first strip.
    """
    begin_tables(batch.borders, batch.frame, shape.steps)
    strips = shape.columns // COLUMNS
    for block in range(0, shape.steps + COLUMNS * strips, BLOCK_STEPS):
        for number in range(strips):
            first = max(0, block - COLUMNS * number)
            end = min(shape.steps, block + BLOCK_STEPS - COLUMNS * number)
            if first < end:
                _fill_strip(batch, profile, None, paused, Strip(number, first, end - first))


@njit(cache=True, nogil=True, forceinline=True)
def _fill_strip(
    batch: Batch,
    profile: Profile | None,
    kept: Kept | None,
    paused: np.ndarray | None,
    strip: Strip,
) -> None:
    if profile is None:
        sweep_strip(batch.letters, batch.frame, batch.borders, strip, kept, paused)
    else:
        _look_up_scores(batch, profile, strip)
        sweep_strip(profile, batch.frame, batch.borders, strip, kept, paused)
