"""Exact local alignment with affine gap costs (Smith-Waterman-Gotoh): scores, positions, CIGAR.

A gap of n residues costs gap_open + (n - 1) * gap_extend. All scores are exact: they are computed
with 8 bits in the lanes of vector registers, and again with 16 and 32 bits where they may exceed 8
or 16 bits. traceback.py defines which of several best alignments is reported; this depends on the
pair and its diagonal only.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from readkin.kernels.sequences.sequences import UNKNOWN_BASE, Sequences, lengths_of, read_only
from readkin.kernels.smith_waterman.band import highest_outside, range_above
from readkin.kernels.smith_waterman.batches import (
    NO_DIAGONAL,
    WHOLE_MATRIX,
    Pairs,
    overlap_lengths,
)
from readkin.kernels.smith_waterman.cigar import DELETION, INSERTION
from readkin.kernels.smith_waterman.long_pairs import align_long, expected_cells
from readkin.kernels.smith_waterman.passes import (
    DTYPES,
    empty_results,
    runs_in_order,
    score_waiting,
    trace_alone,
    trace_waiting,
)
from readkin.kernels.smith_waterman.scoring import Alphabet, Scoring, alphabet_of, dna_scoring
from readkin.kernels.smith_waterman.targets import NOT_COMPUTED, TOO_HIGH, score_in_bytes
from readkin.kernels.smith_waterman.traceback import CigarRuns
from readkin.kernels.smith_waterman.ungapped import align_on_diagonals, copy_alignments

__all__ = [
    "NO_DIAGONAL",
    "Alignments",
    "Pairs",
    "Scoring",
    "Sequences",
    "align_pairs",
    "cells_of",
    "compile_kernels",
    "compile_long_kernels",
    "dna_scoring",
    "expected_cells",
    "positive_columns",
    "score_all",
    "score_all_against_all",
    "score_in_band",
    "score_pairs",
]

# Half widths of the bands in which an alignment is searched before the whole matrix is filled.
BANDS = (16, 64, 256)


class Alignments(NamedTuple):
    """One local alignment per pair; all values are 0 where a pair has no alignment.

    Positions are 0-based and half-open. Those of b refer to b as aligned: if the pair is reverse,
    they count from the end of the sequence.

    Attributes:
        score: int32 (pairs,), best score, also where it is below the threshold of `align_pairs`.
        score_bound: int32 (pairs,), no alignment of the pair has a higher score. It is above
            `score` only where `align_pairs` does not fill the matrix and has no proof.
        start_a, end_a, start_b, end_b: int32 (pairs,), positions of the alignment.
        matches: int32 (pairs,), columns with equal residues; an unknown base is never a match.
        alignment_length: int32 (pairs,), number of columns, gaps included.
        cigar: uint32 (runs,), ``length << 4 | operation`` as in BAM. Operations are 1 = I (residues
            of a only), 2 = D (residues of b only), 7 = "=" and 8 = X.
        cigar_offsets: int64 (pairs + 1,); the runs of pair p are
            ``cigar[cigar_offsets[p]:cigar_offsets[p + 1]]``.
    """

    score: np.ndarray
    score_bound: np.ndarray
    start_a: np.ndarray
    end_a: np.ndarray
    start_b: np.ndarray
    end_b: np.ndarray
    matches: np.ndarray
    alignment_length: np.ndarray
    cigar: np.ndarray
    cigar_offsets: np.ndarray

    def rows(self, chosen: np.ndarray) -> "Alignments":
        """Return the alignments with the chosen indices (int64), in this order."""
        sizes = np.diff(self.cigar_offsets)[chosen]
        cigar_offsets = np.concatenate([[0], np.cumsum(sizes)])
        first_run = np.repeat(self.cigar_offsets[chosen] - cigar_offsets[:-1], sizes)
        return Alignments(
            score=self.score[chosen],
            score_bound=self.score_bound[chosen],
            start_a=self.start_a[chosen],
            end_a=self.end_a[chosen],
            start_b=self.start_b[chosen],
            end_b=self.end_b[chosen],
            matches=self.matches[chosen],
            alignment_length=self.alignment_length[chosen],
            cigar=self.cigar[first_run + np.arange(cigar_offsets[-1])],
            cigar_offsets=cigar_offsets,
        )


def score_pairs(pairs: Pairs, scoring: Scoring) -> np.ndarray:
    """Compute the score of the best local alignment of each pair.

    Returns:
        int32 (pairs,).

    Raises:
        ValueError: if arrays do not fit together, or an index or the scoring is out of range.

    >>> reads = Sequences.of([[0, 1, 2, 3, 0, 0], [1, 2, 3]])
    >>> pairs = Pairs.of(reads, reads, index_a=np.array([0, 0]), index_b=np.array([0, 1]))
    >>> score_pairs(pairs, dna_scoring(2, -3, 5, 2))
    array([12,  6], dtype=int32)
    """
    alphabet = alphabet_of(scoring)
    pairs = _checked_pairs(pairs, alphabet)
    scores = np.full(pairs.index_a.size, TOO_HIGH, np.int32)
    score_waiting(pairs, np.arange(scores.size), alphabet, scores)
    return scores


def score_all(queries: Sequences, targets: Sequences, scoring: Scoring) -> np.ndarray:
    """Compute the score of the best local alignment of each query with each target.

    Returns:
        int32 (queries, targets).

    Raises:
        ValueError: if arrays do not fit together, or the scoring is out of range.

    >>> queries = Sequences.of([[0, 1, 2], [3, 3]])
    >>> targets = Sequences.of([[3, 0, 1, 2, 3, 3], [1, 2]])
    >>> score_all(queries, targets, dna_scoring(2, -3, 5, 2))
    array([[6, 4],
           [4, 0]], dtype=int32)
    """
    return _score_all(queries, targets, scoring, halved=False)


def score_all_against_all(sequences: Sequences, scoring: Scoring) -> np.ndarray:
    """Compute `score_all` of sequences with themselves, at little more than half the cost.

    Returns:
        int32 (sequences, sequences), symmetric.

    Raises:
        ValueError: as score_all; also if the scoring matrix is not symmetric.
    """
    if not np.array_equal(scoring.matrix, scoring.matrix.T):
        raise ValueError("matrix: the score of two residues must not depend on their order")
    return _score_all(sequences, sequences, scoring, halved=True)


def score_in_band(pairs: Pairs, scoring: Scoring, half_width: int) -> tuple[np.ndarray, np.ndarray]:
    """Compute the score of the best local alignment within a band around each pair's diagonal.

    All alignments whose residue pairs are within half_width of the diagonal are considered, and
    some others.

    Returns:
        The scores, int32 (pairs,), which never exceed those of the whole matrices; and whether each
        is proven to be the best, bool (pairs,): True where no alignment that leaves the band can
        have a higher score (`highest_outside`).

    Raises:
        ValueError: as score_pairs.
    """
    if half_width < 0:
        raise ValueError(f"half_width: found {half_width}, expected 0 or more")
    alphabet = alphabet_of(scoring)
    pairs = _checked_pairs(pairs, alphabet)
    scores = np.full(pairs.index_a.size, TOO_HIGH, np.int32)
    score_waiting(pairs, np.arange(scores.size), alphabet, scores, half_width)
    return scores, scores >= highest_outside(pairs, half_width, alphabet.costs)


def align_pairs(
    pairs: Pairs, scoring: Scoring, min_score: int = 1, whole_cells: int | None = None
) -> Alignments:
    """Compute the best local alignment of each pair.

    A wrong diagonal costs time, but changes no score that is proven. Memory: about 80 bytes per
    pair, 4 bytes per run of the CIGARs, and up to 0.3 GB for batches.

    Args:
        pairs: the pairs.
        scoring: scores of residue pairs and costs of gaps.
        min_score: pairs with a lower score have a score, but no alignment.
        whole_cells: pairs of DNA whose matrix has more cells than this are aligned along their
            shared r-mers (long_pairs.py). Where that is no proof, they get the best alignment found
            and a `score_bound` above its score. None: all scores are proven.

    Raises:
        ValueError: as score_pairs.

    >>> pairs = Pairs.of(Sequences.of([[0, 1, 2, 3, 0]]), Sequences.of([[2, 2, 3, 0, 1]]))
    >>> found = align_pairs(pairs, dna_scoring(2, -3, 5, 2))
    >>> found.score, found.start_a, found.end_a, found.start_b, found.end_b
    (array([6], dtype=int32), array([2], dtype=int32), array([5], dtype=int32), \
array([1], dtype=int32), array([4], dtype=int32))
    """
    alphabet = alphabet_of(scoring)
    pairs = _checked_pairs(pairs, alphabet)
    n_pairs = pairs.index_a.size
    found = empty_results(n_pairs)
    runs = CigarRuns(np.empty(16 * n_pairs, np.uint32), np.zeros(1, np.int64))
    is_long = _are_long(pairs, alphabet, whole_cells)
    bounds = np.zeros(n_pairs, np.int32)
    runs = align_long(pairs, np.flatnonzero(is_long), alphabet, min_score, found, bounds, runs)

    short = np.flatnonzero(~is_long)
    ungapped, runs = align_on_diagonals(pairs, short, alphabet, min_score, runs)

    # Where only an alignment near the diagonal can be the best, and one without gaps is not, the
    # whole matrix is not needed.
    proof = np.maximum(highest_outside(pairs, BANDS[0], alphabet.costs), min_score)
    expected = alphabet.costs.highest * overlap_lengths(pairs)
    near = np.flatnonzero(~is_long & (ungapped.score < proof) & (proof <= expected))
    runs = trace_waiting(pairs, near, alphabet, BANDS[0], expected, proof, found, runs)

    # Elsewhere, only alignments along some diagonals can score more than the one without gaps.
    diagonals = range_above(pairs, ungapped.score, alphabet.costs)
    waiting = np.flatnonzero(found.score == TOO_HIGH)
    score_waiting(pairs, waiting, alphabet, found.score, diagonals=diagonals)
    np.maximum(found.score, ungapped.score, out=found.score)
    is_best = (found.score == ungapped.score) & (ungapped.first_run >= 0)
    copy_alignments(ungapped, is_best, found)
    waiting = np.flatnonzero((found.score >= max(min_score, 1)) & (found.first_run < 0))
    proof[:] = np.iinfo(np.int32).max
    for half_width in (*BANDS, WHOLE_MATRIX):
        runs = trace_waiting(pairs, waiting, alphabet, half_width, found.score, proof, found, runs)
        waiting = waiting[found.first_run[waiting] < 0]
    runs = trace_alone(pairs, waiting, alphabet, found, runs)
    cigar_offsets = np.concatenate([[0], np.cumsum(found.run_count, dtype=np.int64)])
    return Alignments(
        score=found.score,
        score_bound=np.maximum(bounds, found.score),
        start_a=found.start_a,
        end_a=found.end_a,
        start_b=found.start_b,
        end_b=found.end_b,
        matches=found.matches,
        alignment_length=found.alignment_length,
        cigar=runs_in_order(found, runs.runs, cigar_offsets),
        cigar_offsets=cigar_offsets,
    )


def _score_all(
    queries: Sequences, targets: Sequences, scoring: Scoring, halved: bool
) -> np.ndarray:
    """Compute all scores, or only one half if `halved`: then the targets are the queries."""
    alphabet = alphabet_of(scoring)
    queries = _checked_sequences("queries", queries, alphabet)
    targets = _checked_sequences("targets", targets, alphabet)
    for codes, offsets in (queries, targets):
        if (np.diff(offsets) < 0).any() or offsets[0] < 0 or offsets[-1] > codes.size:
            raise ValueError("offsets must not decrease and must be within codes")
    n_queries, n_targets = queries.offsets.size - 1, targets.offsets.size - 1
    scores = np.full((n_queries, n_targets), NOT_COMPUTED, np.int32)
    score_in_bytes(queries, targets, alphabet, halved, scores)
    scores[np.diff(queries.offsets) == 0] = 0
    scores[:, np.diff(targets.offsets) == 0] = 0
    if halved:
        scores = np.maximum(scores, scores.T)
    is_left = np.triu(scores == TOO_HIGH) if halved else scores == TOO_HIGH
    query_of, target_of = np.nonzero(is_left)
    pairs = Pairs.of(queries, targets, query_of, target_of)
    left = np.full(query_of.size, TOO_HIGH, np.int32)
    score_waiting(pairs, np.arange(query_of.size), alphabet, left, dtypes=DTYPES[1:])
    scores[is_left] = left
    return np.maximum(scores, scores.T) if halved else scores


def _are_long(pairs: Pairs, alphabet: Alphabet, whole_cells: int | None) -> np.ndarray:
    """Return whether each pair is aligned along its shared r-mers, bool (pairs,)."""
    if whole_cells is None or not alphabet.is_by_equality:
        return np.zeros(pairs.index_a.size, bool)
    return cells_of(pairs) > whole_cells


def cells_of(pairs: Pairs) -> np.ndarray:
    """Return the number of cells of each pair's DP matrix, int64 (pairs,)."""
    length_a = lengths_of(pairs.sequences_a, pairs.index_a)
    return length_a * lengths_of(pairs.sequences_b, pairs.index_b)


@njit(cache=True, nogil=True)
def positive_columns(pairs: Pairs, alignments: Alignments, matrix: np.ndarray) -> np.ndarray:
    """Count the columns of each alignment whose residue pair has a score above 0.

    Args:
        pairs: the pairs; only pairs of DNA may be reverse.
        alignments: their alignments.
        matrix: integers (residues, residues), score of each residue of a (row) with each of b.

    Returns:
        int32 (pairs,).
    """
    positives = np.zeros(alignments.score.size, dtype=np.int32)
    sequences_a, sequences_b = pairs.sequences_a, pairs.sequences_b
    for pair in range(alignments.score.size):
        is_reverse = pairs.is_reverse[pair] != 0
        index_a, index_b = pairs.index_a[pair], pairs.index_b[pair]
        position_a = sequences_a.offsets[index_a] + alignments.start_a[pair]
        position_b = sequences_b.offsets[index_b] + alignments.start_b[pair]
        step = 1
        if is_reverse:
            position_b = sequences_b.offsets[index_b + 1] - 1 - alignments.start_b[pair]
            step = -1
        first, end = alignments.cigar_offsets[pair], alignments.cigar_offsets[pair + 1]
        for run in alignments.cigar[first:end]:
            operation, length = np.int64(run & 15), np.int64(run >> 4)
            if operation != INSERTION and operation != DELETION:
                for column in range(length):
                    residue_a = sequences_a.codes[position_a + column]
                    residue_b = sequences_b.codes[position_b + step * column]
                    if is_reverse and residue_b < UNKNOWN_BASE:
                        residue_b = 3 - residue_b
                    positives[pair] += matrix[residue_a, residue_b] > 0
            position_a += 0 if operation == DELETION else length
            position_b += 0 if operation == INSERTION else step * length
    return positives


def _checked_pairs(pairs: Pairs, alphabet: Alphabet) -> Pairs:
    """Check the pairs, and return them with arrays of the types for which kernels are compiled."""
    expected = {
        "index_a": np.int64,
        "index_b": np.int64,
        "is_reverse": np.uint8,
        "diagonal": np.int32,
    }
    columns = {name: getattr(pairs, name) for name in expected}
    if any(column.shape != (pairs.index_a.size,) for column in columns.values()):
        raise ValueError("the arrays of pairs must have the same length")
    if any(columns[name].dtype != dtype for name, dtype in expected.items()):
        raise ValueError("the arrays of pairs must be int64, int64, uint8 and int32")
    a = _checked_sequences("sequences a", pairs.sequences_a, alphabet)
    b = _checked_sequences("sequences b", pairs.sequences_b, alphabet)
    for name, sequences, index in (("a", a, pairs.index_a), ("b", b, pairs.index_b)):
        n_sequences = sequences.offsets.size - 1
        if index.size and not (index.min() >= 0 and index.max() < n_sequences):
            raise ValueError(f"index_{name} must be between 0 and {n_sequences - 1}")
        start, lengths = sequences.offsets[index], lengths_of(sequences, index)
        end = start + lengths
        if index.size and not (start.min() >= 0 and end.max() <= sequences.codes.size):
            raise ValueError(f"offsets of {name} must be within codes")
        if (lengths < 0).any():
            raise ValueError(f"offsets of {name} must not decrease")
        if index.size and lengths.max() * alphabet.costs.highest >= 2**31:
            raise ValueError(f"a sequence of {lengths.max()} residues can score 2**31 or more")
    if not alphabet.is_by_equality and pairs.is_reverse.any():
        raise ValueError("only bases ACGTN have a reverse complement")
    return Pairs(a, b, **{name: read_only(column) for name, column in columns.items()})


def _checked_sequences(name: str, sequences: Sequences, alphabet: Alphabet) -> Sequences:
    codes, offsets = sequences
    if codes.dtype != np.uint8 or codes.ndim != 1:
        raise ValueError(f"{name}: codes must be a uint8 array")
    if offsets.dtype != np.int64 or offsets.ndim != 1 or offsets.size == 0:
        raise ValueError(f"{name}: offsets must be int64, one more than there are sequences")
    if alphabet.residues < 2**8 and codes.max(initial=0) >= alphabet.residues:
        raise ValueError(
            f"{name}: found residue code {codes.max()}, expected codes of a matrix of"
            f" {alphabet.residues} residues"
        )
    return Sequences(read_only(codes), read_only(offsets))


def compile_long_kernels() -> None:
    """Compile the kernels that align pairs along their shared r-mers, or load them."""
    sequences = Sequences.of([np.arange(40) % 4])
    align_pairs(Pairs.of(sequences, sequences), dna_scoring(2, -3, 5, 2), whole_cells=0)


def compile_kernels() -> None:
    """Compile the kernels that align reads of up to some thousand bases, or load them."""
    # Identical sequences of these lengths have scores of 8 and of 16 bits.
    sequences = Sequences.of(np.arange(length) % 4 for length in (30, 40, 400))
    index = np.tile(np.arange(3), 2)
    diagonal = np.repeat(np.array([0, NO_DIAGONAL], np.int32), 3)
    pairs = Pairs.of(sequences, sequences, index, index, diagonal=diagonal)
    align_pairs(pairs, dna_scoring(2, -3, 5, 2))
