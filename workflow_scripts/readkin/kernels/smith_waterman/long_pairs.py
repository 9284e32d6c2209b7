"""Alignment of pairs of long sequences in a band along their shared r-mers, with proof.

The DP matrix of two reads of 10,000 bases has 100 million cells, of which an overlap needs a
narrow band only. The steps for a pair are:

1. Find all r-mers that the sequences have in common, and the best chain of them (anchors.py).
2. Align in a narrow band along the chain (moving_band.py), with upper bounds for all that is
   outside (long_bounds.py). If the best alignment does not leave the band, it is the best one of
   all that touch the band. Otherwise try a wider band, as long as the bound is lower than the score
   per base of the alignment: below that, no width is a proof.
3. If there is another chain that may be better, outside the band, align along that one, too.

The result is an alignment and an upper bound for the score of any alignment of the pair. If both
are equal, the score is that of the whole matrix. The bound per residue pair (1.47 for 10,000 bases)
is lower than the score per pair of near kin (1.9 at 98 % identity), so the proof succeeds where the
overlap takes up most of the shorter sequence and no repeat scores as much.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.sequences.sequences import lengths_of
from readkin.kernels.smith_waterman.anchors import (
    NOWHERE,
    KmerIndex,
    Runs,
    allocate_index,
    allocate_runs,
    chain_of,
    chain_runs,
    find_runs,
    index_kmers,
)
from readkin.kernels.smith_waterman.batches import NO_DIAGONAL, Pairs, overlap_lengths
from readkin.kernels.smith_waterman.line_band import Band, is_in_band, lay_band
from readkin.kernels.smith_waterman.long_bounds import (
    ENDING,
    FRACTIONS,
    Outside,
    best_r,
    count_hits,
    gain_of_pair,
    highest_beside,
)
from readkin.kernels.smith_waterman.moving_band import (
    WIDTHS,
    BandMemory,
    allocate_band_memory,
    enter_residues,
    fill_band,
    trace_band,
)
from readkin.kernels.smith_waterman.scalar import CodedPair, coded_pair
from readkin.kernels.smith_waterman.scoring import Alphabet
from readkin.kernels.smith_waterman.traceback import (
    CigarRuns,
    PairResults,
    record_alignment,
    with_capacity,
)
from readkin.kernels.smith_waterman.wavefront import Costs, signed

CHAINS = 3  # chains of a pair that are tried
UNPROVABLE_WIDTH = 1  # index of the width for alignments with too many errors for a proof
SAFE_MARGIN = 0.05  # by which the score per residue pair must exceed its bound for a wider band


class LongMemory(NamedTuple):
    """Working memory for pairs of long sequences.

    Attributes:
        kmers: r-mers of sequence a.
        runs: runs of equal bases.
        corners: int64 (corners, 2), see `chain_of`.
        first_a: see `Band`.
        band: memory of the band.
        hits_at, before_a, before_b, current: see `Outside`.
    """

    kmers: KmerIndex
    runs: Runs
    corners: np.ndarray
    first_a: np.ndarray
    band: BandMemory
    hits_at: np.ndarray
    before_a: np.ndarray
    before_b: np.ndarray
    current: np.ndarray


def allocate_long_memory(longest_a: int, longest_b: int) -> LongMemory:
    """Allocate memory for pairs of sequences of up to these lengths."""
    runs = allocate_runs(longest_a, longest_b)
    return LongMemory(
        kmers=allocate_index(longest_a),
        runs=runs,
        corners=np.empty((2 * (longest_a + longest_b) + 2, 2), np.int64),
        first_a=np.empty(longest_a + longest_b + 2, np.int32),
        band=allocate_band_memory(longest_a, longest_b),
        hits_at=np.empty(longest_a + longest_b + 1, np.int32),
        before_a=np.empty(longest_a + 1, np.int32),
        before_b=np.empty(longest_b + 1, np.int32),
        current=np.zeros(3, np.int64),
    )


def expected_cells(pairs: Pairs) -> np.ndarray:
    """Return about how many cells `align_long` computes for each pair, int64.

    The r-mers of a pair take about as long as two cells a base.
    """
    length_a = lengths_of(pairs.sequences_a, pairs.index_a)
    length_b = lengths_of(pairs.sequences_b, pairs.index_b)
    overlap = np.clip(overlap_lengths(pairs), 0, None)
    return 2 * WIDTHS[0] * (overlap + WIDTHS[0]) + 2 * (length_a + length_b)


def align_long(
    pairs: Pairs,
    chosen: np.ndarray,
    alphabet: Alphabet,
    min_score: int,
    results: PairResults,
    bounds: np.ndarray,
    runs: CigarRuns,
) -> CigarRuns:
    """Align pairs of long DNA sequences along their shared r-mers.

    Memory: about 150 bytes per base of the longest pair, and up to 32 MB for directions.

    Args:
        pairs: all pairs.
        chosen: int64 (chosen,), indices of the pairs to align; fastest if sorted by sequence a.
        alphabet: of bases.
        min_score: pairs with a lower score get a score, but no alignment.
        results: filled for the chosen pairs.
        bounds: int32 (pairs,), filled with upper bounds of the scores of the whole matrices.
        runs: CIGAR runs, extended.

    Returns:
        The runs, whose memory may have grown.
    """
    if not chosen.size:
        return runs
    longest_a = int(lengths_of(pairs.sequences_a, pairs.index_a[chosen]).max())
    longest_b = int(lengths_of(pairs.sequences_b, pairs.index_b[chosen]).max())
    memory = allocate_long_memory(longest_a, longest_b)
    return _align_chosen(pairs, chosen, alphabet, min_score, memory, results, bounds, runs)


@njit(cache=True, nogil=True)
def _align_chosen(
    pairs: Pairs,
    chosen: np.ndarray,
    alphabet: Alphabet,
    min_score: int,
    memory: LongMemory,
    results: PairResults,
    bounds: np.ndarray,
    runs: CigarRuns,
) -> CigarRuns:
    indexed, indexed_r = -1, 0
    for pair in chosen:
        coded = coded_pair(pairs, pair, alphabet)
        length_a, length_b = coded.codes_a.size, coded.codes_b.size
        results.score[pair], bounds[pair] = 0, 0
        if length_a == 0 or length_b == 0:
            continue
        r = best_r(alphabet.costs, length_a, length_b)
        if indexed != pairs.index_a[pair] or indexed_r != r:
            index_kmers(coded.codes_a, r, memory.kmers)
            indexed, indexed_r = pairs.index_a[pair], r
        runs = with_capacity(runs, 2 * (length_a + length_b))
        first_run = runs.used[0]
        score, bound, start, end = _align_pair(coded, r, signed(pairs.diagonal[pair]), memory, runs)
        results.score[pair] = score
        bounds[pair] = bound
        if score < max(min_score, 1):
            runs.used[0] = first_run
            continue
        results.first_run[pair] = first_run
        record_alignment(results, pair, start, end, runs)
    return runs


@njit(cache=True, nogil=True)
def _align_pair(
    coded: CodedPair, r: int, diagonal: int, memory: LongMemory, runs: CigarRuns
) -> tuple[int, int, tuple[int, int], tuple[int, int]]:
    """Return score, bound, first and last cell of the best alignment found, and append its runs."""
    costs = coded.alphabet.costs
    length_a, length_b = coded.codes_a.size, coded.codes_b.size
    trivial = costs.highest * min(length_a, length_b)
    enter_residues(coded.codes_a, coded.codes_b, memory.band)
    found = find_runs(memory.kmers, length_a, coded.codes_b, r, memory.runs)
    is_complete = found != NOWHERE
    last = chain_runs(memory.runs, found, r, costs) if found > 0 else NOWHERE
    first_run = runs.used[0]
    best, bound, start, end = 0, trivial, (0, 0), (0, 0)
    for attempt in range(CHAINS):
        first_corner = _line(memory, last, diagonal, length_a, length_b)
        own_run = runs.used[0]
        score, own_bound, own_start, own_end, band = _align_along(
            coded,
            r,
            memory.corners[first_corner:],
            found,
            is_complete and attempt == 0,
            memory,
            runs,
        )
        bound = min(bound, own_bound)
        if score > best:
            best, start, end = score, own_start, own_end
            for index in range(own_run, runs.used[0]):
                runs.runs[first_run + index - own_run] = runs.runs[index]
            runs.used[0] -= own_run - first_run
        else:
            runs.used[0] = own_run
        if not is_complete or bound <= best:
            break
        found = _keep_outside(memory.runs, found, band)
        last = chain_runs(memory.runs, found, r, costs)
        if last == NOWHERE or 2 * memory.runs.score[last] < best:
            break
    return best, max(bound, best), start, end


@njit(cache=True, nogil=True)
def _line(memory: LongMemory, last: int, diagonal: int, length_a: int, length_b: int) -> int:
    """Write the corners of the line to follow; return the index of the first one."""
    if last != NOWHERE:
        return chain_of(memory.runs, last, memory.corners)
    only = memory.corners.shape[0] - 1
    if diagonal == NO_DIAGONAL or not -length_b < diagonal < length_a:
        diagonal = 0
    memory.corners[only, 0], memory.corners[only, 1] = max(diagonal, 0), max(-diagonal, 0)
    return only


@njit(cache=True, nogil=True)
def _keep_outside(runs: Runs, found: int, band: Band) -> int:
    """Keep the runs that end outside a band, and return their number."""
    kept = 0
    for run in range(found):
        if is_in_band(band, runs.end_a[run] - 1, runs.end_b[run] - 1):
            continue
        runs.end_a[kept], runs.end_b[kept] = runs.end_a[run], runs.end_b[run]
        runs.length[kept] = runs.length[run]
        kept += 1
    return kept


@njit(cache=True, nogil=True)
def _align_along(
    coded: CodedPair,
    r: int,
    corners: np.ndarray,
    found: int,
    with_proof: bool,
    memory: LongMemory,
    runs: CigarRuns,
) -> tuple[int, int, tuple[int, int], tuple[int, int], Band]:
    """Align along a line; return score, bound, first and last cell, and the band.

    `with_proof` requires that `found` runs are all runs of the pair.
    """
    costs, lengths = coded.alphabet.costs, (coded.codes_a.size, coded.codes_b.size)
    bound = costs.highest * min(lengths[0], lengths[1])
    width = 0 if with_proof or found > 0 else UNPROVABLE_WIDTH
    while with_proof:
        band = lay_band(corners, lengths[0], lengths[1], WIDTHS[width], memory.first_a)
        outside = _outside(memory, costs, r, found, band, lengths)
        highest = fill_band(band, lengths[0], lengths[1], costs, memory.band, outside)
        elsewhere = max(outside.current[ENDING], highest_beside(outside, band, lengths))
        bound = min(bound, max(highest, elsewhere // FRACTIONS))
        is_within, start, end = trace_band(
            band, highest, coded.alphabet, memory.band, outside, lengths[0], lengths[1], runs
        )
        if is_within:
            return highest, bound, start, end, band
        if elsewhere > highest * FRACTIONS or (
            width == 0 and not _is_provable(coded, r, band, memory, runs)
        ):
            width = max(width, UNPROVABLE_WIDTH)
            break
        if width + 1 == len(WIDTHS):
            break
        width += 1
    band = lay_band(corners, lengths[0], lengths[1], WIDTHS[width], memory.first_a)
    return _align_unbounded(coded, bound, band, memory, runs)


@njit(cache=True, nogil=True)
def _align_unbounded(
    coded: CodedPair, bound: int, band: Band, memory: LongMemory, runs: CigarRuns
) -> tuple[int, int, tuple[int, int], tuple[int, int], Band]:
    """Return the best alignment within a band, as `_align_along`."""
    lengths = coded.codes_a.size, coded.codes_b.size
    outside = Outside(
        False, 0, 0, 0, 0, 0, memory.hits_at, memory.before_a, memory.before_b, memory.current
    )
    costs = coded.alphabet.costs
    score = fill_band(band, lengths[0], lengths[1], costs, memory.band, outside)
    start, end = (0, 0), (-1, -1)
    if score > 0:
        _, start, end = trace_band(
            band, score, coded.alphabet, memory.band, outside, lengths[0], lengths[1], runs
        )
    return score, bound, start, end, band


@njit(cache=True, nogil=True)
def _is_provable(coded: CodedPair, r: int, band: Band, memory: LongMemory, runs: CigarRuns) -> bool:
    """Return whether the alignment within a band scores more per pair than parts outside may."""
    first_run = runs.used[0]
    score, _, start, end, _ = _align_unbounded(coded, 0, band, memory, runs)
    runs.used[0] = first_run
    pairs = max(end[0] - start[0], end[1] - start[1]) + 1
    return score > (gain_of_pair(coded.alphabet.costs, r) + SAFE_MARGIN) * pairs


@njit(cache=True, nogil=True)
def _outside(
    memory: LongMemory,
    costs: Costs,
    r: int,
    found: int,
    band: Band,
    lengths: tuple[int, int],
) -> Outside:
    hits_at, before_a, before_b = memory.hits_at, memory.before_a, memory.before_b
    hits = count_hits(memory.runs, found, r, band, lengths, hits_at, before_a, before_b)
    pair = signed(math.ceil(gain_of_pair(costs, r) * FRACTIONS))
    hit = signed(math.ceil((costs.highest - gain_of_pair(costs, r)) * FRACTIONS))
    return Outside(
        is_bounded=True,
        steps=lengths[0] + lengths[1] - 1,
        pair=pair,
        run=hit * (r - 1),
        hit=hit,
        hits=hits,
        hits_at=hits_at,
        before_a=before_a,
        before_b=before_b,
        current=memory.current,
    )
