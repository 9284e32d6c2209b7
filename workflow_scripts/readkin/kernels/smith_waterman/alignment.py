"""Exact local alignment with affine gaps (Smith-Waterman-Gotoh): scores, places, CIGAR.

A gap of n letters costs gap_open + (n - 1) * gap_extend. Scores are exact, whatever the method:
they are computed in 8 bits, side by side in the lanes of vector registers, and again in 16 and 32
bits where a score could have been too high for that. Which of several alignments of equal score is
given, smith_waterman_trace.py says; it depends on nothing but the pair and its diagonal.
"""

from typing import NamedTuple

import numpy as np

from readkin.kernels.smith_waterman.band import highest_outside
from readkin.kernels.smith_waterman.batches import (
    NO_DIAGONAL,
    WHOLE_TABLE,
    Pairs,
    Sequences,
    overlap_lengths,
)
from readkin.kernels.smith_waterman.passes import (
    DTYPES,
    empty_results,
    joined_runs,
    score_waiting,
    trace_alone,
    trace_waiting,
)
from readkin.kernels.smith_waterman.scoring import Alphabet, Scoring, alphabet_of, dna_scoring
from readkin.kernels.smith_waterman.targets import NOT_COMPUTED, TOO_HIGH, score_in_bytes
from readkin.kernels.smith_waterman.trace import Runs

__all__ = [
    "NO_DIAGONAL",
    "Alignments",
    "Pairs",
    "Scoring",
    "Sequences",
    "align_pairs",
    "compile_kernels",
    "dna_scoring",
    "score_all",
    "score_all_against_all",
    "score_in_band",
    "score_pairs",
    "selected",
]

# Half widths of the bands in which an alignment is looked for; if none holds it, the whole table.
BANDS = (16, 64, 256)


class Alignments(NamedTuple):
    """One local alignment per pair; int32 (pairs,) each unless said; all 0 where there is none.

    Positions are 0-based and half-open; those of b count along b as aligned, so from the end of
    the sequence where the pair is reverse. columns counts gaps; an unknown base is never a match.
    """

    score: np.ndarray
    start_a: np.ndarray
    end_a: np.ndarray
    start_b: np.ndarray
    end_b: np.ndarray
    matches: np.ndarray
    columns: np.ndarray
    # uint32, as in BAM run << 4 | code: 1 = I (letter of a only), 2 = D, 7 = "=", 8 = X
    cigar: np.ndarray
    # int64 (pairs + 1,): runs of pair p are cigar[cigar_offsets[p]:cigar_offsets[p + 1]]
    cigar_offsets: np.ndarray


def score_pairs(pairs: Pairs, scoring: Scoring) -> np.ndarray:
    """Score of the best local alignment of each pair, int32 (pairs,).

    Raises:
        ValueError: for shapes, sequence numbers or scoring out of range.
    """
    alphabet = alphabet_of(scoring)
    pairs = _checked_pairs(pairs, alphabet)
    scores = np.full(pairs.index_a.size, TOO_HIGH, np.int32)
    score_waiting(pairs, np.arange(scores.size), alphabet, scores)
    return scores


def score_all(queries: Sequences, targets: Sequences, scoring: Scoring) -> np.ndarray:
    """Score of the best local alignment of every query with every target.

    Returns:
        int32 (queries, targets).

    Raises:
        ValueError: for shapes or scoring out of range.
    """
    return _score_all(queries, targets, scoring, halved=False)


def score_all_against_all(sequences: Sequences, scoring: Scoring) -> np.ndarray:
    """`score_all` of sequences against themselves with little more than half of the work.

    Raises:
        ValueError: as score_all; also if the matrix is not symmetric.
    """
    if not np.array_equal(scoring.matrix, scoring.matrix.T):
        raise ValueError("matrix: the score of two letters must not depend on their order")
    return _score_all(sequences, sequences, scoring, halved=True)


def score_in_band(pairs: Pairs, scoring: Scoring, half_width: int) -> tuple[np.ndarray, np.ndarray]:
    """Score of the best local alignment near the diagonal of each pair, and whether it is proven.

    Alignments whose letter pairs all lie within half_width of the diagonal are seen for certain,
    some others too.

    Returns:
        int32 (pairs,), never above that of the whole table; bool (pairs,), True where no alignment
        that leaves the band can score higher (`highest_outside`).

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


def align_pairs(pairs: Pairs, scoring: Scoring, min_score: int = 1) -> Alignments:
    """Best local alignment of each pair; below min_score only its score.

    A diagonal far from the alignment costs time, never correctness. Memory: about 80 bytes a pair,
    4 bytes per run of the CIGARs, and up to 0.3 GB for batches.

    Raises:
        ValueError: as score_pairs.
    """
    alphabet = alphabet_of(scoring)
    pairs = _checked_pairs(pairs, alphabet)
    n_pairs = pairs.index_a.size
    found = empty_results(n_pairs)
    runs = Runs(np.empty(16 * n_pairs, np.uint32), np.zeros(1, np.int64))
    everything = np.arange(n_pairs)

    # Where only an alignment near the diagonal can be the best, no whole table is needed.
    proof = np.maximum(highest_outside(pairs, BANDS[0], alphabet.costs), min_score)
    expected = alphabet.costs.highest * overlap_lengths(pairs)
    likely = everything[(expected >= proof) & (expected >= min_score)]
    runs = trace_waiting(pairs, likely, alphabet, BANDS[0], expected, proof, found, runs)

    score_waiting(pairs, everything[found.score == TOO_HIGH], alphabet, found.score)
    waiting = everything[(found.score >= max(min_score, 1)) & (found.first_run < 0)]
    proof[:] = np.iinfo(np.int32).max
    for half_width in (*BANDS, WHOLE_TABLE):
        runs = trace_waiting(pairs, waiting, alphabet, half_width, found.score, proof, found, runs)
        waiting = waiting[found.first_run[waiting] < 0]
    runs = trace_alone(pairs, waiting, alphabet, found, runs)
    cigar_offsets = np.concatenate([[0], np.cumsum(found.run_count, dtype=np.int64)])
    return Alignments(*found[:7], joined_runs(found, runs.runs, cigar_offsets), cigar_offsets)


def _score_all(
    queries: Sequences, targets: Sequences, scoring: Scoring, halved: bool
) -> np.ndarray:
    """`halved`: targets are the queries, and only one of two mirrored scores is computed."""
    alphabet = alphabet_of(scoring)
    queries = _checked_sequences("queries", queries, alphabet)
    targets = _checked_sequences("targets", targets, alphabet)
    for codes, offsets in (queries, targets):
        if (np.diff(offsets) < 0).any() or offsets[0] < 0 or offsets[-1] > codes.size:
            raise ValueError("offsets must not decrease and must lie within codes")
    n_queries, n_targets = queries.offsets.size - 1, targets.offsets.size - 1
    scores = np.full((n_queries, n_targets), NOT_COMPUTED, np.int32)
    score_in_bytes(queries, targets, alphabet, halved, scores)
    scores[np.diff(queries.offsets) == 0] = 0
    scores[:, np.diff(targets.offsets) == 0] = 0
    if halved:
        scores = np.maximum(scores, scores.T)
    left = np.triu(scores == TOO_HIGH) if halved else scores == TOO_HIGH
    query_of, target_of = np.nonzero(left)
    anywhere = np.full(query_of.size, NO_DIAGONAL, np.int32)
    forward = np.zeros(query_of.size, np.uint8)
    pairs = Pairs(queries, targets, query_of, target_of, forward, anywhere)
    found = np.full(query_of.size, TOO_HIGH, np.int32)
    score_waiting(pairs, np.arange(query_of.size), alphabet, found, dtypes=DTYPES[1:])
    scores[left] = found
    return np.maximum(scores, scores.T) if halved else scores


def selected(found: Alignments, chosen: np.ndarray) -> Alignments:
    """The alignments of the chosen pairs (int64), in the order given."""
    sizes = np.diff(found.cigar_offsets)[chosen]
    cigar_offsets = np.concatenate([[0], np.cumsum(sizes)])
    first = np.repeat(found.cigar_offsets[chosen] - cigar_offsets[:-1], sizes)
    cigar = found.cigar[first + np.arange(cigar_offsets[-1])]
    score, start_a, end_a, start_b, end_b, matches, columns = (
        column[chosen] for column in found[:7]
    )
    return Alignments(score, start_a, end_a, start_b, end_b, matches, columns, cigar, cigar_offsets)


def _read_only(array: np.ndarray) -> np.ndarray:
    """The same array as one kind of argument to Numba: in one piece, not to be written to."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def _checked_pairs(pairs: Pairs, alphabet: Alphabet) -> Pairs:
    """The pairs as the kernels take them; refuses arrays that they cannot take."""
    expected_types = (np.int64, np.int64, np.uint8, np.int32)
    columns = pairs[2:]
    if any(column.shape != (pairs.index_a.size,) for column in columns):
        raise ValueError("the arrays of pairs must be of one length")
    if [column.dtype for column in columns] != [np.dtype(kind) for kind in expected_types]:
        raise ValueError("the arrays of pairs must be int64, int64, uint8 and int32")
    a = _checked_sequences("sequences a", pairs.a, alphabet)
    b = _checked_sequences("sequences b", pairs.b, alphabet)
    for name, sequences, index in (("a", a, pairs.index_a), ("b", b, pairs.index_b)):
        n_sequences = sequences.offsets.size - 1
        if index.size and not (index.min() >= 0 and index.max() < n_sequences):
            raise ValueError(f"index_{name} must lie between 0 and {n_sequences - 1}")
        start, end = sequences.offsets[index], sequences.offsets[index + 1]
        if index.size and not (start.min() >= 0 and end.max() <= sequences.codes.size):
            raise ValueError(f"offsets of {name} must lie within codes")
        if (end < start).any():
            raise ValueError(f"offsets of {name} must not decrease")
        if index.size and (end - start).max() * alphabet.costs.highest >= 2**31:
            raise ValueError(f"a sequence of {(end - start).max()} letters can score 2**31 or more")
    if not alphabet.is_by_equality and pairs.is_reverse.any():
        raise ValueError("only bases ACGTN have a reverse complement")
    index_a, index_b, is_reverse, diagonal = map(_read_only, columns)
    return Pairs(a, b, index_a, index_b, is_reverse, diagonal)


def _checked_sequences(name: str, sequences: Sequences, alphabet: Alphabet) -> Sequences:
    codes, offsets = sequences
    if codes.dtype != np.uint8 or codes.ndim != 1:
        raise ValueError(f"{name}: codes must be a uint8 array")
    if offsets.dtype != np.int64 or offsets.ndim != 1 or offsets.size == 0:
        raise ValueError(f"{name}: offsets must be int64 and one longer than the sequences")
    if alphabet.letters < 2**8 and codes.max(initial=0) >= alphabet.letters:
        raise ValueError(f"{name}: letter {codes.max()}, the matrix has {alphabet.letters}")
    return Sequences(_read_only(codes), _read_only(offsets))


def compile_kernels() -> None:
    """Compile what aligning reads of up to some thousand bases needs, or load it from the cache."""
    lengths = np.array([30, 40, 400])  # of sequences without an unequal base: in 8 and in 16 bits
    codes = np.concatenate([np.arange(length) % 4 for length in lengths]).astype(np.uint8)
    sequences = Sequences(codes, np.concatenate([[0], np.cumsum(lengths)]))
    index = np.tile(np.arange(3), 2)
    diagonal = np.repeat(np.array([0, NO_DIAGONAL], np.int32), 3)
    forward = np.zeros(index.size, np.uint8)
    align_pairs(
        Pairs(sequences, sequences, index, index, forward, diagonal), dna_scoring(2, -3, 5, 2)
    )
