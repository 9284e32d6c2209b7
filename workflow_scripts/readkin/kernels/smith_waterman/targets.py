"""Smith-Waterman scores of one query after the other against many targets, a lane a target.

The letters of the query pick vectors of scores that are made once per strip of target columns
("profile", as in SWIPE: Rognes 2011, BMC Bioinformatics 12:221), so a pair of letters costs no
operation of its own. A lane takes several targets, one behind the other, each from the beginning of
a strip on; between them its scores are set back to zero. Numbers are of 8 bits: what could be too
high for them is left to a wider type.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.simd.vectors import (
    VECTOR_BYTES,
    aligned_zeros,
    choose_equal,
    load,
    look_up,
    splat,
    store,
)
from readkin.kernels.smith_waterman.batches import Sequences
from readkin.kernels.smith_waterman.scoring import CODES, FILLER, Alphabet
from readkin.kernels.smith_waterman.steps import COLUMNS, Profile
from readkin.kernels.smith_waterman.wavefront import (
    Borders,
    Frame,
    Strip,
    allocate_borders,
    begin_tables,
    filler_score,
    frame_limit,
    framed,
    make_frame,
    sweep_strip,
)

TOO_HIGH = -1  # entered as score of a pair whose score needs a wider type
NOT_COMPUTED = -2
BLOCK_LETTERS = 1 << 24  # of targets that are laid out at a time
LANES = VECTOR_BYTES
# Few pairs of all have a high score, so the frame may take more of the range.
FRAME_SHARE = 4
# Setting a lane back costs about so many strips of work.
RESET_COST = 0.15


class Lanes(NamedTuple):
    """Targets laid out in lanes."""

    columns: np.ndarray  # uint8 (strips * COLUMNS, LANES), flat: letters
    strips: int
    is_in_rounds: bool  # whether all lanes begin their next target in the same strip
    order: np.ndarray  # int64 (targets laid out,): targets by the strip they begin in
    lane: np.ndarray  # int64, of each of these
    bounds: np.ndarray  # int64 (strips + 1,): order[bounds[s]:bounds[s + 1]] begin in strip s


class Query(NamedTuple):
    """Memory for queries."""

    profile: Profile
    borders: Borders
    frame: Frame
    tables: np.ndarray  # uint8 (CODES, 2 * VECTOR_BYTES), flat: framed scores; see look_up
    reset: np.ndarray  # uint8 (LANES,): 1 where a new target begins


def score_in_bytes(
    queries: Sequences, targets: Sequences, alphabet: Alphabet, halved: bool, scores: np.ndarray
) -> None:
    """Enter the score of each query with each target in `scores` (int32, queries x targets).

    Where 8 bits do not suffice that is TOO_HIGH; scores with an empty sequence are left. `halved`:
    the targets are the queries, and scores[q, t] is left if scores[t, q] is entered.
    """
    if frame_limit(alphabet.costs, np.uint8, FRAME_SHARE) <= 0:
        scores[:] = TOO_HIGH
        return
    letters = alphabet.codes[0][np.minimum(queries.codes, FILLER)]
    longest = int(np.diff(queries.offsets).max(initial=0))
    block = targets.offsets[:-1] // BLOCK_LETTERS
    for number in np.unique(block):
        lanes = _lay_out_targets(targets, np.flatnonzero(block == number), alphabet)
        first_strips = np.zeros(scores.shape[0], np.int64)
        if halved:
            first_strips[block < number] = lanes.strips
            if lanes.is_in_rounds:
                begins = np.repeat(np.arange(lanes.strips), np.diff(lanes.bounds))
                first_strips[lanes.order] = begins
        memory = _allocate_query(longest, lanes.strips, alphabet)
        _score_queries(letters, queries.offsets, lanes, first_strips, memory, scores)


@njit(cache=True, nogil=True)
def _score_queries(
    letters: np.ndarray,
    offsets: np.ndarray,
    lanes: Lanes,
    first_strips: np.ndarray,
    memory: Query,
    scores: np.ndarray,
) -> None:
    for number in range(first_strips.size):
        own = letters[offsets[number] : offsets[number + 1]]
        if own.size and first_strips[number] < lanes.strips:
            _score_query(own, lanes, first_strips[number], memory, scores[number])


def _lay_out_targets(targets: Sequences, chosen: np.ndarray, alphabet: Alphabet) -> Lanes:
    """Spread the chosen targets (int64) over the lanes; empty ones are left out."""
    lengths = targets.offsets[chosen + 1] - targets.offsets[chosen]
    chosen, lengths = chosen[lengths > 0], lengths[lengths > 0]
    longest_first = np.argsort(-lengths, kind="stable")
    chosen, strips = chosen[longest_first], -(-lengths[longest_first] // COLUMNS)
    plans = _in_rounds(strips), _to_the_emptiest(strips)
    is_in_rounds = _work(plans[0], strips) <= _work(plans[1], strips)
    lane, first = plans[0 if is_in_rounds else 1]
    n_strips = int((first + strips).max(initial=0))
    by_strip = np.argsort(first, kind="stable")
    bounds = np.searchsorted(first[by_strip], np.arange(n_strips + 1))
    columns = aligned_zeros(n_strips * COLUMNS * LANES, np.uint8)
    columns[:] = FILLER
    _write_letters(targets, chosen, lane, first, alphabet.codes[1], columns)
    order, lane = chosen[by_strip], lane[by_strip]
    return Lanes(columns, n_strips, is_in_rounds, order, lane, bounds.astype(np.int64))


def _in_rounds(strips: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lane and first strip of each target if all lanes begin their next target at one time."""
    place = np.arange(strips.size)
    longest = strips[::LANES]
    first = np.concatenate([[0], np.cumsum(longest)[:-1]]) if strips.size else longest
    return place % LANES, first[place // LANES]


def _to_the_emptiest(strips: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lane and first strip of each target if each goes to the lane with the least work yet."""
    lane, first = np.empty(strips.size, np.int64), np.empty(strips.size, np.int64)
    _fill_emptiest(strips, np.zeros(LANES, np.int64), lane, first)
    return lane, first


@njit(cache=True, nogil=True)
def _fill_emptiest(
    strips: np.ndarray, filled: np.ndarray, lane: np.ndarray, first: np.ndarray
) -> None:
    for place in range(strips.size):
        lane[place] = np.argmin(filled)
        first[place] = filled[lane[place]]
        filled[lane[place]] += strips[place]


def _work(plan: tuple[np.ndarray, np.ndarray], strips: np.ndarray) -> float:
    """What a query costs, in strips."""
    _, first = plan
    return float((first + strips).max(initial=0)) + RESET_COST * np.unique(first).size


@njit(cache=True, nogil=True)
def _write_letters(
    targets: Sequences,
    chosen: np.ndarray,
    lane: np.ndarray,
    first: np.ndarray,
    codes: np.ndarray,
    columns: np.ndarray,
) -> None:
    for place in range(chosen.size):
        begin = targets.offsets[chosen[place]]
        at = first[place] * COLUMNS * LANES + lane[place]
        for column in range(targets.offsets[chosen[place] + 1] - begin):
            columns[at + column * LANES] = codes[min(targets.codes[begin + column], FILLER)]


def _allocate_query(longest: int, strips: int, alphabet: Alphabet) -> Query:
    """Memory for queries of up to `longest` letters against up to so many strips of targets."""
    frame = make_frame(alphabet.costs, np.uint8, FRAME_SHARE)
    steps = longest + COLUMNS
    profile = Profile(
        aligned_zeros(CODES * COLUMNS * LANES, np.uint8), np.zeros(steps + COLUMNS, np.int64)
    )
    scores = framed(alphabet.scores.astype(np.int64), frame)
    scores[FILLER] = scores[:, FILLER] = filler_score(frame)
    halves = scores.reshape(CODES, 2, 1, 16)
    tables = aligned_zeros(CODES * 2 * VECTOR_BYTES, np.uint8)
    tables.reshape(CODES, 2, VECTOR_BYTES // 16, 16)[:] = halves.astype(np.uint8)
    profile.scores.reshape(CODES, -1)[FILLER] = filler_score(frame) % 256
    borders = allocate_borders(steps, strips, np.uint8)
    return Query(profile, borders, frame, tables, aligned_zeros(LANES, np.uint8))


@njit(cache=True, nogil=True)
def _begin_query(letters: np.ndarray, query: Query) -> np.ndarray:
    """Enter which profile row each letter of a query needs; returns the letters that it has."""
    rows = query.profile.rows
    is_there = np.zeros(CODES, np.bool_)
    rows[:] = FILLER * COLUMNS * LANES
    for place in range(letters.size):
        rows[COLUMNS - 1 + place] = np.int64(letters[place]) * COLUMNS * LANES
        is_there[letters[place]] = True
    return np.flatnonzero(is_there)


@njit(cache=True, nogil=True)
def _begin_targets(query: Query, steps: int) -> None:
    """Set the scores of lanes back to zero in which a new target begins."""
    is_new, one = load(query.reset, 0), splat(query.reset, 1)
    length = query.frame.zeros.size // LANES
    for row in range(steps + 1):
        zero = load(query.frame.zeros, (row + COLUMNS - 1) % length * LANES)
        at = (row + COLUMNS) * LANES
        for border in (query.borders.scores, query.borders.insertions):
            store(border, at, choose_equal(is_new, one, zero, load(border, at)))


@njit(cache=True, nogil=True)
def _make_profile(query: Query, used: np.ndarray, columns: np.ndarray, strip: int) -> None:
    """Enter the scores of the letters of a strip over each letter that is used."""
    for column in range(COLUMNS):
        letters = load(columns, (strip * COLUMNS + column) * LANES)
        for letter in used:
            found = look_up(query.tables, letter * 2 * VECTOR_BYTES, letters)
            store(query.profile.scores, (letter * COLUMNS + column) * LANES, found)


@njit(cache=True, nogil=True)
def _score_query(
    letters: np.ndarray, lanes: Lanes, first_strip: int, query: Query, scores: np.ndarray
) -> None:
    """Scores of a query with all targets laid out that begin in first_strip or behind it.

    letters: uint8 codes of the query as in the table. scores: int32, one for each target by its
    number; TOO_HIGH where 8 bits do not suffice. A target must begin in first_strip in every lane,
    or none before.
    """
    used = _begin_query(letters, query)
    steps = (letters.size + COLUMNS - 1 + 1) // 2 * 2
    best = query.borders.best
    current = np.full(LANES, -1)
    begin_tables(query.borders, query.frame, steps)
    best[first_strip * LANES : (first_strip + 1) * LANES] = 0
    for strip in range(first_strip, lanes.strips):
        begin, end = lanes.bounds[strip], lanes.bounds[strip + 1]
        if begin < end:
            query.reset[:] = 0
            for place in range(begin, end):
                lane = lanes.lane[place]
                _leave_target(best, strip, lane, current[lane], query.frame, scores)
                current[lane] = lanes.order[place]
                query.reset[lane] = 1
            if strip > first_strip:
                _begin_targets(query, steps)
        _make_profile(query, used, lanes.columns, strip)
        sweep_strip(query.profile, query.frame, query.borders, Strip(strip, 0, steps), None, None)
    for lane in range(LANES):
        _leave_target(best, lanes.strips, lane, current[lane], query.frame, scores)


@njit(inline="always")
def _leave_target(
    best: np.ndarray, strip: int, lane: int, target: int, frame: Frame, scores: np.ndarray
) -> None:
    """Enter the score of the target that ends before a strip, and set the lane's best to 0."""
    score = np.int64(best[strip * LANES + lane])
    best[strip * LANES + lane] = 0
    if target >= 0:
        scores[target] = score if score < frame.limit else TOO_HIGH
