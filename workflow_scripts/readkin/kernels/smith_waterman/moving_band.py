"""Local alignment of one pair of sequences in a band that follows a line through the DP matrix.

The cells of an antidiagonal (position in a + position in b = step) do not depend on each other, so
a vector holds consecutive ones. A band has the same number of cells on each antidiagonal, and its
first cell moves by 0 or 1 positions of a from step to step (line_band.py).

A byte of directions is kept for each cell, as in scalar.py, whose recurrence and choice among equal
alignments (traceback.py) are also those of this module. If the directions exceed BLOCK_BYTES, the
state is saved at the begin of each block of steps, and blocks are filled again for the traceback.

Cells outside the band are unknown. Their scores are taken to be 0, or, with `Outside.is_bounded`,
the upper bounds of long_bounds.py. With bounds, all scores of the band are upper bounds, too, and
they are exact where the traceback does not leave the band.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.simd.vectors import (
    add,
    aligned_zeros,
    any_bits,
    choose_equal,
    lane_count,
    load,
    maximum,
    splat,
    store,
    store_bytes,
    subtract,
)
from readkin.kernels.smith_waterman.cigar import EQUAL, MISMATCH
from readkin.kernels.smith_waterman.line_band import Band
from readkin.kernels.smith_waterman.long_bounds import (
    HIGH,
    LOW,
    Outside,
    edges_of,
    enter_edge,
    enter_endings,
    growth_at,
)
from readkin.kernels.smith_waterman.scalar import (
    BY_PAIR,
    COLUMN,
    FROM_PAIR,
    REMAINING_SCORE,
    ROW,
    leave_gap,
)
from readkin.kernels.smith_waterman.scoring import Alphabet
from readkin.kernels.smith_waterman.traceback import CigarRuns, push
from readkin.kernels.smith_waterman.wavefront import Costs, signed

WIDTHS = (32, 128, 512)  # cells of a step; multiples of the lanes of all vectors of uint32
BLOCK_BYTES = 1 << 25  # a multiple of all widths times GROUP
GROUP = 16  # steps for which the bounds of parts that begin or end outside are computed at once
ZERO = 1 << 20  # stored score 0: no stored number is below 0
INSERTED, DELETED = 1, 2  # rows of the state of a step; row 0 contains the scores
STEPS_KEPT = 3  # the cells of a step depend on the two steps before


class BandMemory(NamedTuple):
    """Working memory of `fill_band` and `trace_band`.

    Attributes:
        residues_a, residues_b: uint32, lane codes of a, and of b as aligned from its last residue
            to its first, between margins of a value that equals no residue.
        state: uint32 (STEPS_KEPT, 3, cells), flat; stored scores, and scores that an insertion or a
            deletion has in the next cell.
        saved: uint32 (blocks, state), flat; state at the begin of each block.
        saved_bounds: int64 (blocks, 3), `Outside.current` at the begin of each block.
        best: uint32 (2, cells), flat; highest score at each place of the band, and its first step.
        directions: uint8, of the cells of a block.
    """

    residues_a: np.ndarray
    residues_b: np.ndarray
    state: np.ndarray
    saved: np.ndarray
    saved_bounds: np.ndarray
    best: np.ndarray
    directions: np.ndarray


LANES = lane_count(np.uint32)
MARGIN = WIDTHS[-1] + 2 * LANES  # residues before and after a sequence
CELLS = WIDTHS[-1] + 2 * LANES  # of a row of the state


def allocate_band_memory(longest_a: int, longest_b: int) -> BandMemory:
    """Allocate memory for pairs of sequences of up to these lengths."""
    steps = longest_a + longest_b + 2
    state = STEPS_KEPT * 3 * CELLS
    blocks = steps * WIDTHS[-1] // BLOCK_BYTES + 2
    return BandMemory(
        residues_a=aligned_zeros(longest_a + 2 * MARGIN, np.uint32),
        residues_b=aligned_zeros(longest_b + 2 * MARGIN, np.uint32),
        state=aligned_zeros(state, np.uint32),
        saved=aligned_zeros(blocks * state, np.uint32),
        saved_bounds=np.zeros((blocks, 3), np.int64),
        best=aligned_zeros(2 * CELLS, np.uint32),
        directions=np.empty(min(steps * WIDTHS[-1], BLOCK_BYTES), np.uint8),
    )


@njit(cache=True, nogil=True)
def enter_residues(codes_a: np.ndarray, codes_b: np.ndarray, memory: BandMemory) -> None:
    """Write the lane codes (uint8) of a pair of sequences, b as aligned, to the memory."""
    for residues, filler in ((memory.residues_a, 254), (memory.residues_b, 255)):
        residues[:MARGIN] = filler
    for position in range(codes_a.size):
        memory.residues_a[MARGIN + position] = codes_a[position]
    for position in range(codes_b.size):
        memory.residues_b[MARGIN + codes_b.size - 1 - position] = codes_b[position]
    memory.residues_a[MARGIN + codes_a.size : 2 * MARGIN + codes_a.size] = 254
    memory.residues_b[MARGIN + codes_b.size : 2 * MARGIN + codes_b.size] = 255


@njit(cache=True, nogil=True)
def block_steps(band: Band) -> int:
    """Return the number of steps of a block."""
    return min(max(band.steps, 1), BLOCK_BYTES // band.width)


@njit(cache=True, nogil=True)
def fill_band(
    band: Band, length_a: int, length_b: int, costs: Costs, memory: BandMemory, outside: Outside
) -> int:
    """Fill all cells of a band, and return the highest score."""
    memory.state[:] = ZERO - costs.gap_open
    for step in range(STEPS_KEPT):
        memory.state[step * 3 * CELLS : (step * 3 + 1) * CELLS] = ZERO
    memory.best[:CELLS] = ZERO
    memory.best[CELLS:] = 0
    outside.current[:] = 0
    height = block_steps(band)
    size = memory.state.size
    for first in range(0, band.steps, height):
        block = first // height
        memory.saved[block * size : (block + 1) * size] = memory.state
        memory.saved_bounds[block] = outside.current
        end = min(first + height, band.steps)
        _fill_steps(band, first, end, length_a, length_b, costs, memory, outside)
    best = ZERO
    for cell in range(band.width):
        best = max(best, signed(memory.best[cell]))
    return best - ZERO


@njit(cache=True, nogil=True)
def _fill_steps(
    band: Band,
    first: int,
    end: int,
    length_a: int,
    length_b: int,
    costs: Costs,
    memory: BandMemory,
    outside: Outside,
) -> None:
    """Fill the cells of the steps from `first` to `end`, from the state before."""
    state, width = memory.state, band.width
    zero = splat(state, ZERO)
    opening, extending = splat(state, costs.gap_open), splat(state, costs.gap_extend)
    equal, unequal = splat(state, costs.highest), splat(state, costs.lowest)
    nothing, pair_bit, deletion_bit = splat(state, 0), splat(state, 1), splat(state, 2)
    deletion_extends, insertion_extends = splat(state, 4), splat(state, 8)
    for group in range(first, end, GROUP):
        last = min(group + GROUP, end) - 1
        edges = edges_of(outside, band, group, last, length_a, length_b)
        top_low, top_high = 0, 0
        for step in range(group, last + 1):
            low = signed(band.first_a[step])
            moved = low - band.first_a[step - 1] if step > 0 else 0
            moved_before = low - band.first_a[step - 2] if step > 1 else moved
            antidiagonal = band.first_step + step
            here = step % STEPS_KEPT * 3 * CELLS + LANES
            one_ago = (step + 2) % STEPS_KEPT * 3 * CELLS + LANES
            two_ago = (step + 1) % STEPS_KEPT * 3 * CELLS + LANES
            own_a = MARGIN + low
            own_b = MARGIN + length_b - 1 - antidiagonal + low
            number = splat(state, step)
            for cell in range(0, width, LANES):
                code_a = load(memory.residues_a, own_a + cell)
                code_b = load(memory.residues_b, own_b + cell)
                paired = add(
                    load(state, two_ago + cell - 1 + moved_before),
                    choose_equal(code_a, code_b, equal, unequal),
                )
                inserted = load(state, one_ago + INSERTED * CELLS + cell - 1 + moved)
                deleted = load(state, one_ago + DELETED * CELLS + cell + moved)
                score = maximum(maximum(paired, zero), maximum(inserted, deleted))
                opened = subtract(score, opening)
                inserted = maximum(subtract(inserted, extending), opened)
                longer = maximum(subtract(deleted, extending), opened)
                store(state, here + cell, score)
                store(state, here + INSERTED * CELLS + cell, inserted)
                store(state, here + DELETED * CELLS + cell, longer)
                bits = any_bits(
                    any_bits(
                        choose_equal(score, paired, pair_bit, nothing),
                        choose_equal(score, deleted, deletion_bit, nothing),
                    ),
                    any_bits(
                        choose_equal(longer, opened, nothing, deletion_extends),
                        choose_equal(inserted, opened, nothing, insertion_extends),
                    ),
                )
                store_bytes(memory.directions, (step - first) * width + cell, bits)
                before = load(memory.best, cell)
                best = maximum(before, score)
                store(memory.best, cell, best)
                since = load(memory.best, CELLS + cell)
                store(memory.best, CELLS + cell, choose_equal(best, before, since, number))
            low_score, high_score = 0, 0
            if outside.is_bounded:
                growth = growth_at(outside, antidiagonal)
                # A gap leaves the band at any step, a residue pair only where the band turns.
                by_gap = signed(state[here + DELETED * CELLS]) - ZERO
                by_pair = signed(state[two_ago]) - ZERO if moved_before == 2 else 0
                low_score = enter_edge(outside, edges, LOW, growth, by_gap, by_pair)
                by_gap = signed(state[here + INSERTED * CELLS + width - 1]) - ZERO
                by_pair = signed(state[two_ago + width - 1]) - ZERO if moved_before == 0 else 0
                high_score = enter_edge(outside, edges, HIGH, growth, by_gap, by_pair)
                top_low = max(top_low, signed(state[here]) - ZERO)
                top_high = max(top_high, signed(state[here + width - 1]) - ZERO)
            for at, score in ((here - 1, low_score), (here + width, high_score)):
                state[at] = ZERO + score
                state[at + INSERTED * CELLS] = ZERO + score - costs.gap_open
                state[at + DELETED * CELLS] = ZERO + score - costs.gap_open
        enter_endings(outside, edges, top_low, top_high)


@njit(cache=True, nogil=True)
def end_of_band(band: Band, score: int, memory: BandMemory) -> tuple[int, int]:
    """Return the step and the position in a of the first cell that has the highest score.

    The first cell is that at the lowest position in a, and there at the lowest in b.
    """
    end_step, end_a = -1, -1
    for cell in range(band.width):
        if signed(memory.best[cell]) - ZERO != score:
            continue
        step = signed(memory.best[CELLS + cell])
        position = signed(band.first_a[step]) + cell
        if end_step < 0 or (position, step) < (end_a, end_step):
            end_step, end_a = step, position
    return end_step, end_a


@njit(cache=True, nogil=True)
def trace_band(
    band: Band,
    score: int,
    alphabet: Alphabet,
    memory: BandMemory,
    outside: Outside,
    length_a: int,
    length_b: int,
    runs: CigarRuns,
) -> tuple[bool, tuple[int, int], tuple[int, int]]:
    """Trace the best alignment of a filled band back, and append its runs, last run first.

    Returns:
        Whether the whole alignment is within the band; its first and its last cell (position in a,
        position in b). If it is not, no runs are appended.
    """
    end_step, end_a = end_of_band(band, score, memory)
    end = (end_a, band.first_step + end_step - end_a)
    first_run = runs.used[0]
    state = np.array([end[0], end[1], BY_PAIR, score])
    height, size = block_steps(band), memory.state.size
    for block in range(end_step // height, -1, -1):
        first = block * height
        if band.steps > height:
            memory.state[:] = memory.saved[block * size : (block + 1) * size]
            outside.current[:] = memory.saved_bounds[block]
            stop = min(first + height, band.steps)
            _fill_steps(band, first, stop, length_a, length_b, alphabet.costs, memory, outside)
        if not _trace_block(band, first, alphabet.costs, memory, length_b, state, runs, first_run):
            runs.used[0] = first_run
            return False, end, end
        if state[REMAINING_SCORE] == 0:
            break
    return True, (state[ROW] + 1, state[COLUMN] + 1), end


@njit(cache=True, nogil=True)
def _trace_block(
    band: Band,
    first: int,
    costs: Costs,
    memory: BandMemory,
    length_b: int,
    state: np.ndarray,
    runs: CigarRuns,
    first_run: int,
) -> bool:
    """Trace back within a block and update `state`; return False where the band is left."""
    row, column, arrived_by, score = state
    while score > 0:
        step = row + column - band.first_step
        if step < first:
            if first == 0:
                return False
            break
        cell = row - band.first_a[step]
        if row < 0 or column < 0 or cell < 0 or cell >= band.width:
            return False
        direction = memory.directions[(step - first) * band.width + cell]
        if arrived_by == BY_PAIR and direction & FROM_PAIR:
            code_a = memory.residues_a[MARGIN + row]
            code_b = memory.residues_b[MARGIN + length_b - 1 - column]
            score -= costs.highest if code_a == code_b else costs.lowest
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
    return True
