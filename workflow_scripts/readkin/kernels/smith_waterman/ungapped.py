"""Best alignments without gaps along the diagonals of pairs of bases.

Most reads of the same place differ in few bases and by no gap: their best alignment is the best
stretch of the pair's diagonal (Kadane's algorithm; Bentley 1984, Commun ACM 27:865), whose score
follows from the unequal bases alone. If the highest score of the DP matrix is that of the stretch,
the stretch is a best alignment, so nothing needs to be traced back. As traceback.py prefers it to
others of the same score, it is the alignment to report.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.sequences.sequences import UNKNOWN_BASE
from readkin.kernels.smith_waterman.batches import Pairs, overlap_lengths
from readkin.kernels.smith_waterman.cigar import EQUAL, MISMATCH
from readkin.kernels.smith_waterman.passes import empty_results
from readkin.kernels.smith_waterman.scoring import Alphabet
from readkin.kernels.smith_waterman.traceback import CigarRuns, PairResults, push, with_capacity
from readkin.kernels.smith_waterman.wavefront import signed

BLOCK = 32  # cells compared at a time
PAIRS_PER_BLOCK = 1 << 11  # for which memory is provided at a time
WORD = 8  # cells skipped at a time where all bases are equal
COMPLEMENT = np.uint8(UNKNOWN_BASE - 1)  # inverts the bits that differ between complements
UNKNOWN_BITS = np.uint8(256 - UNKNOWN_BASE)  # of which an unknown base has one or more


class Diagonal(NamedTuple):
    """Memory for the longest diagonal of some pairs.

    Attributes:
        differs: uint8 (cells,), not 0 where the bases of a cell differ or are unknown.
        places: int64 (cells,), the cells whose bases differ.
    """

    differs: np.ndarray
    places: np.ndarray


class Cells(NamedTuple):
    """The cells of a pair's diagonal: column and row of the first one, and their number."""

    column: int
    row: int
    size: int


class Stretch(NamedTuple):
    """Consecutive cells of a diagonal, half-open, and their score."""

    first: int
    end: int
    score: int


def align_on_diagonals(
    pairs: Pairs, chosen: np.ndarray, alphabet: Alphabet, min_score: int, runs: CigarRuns
) -> tuple[PairResults, CigarRuns]:
    """Find the best stretch of the diagonal of each chosen pair.

    Among stretches of equal score, the one that ends first is found, and among those the shortest.

    Args:
        pairs: all pairs.
        chosen: int64 (chosen,), indices of the pairs to align.
        alphabet: scores of residue pairs; only stretches of bases are found.
        min_score: stretches with a lower score have a score, but no alignment.
        runs: CIGAR runs, extended.

    Returns:
        Results of all pairs, with score 0 where no stretch was found; the runs, whose memory may
        have grown.
    """
    results = empty_results(pairs.index_a.size)
    results.score[:] = 0
    if alphabet.is_by_equality:
        longest = int(overlap_lengths(pairs)[chosen].max(initial=0))
        size = _whole_words(max(longest, BLOCK))
        diagonal = Diagonal(np.zeros(size, np.uint8), np.empty(size, np.int64))
        for first in range(0, chosen.size, PAIRS_PER_BLOCK):
            block = chosen[first : first + PAIRS_PER_BLOCK]
            runs = with_capacity(runs, block.size * (longest + 1))
            _align_block(pairs, block, alphabet, max(min_score, 1), diagonal, results, runs)
    return results, runs


@njit(cache=True, nogil=True)
def _whole_words(cells: int) -> int:
    return (cells + WORD - 1) // WORD * WORD


@njit(cache=True, nogil=True)
def _align_block(
    pairs: Pairs,
    block: np.ndarray,
    alphabet: Alphabet,
    min_score: int,
    diagonal: Diagonal,
    results: PairResults,
    runs: CigarRuns,
) -> None:
    """Align a block of pairs; `runs` has capacity for all their runs."""
    for pair in block:
        cells = _compare(pairs, pair, diagonal.differs)
        n_places = _find_places(diagonal, cells.size)
        places = diagonal.places[:n_places]
        best = _best_stretch(places, cells.size, alphabet)
        results.score[pair] = best.score
        if best.score < min_score:
            continue
        results.first_run[pair] = runs.used[0]
        mismatches = _push_runs(places, best, runs)
        results.run_count[pair] = runs.used[0] - results.first_run[pair]
        length = best.end - best.first
        results.start_a[pair] = cells.column + best.first
        results.end_a[pair] = results.start_a[pair] + length
        results.start_b[pair] = cells.row + best.first
        results.end_b[pair] = results.start_b[pair] + length
        results.alignment_length[pair] = length
        results.matches[pair] = length - mismatches


@njit(cache=True, nogil=True)
def _compare(pairs: Pairs, pair: int, differs: np.ndarray) -> Cells:
    """Enter whether the bases of each cell differ, and 0 up to the end of the last word."""
    index_a, index_b = pairs.index_a[pair], pairs.index_b[pair]
    offsets_a, offsets_b = pairs.sequences_a.offsets, pairs.sequences_b.offsets
    codes_a, codes_b = pairs.sequences_a.codes, pairs.sequences_b.codes
    diagonal = signed(pairs.diagonal[pair])
    column, row = max(0, diagonal), max(0, -diagonal)
    first_a = offsets_a[index_a] + column
    first_b, end_b = offsets_b[index_b] + row, offsets_b[index_b + 1]
    count = min(offsets_a[index_a + 1] - first_a, end_b - first_b)
    if count <= 0:
        return Cells(column, row, 0)
    if pairs.is_reverse[pair]:
        _compare_bases(codes_a[first_a:], codes_b[: end_b - row], True, count, differs)
    else:
        _compare_bases(codes_a[first_a:], codes_b[first_b:], False, count, differs)
    differs[count : _whole_words(count)] = 0
    return Cells(column, row, count)


@njit(cache=True, nogil=True, forceinline=True)
def _compare_bases(
    codes_a: np.ndarray, codes_b: np.ndarray, is_reverse: bool, count: int, differs: np.ndarray
) -> None:
    """Compare the first bases of a with the first of b; if `is_reverse`, with its last ones."""
    if count < BLOCK:
        _compare_block(codes_a, codes_b, is_reverse, 0, count, differs)
        return
    # Blocks of constant size are compiled to vector instructions; the last two may overlap.
    for first in range(0, count - BLOCK, BLOCK):
        _compare_block(codes_a, codes_b, is_reverse, first, BLOCK, differs)
    _compare_block(codes_a, codes_b, is_reverse, count - BLOCK, BLOCK, differs)


@njit(cache=True, nogil=True, forceinline=True)
def _compare_block(
    codes_a: np.ndarray,
    codes_b: np.ndarray,
    is_reverse: bool,
    first: int,
    count: int,
    differs: np.ndarray,
) -> None:
    # The indices are unsigned: Numba would check whether signed ones count from the end.
    at, end_b = np.uint64(first), np.uint64(codes_b.size - 1)
    complement = COMPLEMENT if is_reverse else np.uint8(0)
    for cell in range(at, at + np.uint64(count)):
        base_a = codes_a[cell]
        base_b = codes_b[end_b - cell] if is_reverse else codes_b[cell]
        differs[cell] = base_a ^ base_b ^ complement | base_a & UNKNOWN_BITS


@njit(cache=True, nogil=True)
def _find_places(diagonal: Diagonal, count: int) -> int:
    """Enter the cells below `count` whose bases differ; return their number."""
    found, words = 0, diagonal.differs.view(np.uint64)
    for word in range(_whole_words(count) // WORD):
        if words[word] == 0:
            continue
        for cell in range(word * WORD, (word + 1) * WORD):
            diagonal.places[found] = cell
            found += diagonal.differs[cell] != 0
    return found


@njit(cache=True, nogil=True)
def _best_stretch(places: np.ndarray, count: int, alphabet: Alphabet) -> Stretch:
    """Return the best stretch of `count` cells, of which those in `places` are unequal."""
    best = Stretch(0, 0, 0)
    first, score, equal_from = 0, 0, 0
    for index in range(places.size + 1):
        end = places[index] if index < places.size else count
        score += (end - equal_from) * alphabet.match
        if score > best.score:
            best = Stretch(first, end, score)
        score += alphabet.mismatch
        equal_from = end + 1
        if score <= 0:
            first, score = equal_from, 0
    return best


@njit(cache=True, nogil=True, forceinline=True)
def _push_runs(places: np.ndarray, stretch: Stretch, runs: CigarRuns) -> int:
    """Append the runs of a stretch, last run first; return the number of unequal cells."""
    first_run, end, mismatches = runs.used[0], stretch.end, 0
    for index in range(places.size - 1, -1, -1):
        place = places[np.uint64(index)]
        if stretch.first < place < stretch.end:
            if place + 1 < end:
                push(runs, first_run, end - place - 1, EQUAL)
            push(runs, first_run, 1, MISMATCH)
            end = place
            mismatches += 1
    push(runs, first_run, end - stretch.first, EQUAL)
    return mismatches


def copy_alignments(source: PairResults, is_chosen: np.ndarray, target: PairResults) -> None:
    """Copy the results of the pairs for which `is_chosen`; both refer to the same runs."""
    for old, new in zip(source, target, strict=True):
        new[is_chosen] = old[is_chosen]
