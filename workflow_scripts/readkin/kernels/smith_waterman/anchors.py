"""Runs of equal bases of two sequences, found by their r-mers, and the best chain of such runs.

All r-mers that both sequences have in common are found, none is sampled: long_bounds.py needs to
know that there are no others. Equal r-mers on one diagonal that overlap or touch make one run.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.sequences.sequences import UNKNOWN_BASE
from readkin.kernels.smith_waterman.wavefront import Costs, signed

LONGEST_R = 15  # bases of an r-mer; its code has 2 bits a base
LOOK_BACK = 128  # runs before a run of which one may precede it in a chain
CHAINED = 3  # bases that a run must have in addition to r to be chained: few such runs are random
HITS_PER_BASE = 8  # pairs of sequences with more equal r-mers per base are too repetitive
NOWHERE = -1
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


class KmerIndex(NamedTuple):
    """Positions of the r-mers of one sequence.

    Attributes:
        slots: int32 (a power of 2,), the first position whose r-mer has this hash; NOWHERE if none.
        following: int32 (longest,), the next position of equal hash; NOWHERE at the end.
        codes: int32 (longest,), code of the r-mer at each position; NOWHERE if it has an unknown
            base.
    """

    slots: np.ndarray
    following: np.ndarray
    codes: np.ndarray


class Runs(NamedTuple):
    """Runs of equal bases, in the order of their begins in b, and their chaining.

    Attributes:
        end_a, end_b: int32 (runs,), position after the last base.
        length: int32 (runs,), in bases, at least r.
        score: int64 (runs,), of the best chain that ends with this run.
        before: int32 (runs,), the run before this one in that chain; NOWHERE if it is the first.
        chained: int32 (runs,), the runs that are long enough for chains.
        last_on_diagonal: int32 (diagonals,), the last run found on each diagonal.
    """

    end_a: np.ndarray
    end_b: np.ndarray
    length: np.ndarray
    score: np.ndarray
    before: np.ndarray
    chained: np.ndarray
    last_on_diagonal: np.ndarray


def allocate_index(longest: int) -> KmerIndex:
    """Allocate an index of sequences of up to this length."""
    slots = 1 << max(int(longest - 1).bit_length() + 1, 4)
    return KmerIndex(
        np.empty(slots, np.int32), np.empty(longest, np.int32), np.empty(longest, np.int32)
    )


def allocate_runs(longest_a: int, longest_b: int) -> Runs:
    """Allocate the runs of pairs of sequences of up to these lengths."""
    size = HITS_PER_BASE * (longest_a + longest_b) + 1
    return Runs(
        end_a=np.empty(size, np.int32),
        end_b=np.empty(size, np.int32),
        length=np.empty(size, np.int32),
        score=np.empty(size, np.int64),
        before=np.empty(size, np.int32),
        chained=np.empty(size, np.int32),
        last_on_diagonal=np.empty(longest_a + longest_b + 1, np.int32),
    )


@njit(cache=True, nogil=True)
def index_kmers(bases: np.ndarray, r: int, index: KmerIndex) -> None:
    """Enter all r-mers of a sequence.

    Args:
        bases: uint8, base codes; UNKNOWN_BASE or higher is unknown.
        r: bases of an r-mer, 1 to LONGEST_R.
        index: filled.
    """
    index.slots[:] = NOWHERE
    mask, code, known = (1 << 2 * r) - 1, 0, 0
    for end in range(bases.size):
        code = (code << 2 | bases[end]) & mask
        known = known + 1 if bases[end] < UNKNOWN_BASE else 0
        first = end - r + 1
        if first < 0:
            continue
        index.codes[first] = NOWHERE
        if known >= r:
            slot = _slot(code, index.slots.size)
            index.codes[first] = code
            index.following[first] = index.slots[slot]
            index.slots[slot] = first


@njit(cache=True, nogil=True, forceinline=True)
def _slot(code: int, slots: int) -> int:
    return signed((np.uint64(code) * MULTIPLIER) >> np.uint64(32)) & (slots - 1)


@njit(cache=True, nogil=True)
def find_runs(index: KmerIndex, length_a: int, bases_b: np.ndarray, r: int, runs: Runs) -> int:
    """Find all runs of at least r equal bases.

    Args:
        index: of the r-mers of a.
        length_a: bases of a.
        bases_b: uint8, base codes of b as aligned.
        r: bases of an r-mer.
        runs: filled.

    Returns:
        The number of runs; NOWHERE if the sequences are so repetitive that not all were found.
    """
    runs.last_on_diagonal[: length_a + bases_b.size + 1] = NOWHERE
    mask, code, known, found, hits = (1 << 2 * r) - 1, 0, 0, 0, 0
    most = HITS_PER_BASE * (length_a + bases_b.size)
    for last in range(bases_b.size):
        code = (code << 2 | bases_b[last]) & mask
        known = known + 1 if bases_b[last] < UNKNOWN_BASE else 0
        if known < r:
            continue
        position = index.slots[_slot(code, index.slots.size)]
        while position != NOWHERE:
            if index.codes[position] == code:
                hits += 1
                if hits > most:
                    return NOWHERE
                end_a, end_b = position + r, last + 1
                diagonal = end_a - end_b + bases_b.size
                run = runs.last_on_diagonal[diagonal]
                if run == NOWHERE or runs.end_b[run] < end_b - r:
                    run = found
                    runs.last_on_diagonal[diagonal] = run
                    runs.length[run] = r
                    found += 1
                else:
                    runs.length[run] += end_b - runs.end_b[run]
                runs.end_a[run], runs.end_b[run] = end_a, end_b
            position = index.following[position]
    return found


@njit(cache=True, nogil=True)
def chain_runs(runs: Runs, found: int, r: int, costs: Costs) -> int:
    """Find the best chain that ends with each run, and return the last run of the best of all.

    A chain is scored like an alignment that leaves out what is between its runs: each base of a run
    counts as a match, a change of diagonal as a gap, and two runs on one diagonal are a mismatch
    apart. Runs follow each other in both sequences; where they overlap, the second one counts less.

    Returns:
        The run; NOWHERE if there is none.
    """
    for shortest in (r + CHAINED, r):
        chained = 0
        for run in range(found):
            if runs.length[run] >= shortest:
                runs.chained[chained] = run
                chained += 1
        if chained:
            break
    best = NOWHERE
    for number in range(chained):
        run = runs.chained[number]
        end_a, end_b, length = runs.end_a[run], runs.end_b[run], runs.length[run]
        score, before = length * costs.highest, NOWHERE
        for earlier in range(number - 1, max(number - 1 - LOOK_BACK, -1), -1):
            other = runs.chained[earlier]
            free = min(end_a - runs.end_a[other], end_b - runs.end_b[other])
            if free <= 0:
                continue
            shift = abs((end_a - end_b) - (runs.end_a[other] - runs.end_b[other]))
            cost = -costs.lowest
            if shift > 0:
                cost = costs.gap_open + (shift - 1) * costs.gap_extend
            joined = runs.score[other] + min(free, length) * costs.highest - cost
            if joined > score:
                score, before = joined, other
        runs.score[run], runs.before[run] = score, before
        if best == NOWHERE or score > runs.score[best]:
            best = run
    return best


@njit(cache=True, nogil=True)
def chain_of(runs: Runs, last: int, corners: np.ndarray) -> int:
    """Write the corners of a chain, from its first run to its last.

    Args:
        runs: with chains.
        last: the last run of the chain.
        corners: int64 (2 * runs + 1, 2), filled from its end backwards: begin and end of each run,
            as positions in a and b. Neither position decreases from corner to corner.

    Returns:
        Index of the first corner; the last one is that before the end of the array.
    """
    at = corners.shape[0]
    limit_a, limit_b = runs.end_a[last], runs.end_b[last]
    run = last
    while run != NOWHERE:
        end_a, end_b = runs.end_a[run], runs.end_b[run]
        excess = max(end_a - limit_a, end_b - limit_b, 0)
        length = runs.length[run] - excess
        if length > 0:
            at -= 2
            corners[at + 1, 0], corners[at + 1, 1] = end_a - excess, end_b - excess
            limit_a, limit_b = end_a - excess - length, end_b - excess - length
            corners[at, 0], corners[at, 1] = limit_a, limit_b
        run = runs.before[run]
    return at
