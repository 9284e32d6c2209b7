"""Smith-Waterman scores of queries, one after the other, with many targets, a lane a target.

The scores of all residues with those of a strip of target columns are computed once per strip
("profile", as in SWIPE: Rognes 2011, BMC Bioinformatics 12:221), and each residue of the query
selects its vectors, so a residue pair needs no operation of its own. A lane computes several
targets, one after the other, each from the beginning of a strip; between them the scores of the
lane are reset to zero. Scores have 8 bits; pairs that may exceed these are marked as TOO_HIGH.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.sequences.sequences import Sequences, lengths_of
from readkin.kernels.simd.vectors import (
    VECTOR_BYTES,
    aligned_zeros,
    choose_equal,
    load,
    look_up,
    splat,
    store,
)
from readkin.kernels.smith_waterman.scoring import CODES, FILLER, Alphabet
from readkin.kernels.smith_waterman.steps import COLUMNS, Profile
from readkin.kernels.smith_waterman.strip_rows import (
    ROW_COLUMNS,
    ROW_FILLER_SCORE,
    row_frame,
    sweep_rows,
)
from readkin.kernels.smith_waterman.wavefront import (
    Borders,
    Frame,
    Strip,
    allocate_borders,
    clear_borders,
    filler_score,
    frame_limit,
    framed,
    make_frame,
    sweep_strip,
)

TOO_HIGH = -1  # score of a pair whose score needs a wider dtype
NOT_COMPUTED = -2
BLOCK_RESIDUES = 1 << 24  # residues of targets that are interleaved at a time
LANES = VECTOR_BYTES
FRAME_SHARE = 4  # larger than for pairs, as few of all pairs have a high score
RESET_COST = 0.15  # cost of resetting lanes, in strips
# AVX2 has 16 vector registers, and so have SSE2 and LLVM's substitutes; AVX-512 has 32.
BY_ROWS = VECTOR_BYTES == 32
STRIP_COLUMNS = ROW_COLUMNS if BY_ROWS else COLUMNS
_sweep = sweep_rows if BY_ROWS else sweep_strip


class TargetLanes(NamedTuple):
    """Targets assigned to lanes.

    Attributes:
        columns: uint8 (strips * STRIP_COLUMNS, LANES), flat; lane codes.
        strips: number of strips.
        is_in_rounds: whether all lanes begin their next target in the same strip.
        order: int64 (targets,), indices of the targets, sorted by the strip in which they begin.
        lane: int64 (targets,), lane of each of them.
        bounds: int64 (strips + 1,); targets ``order[bounds[s]:bounds[s + 1]]`` begin in strip s.
    """

    columns: np.ndarray
    strips: int
    is_in_rounds: bool
    order: np.ndarray
    lane: np.ndarray
    bounds: np.ndarray


class QueryMemory(NamedTuple):
    """Memory for the computation of one query.

    Attributes:
        profile: scores of a strip.
        borders: borders of the strips.
        frame: representation of scores.
        score_rows: uint8 (CODES, 2 * VECTOR_BYTES), flat; framed scores, as `look_up` needs them.
        reset: uint8 (LANES,), 1 where a new target begins.
    """

    profile: Profile
    borders: Borders
    frame: Frame
    score_rows: np.ndarray
    reset: np.ndarray


def score_in_bytes(
    queries: Sequences, targets: Sequences, alphabet: Alphabet, halved: bool, scores: np.ndarray
) -> None:
    """Compute the score of each query with each target.

    Args:
        queries, targets: the sequences.
        alphabet: lane codes and scores.
        halved: whether the targets are the queries; then scores[q, t] may be left unchanged if
            scores[t, q] is filled.
        scores: int32 (queries, targets), filled; TOO_HIGH where 8 bits do not suffice, unchanged
            where a sequence is empty.
    """
    if not BY_ROWS and frame_limit(alphabet.costs, np.uint8, FRAME_SHARE) <= 0:
        scores[:] = TOO_HIGH
        return
    query_codes = alphabet.codes[0][np.minimum(queries.codes, FILLER)]
    longest = int(np.diff(queries.offsets).max(initial=0))
    block = targets.offsets[:-1] // BLOCK_RESIDUES
    for number in np.unique(block):
        lanes = _assign_lanes(targets, np.flatnonzero(block == number), alphabet)
        first_strips = np.zeros(scores.shape[0], np.int64)
        if halved:
            first_strips[block < number] = lanes.strips
            if lanes.is_in_rounds:
                begins = np.repeat(np.arange(lanes.strips), np.diff(lanes.bounds))
                first_strips[lanes.order] = begins
        memory = _allocate_query(longest, lanes.strips, alphabet)
        _score_queries(query_codes, queries.offsets, lanes, first_strips, memory, scores)


@njit(cache=True, nogil=True)
def _score_queries(
    codes: np.ndarray,
    offsets: np.ndarray,
    lanes: TargetLanes,
    first_strips: np.ndarray,
    memory: QueryMemory,
    scores: np.ndarray,
) -> None:
    for number in range(first_strips.size):
        own = codes[offsets[number] : offsets[number + 1]]
        if own.size and first_strips[number] < lanes.strips:
            _score_query(own, lanes, first_strips[number], memory, scores[number])


def _assign_lanes(targets: Sequences, chosen: np.ndarray, alphabet: Alphabet) -> TargetLanes:
    """Assign the chosen targets (int64) to lanes, without those that are empty."""
    lengths = lengths_of(targets, chosen)
    chosen, lengths = chosen[lengths > 0], lengths[lengths > 0]
    longest_first = np.argsort(-lengths, kind="stable")
    chosen, strips = chosen[longest_first], -(-lengths[longest_first] // STRIP_COLUMNS)
    in_rounds, balanced = _in_rounds(strips), _balanced(strips)
    is_in_rounds = _cost(in_rounds[1], strips) <= _cost(balanced[1], strips)
    lane, first = in_rounds if is_in_rounds else balanced
    n_strips = int((first + strips).max(initial=0))
    by_strip = np.argsort(first, kind="stable")
    bounds = np.searchsorted(first[by_strip], np.arange(n_strips + 1))
    columns = aligned_zeros(n_strips * STRIP_COLUMNS * LANES, np.uint8)
    columns[:] = FILLER
    _write_residues(targets, chosen, lane, first, alphabet.codes[1], columns)
    return TargetLanes(
        columns=columns,
        strips=n_strips,
        is_in_rounds=is_in_rounds,
        order=chosen[by_strip],
        lane=lane[by_strip],
        bounds=bounds.astype(np.int64),
    )


def _in_rounds(strips: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return lane and first strip of each target if all lanes begin the next target together."""
    index = np.arange(strips.size)
    longest = strips[::LANES]
    first = np.concatenate([[0], np.cumsum(longest)[:-1]]) if strips.size else longest
    return index % LANES, first[index // LANES]


def _balanced(strips: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return lane and first strip of each target if each is assigned to the least loaded lane."""
    lane, first = np.empty(strips.size, np.int64), np.empty(strips.size, np.int64)
    _balance(strips, np.zeros(LANES, np.int64), lane, first)
    return lane, first


@njit(cache=True, nogil=True)
def _balance(strips: np.ndarray, filled: np.ndarray, lane: np.ndarray, first: np.ndarray) -> None:
    for target in range(strips.size):
        lane[target] = np.argmin(filled)
        first[target] = filled[lane[target]]
        filled[lane[target]] += strips[target]


def _cost(first: np.ndarray, strips: np.ndarray) -> float:
    """Return the cost of a query, in strips, if the targets begin in strips `first`."""
    return float((first + strips).max(initial=0)) + RESET_COST * np.unique(first).size


@njit(cache=True, nogil=True)
def _write_residues(
    targets: Sequences,
    chosen: np.ndarray,
    lane: np.ndarray,
    first: np.ndarray,
    codes: np.ndarray,
    columns: np.ndarray,
) -> None:
    for index in range(chosen.size):
        begin = targets.offsets[chosen[index]]
        at = first[index] * STRIP_COLUMNS * LANES + lane[index]
        for column in range(targets.offsets[chosen[index] + 1] - begin):
            columns[at + column * LANES] = codes[min(targets.codes[begin + column], FILLER)]


def _allocate_query(longest: int, strips: int, alphabet: Alphabet) -> QueryMemory:
    """Allocate memory for queries of up to `longest` residues and `strips` strips of targets."""
    scores = alphabet.scores.astype(np.int64)
    if BY_ROWS:
        frame, filler = row_frame(alphabet.costs), ROW_FILLER_SCORE
    else:
        frame = make_frame(alphabet.costs, np.uint8, FRAME_SHARE)
        scores, filler = framed(scores, frame), filler_score(frame)
    steps = longest + COLUMNS
    profile = Profile(
        aligned_zeros(CODES * STRIP_COLUMNS * LANES, np.uint8), np.zeros(steps + COLUMNS, np.int64)
    )
    scores[FILLER] = scores[:, FILLER] = filler
    halves = scores.reshape(CODES, 2, 1, 16)
    score_rows = aligned_zeros(CODES * 2 * VECTOR_BYTES, np.uint8)
    score_rows.reshape(CODES, 2, VECTOR_BYTES // 16, 16)[:] = halves.astype(np.uint8)
    profile.scores.reshape(CODES, -1)[FILLER] = filler % 256
    return QueryMemory(
        profile=profile,
        borders=allocate_borders(steps, strips, np.uint8),
        frame=frame,
        score_rows=score_rows,
        reset=aligned_zeros(LANES, np.uint8),
    )


@njit(cache=True, nogil=True)
def _begin_query(codes: np.ndarray, memory: QueryMemory) -> np.ndarray:
    """Enter the profile rows of the residues of a query, and return its distinct lane codes."""
    rows = memory.profile.rows
    is_used = np.zeros(CODES, np.bool_)
    rows[:] = FILLER * STRIP_COLUMNS * LANES
    for position in range(codes.size):
        rows[COLUMNS - 1 + position] = np.int64(codes[position]) * STRIP_COLUMNS * LANES
        is_used[codes[position]] = True
    return np.flatnonzero(is_used)


@njit(cache=True, nogil=True)
def _begin_targets(memory: QueryMemory, steps: int) -> None:
    """Reset the scores of the lanes in which a new target begins."""
    is_new, one = load(memory.reset, 0), splat(memory.reset, 1)
    length = memory.frame.zeros.size // LANES
    for row in range(steps + 1):
        zero = load(memory.frame.zeros, (row + COLUMNS - 1) % length * LANES)
        at = (row + COLUMNS) * LANES
        for border in (memory.borders.scores, memory.borders.insertions):
            store(border, at, choose_equal(is_new, one, zero, load(border, at)))


@njit(cache=True, nogil=True)
def _make_profile(memory: QueryMemory, used: np.ndarray, columns: np.ndarray, strip: int) -> None:
    """Enter the scores of the residues of a strip with each lane code in `used`."""
    for column in range(STRIP_COLUMNS):
        residues = load(columns, (strip * STRIP_COLUMNS + column) * LANES)
        for code in used:
            scores = look_up(memory.score_rows, code * 2 * VECTOR_BYTES, residues)
            store(memory.profile.scores, (code * STRIP_COLUMNS + column) * LANES, scores)


@njit(cache=True, nogil=True)
def _score_query(
    codes: np.ndarray,
    lanes: TargetLanes,
    first_strip: int,
    memory: QueryMemory,
    scores: np.ndarray,
) -> None:
    """Compute the scores of a query with all targets that begin in `first_strip` or later.

    Args:
        codes: uint8, lane codes of the query.
        lanes: the targets.
        first_strip: number of a strip; no target may extend across its first column.
        memory: as from `_allocate_query`.
        scores: int32 (targets,), filled; TOO_HIGH where 8 bits do not suffice.
    """
    used = _begin_query(codes, memory)
    steps = codes.size if BY_ROWS else (codes.size + COLUMNS - 1 + 1) // 2 * 2
    best = memory.borders.best
    current = np.full(LANES, -1)
    clear_borders(memory.borders, memory.frame, steps)
    best[first_strip * LANES : (first_strip + 1) * LANES] = 0
    for strip in range(first_strip, lanes.strips):
        begin, end = lanes.bounds[strip], lanes.bounds[strip + 1]
        if begin < end:
            memory.reset[:] = 0
            for index in range(begin, end):
                lane = lanes.lane[index]
                _end_target(best, strip, lane, current[lane], memory.frame, scores)
                current[lane] = lanes.order[index]
                memory.reset[lane] = 1
            if strip > first_strip:
                _begin_targets(memory, steps)
        _make_profile(memory, used, lanes.columns, strip)
        rows = Strip(strip, 0, steps)
        _sweep(memory.profile, memory.frame, memory.borders, rows, None, None)
    for lane in range(LANES):
        _end_target(best, lanes.strips, lane, current[lane], memory.frame, scores)


@njit(inline="always")
def _end_target(
    best: np.ndarray, strip: int, lane: int, target: int, frame: Frame, scores: np.ndarray
) -> None:
    """Enter the score of the target that ends before a strip, and reset the lane's best score."""
    score = np.int64(best[strip * LANES + lane])
    best[strip * LANES + lane] = 0
    if target >= 0:
        scores[target] = score if score < frame.limit else TOO_HIGH
