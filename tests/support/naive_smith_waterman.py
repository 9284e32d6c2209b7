"""Textbook local alignment, slow and simple: the reference for kernels.smith_waterman."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

NEVER = float("-inf")


class NaiveAlignment(NamedTuple):
    """Half-open positions in a and in b as aligned; cigar is a list of (length, one of =XID)."""

    score: int
    start_a: int
    end_a: int
    start_b: int
    end_b: int
    cigar: list[tuple[int, str]]


def reverse_complement(codes):
    """Return the base codes of the reverse complement; an unknown base (4) remains unknown."""
    return [3 - code if code < 4 else 4 for code in reversed(codes)]


def unknown_residue(scoring):
    """Return 4 if the scoring is one of bases ACGTN, where N matches nothing; else None."""
    scores = scoring.matrix.tolist()
    match, mismatch = scores[0][0], scores[0][-1]
    of_bases = [[match if i == j < 4 else mismatch for i in range(5)] for j in range(5)]
    return 4 if scores == of_bases else None


def is_match(residue_a, residue_b, scoring) -> bool:
    """Return whether a pair of residues is a "=": equal and known."""
    return residue_a == residue_b != unknown_residue(scoring)


def in_band(diagonal: int, half_width: int) -> Callable[[int, int], bool]:
    """Return a predicate of cells (position in a, position in b): within the band or not."""
    return lambda i, j: abs(i - j - diagonal) <= half_width


def naive_matrices(a, b, scoring, is_allowed=None):
    """Return the best scores of alignments of prefixes: any, ending in a deletion, an insertion.

    Only cells (position in a, position in b) for which `is_allowed` is true are filled.
    """
    scores = scoring.matrix.tolist()
    width = len(b) + 1
    best = [[0] * width for _ in range(len(a) + 1)]
    deletion = [[NEVER] * width for _ in range(len(a) + 1)]
    insertion = [[NEVER] * width for _ in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            if is_allowed and not is_allowed(i - 1, j - 1):
                continue
            deletion[i][j] = max(
                best[i][j - 1] - scoring.gap_open, deletion[i][j - 1] - scoring.gap_extend
            )
            insertion[i][j] = max(
                best[i - 1][j] - scoring.gap_open, insertion[i - 1][j] - scoring.gap_extend
            )
            paired = best[i - 1][j - 1] + scores[a[i - 1]][b[j - 1]]
            best[i][j] = max(0, paired, deletion[i][j], insertion[i][j])
    return best, deletion, insertion


def naive_score(a, b, scoring, is_reverse=False, is_allowed=None) -> int:
    """Return the score of the best alignment within the allowed cells."""
    if is_reverse:
        b = reverse_complement(b)
    return max(max(row) for row in naive_matrices(a, b, scoring, is_allowed)[0])


def naive_alignment(a, b, scoring, is_reverse=False, is_allowed=None) -> NaiveAlignment:
    """Return the best alignment that ends first in a, then in b; ties as in traceback.py."""
    if is_reverse:
        b = reverse_complement(b)
    scores = scoring.matrix.tolist()
    best, deletion, insertion = naive_matrices(a, b, scoring, is_allowed)
    score = max(max(row) for row in best)
    if score == 0:
        return NaiveAlignment(score=0, start_a=0, end_a=0, start_b=0, end_b=0, cigar=[])
    end_a = min(i for i, row in enumerate(best) if score in row)
    end_b = best[end_a].index(score)
    i, j, in_gap, operations = end_a, end_b, None, []
    while in_gap or best[i][j] > 0:
        if in_gap == "D":
            operations.append("D")
            is_closed = deletion[i][j] == best[i][j - 1] - scoring.gap_open
            j -= 1
            in_gap = None if is_closed else "D"
        elif in_gap == "I":
            operations.append("I")
            is_closed = insertion[i][j] == best[i - 1][j] - scoring.gap_open
            i -= 1
            in_gap = None if is_closed else "I"
        elif best[i][j] == best[i - 1][j - 1] + scores[a[i - 1]][b[j - 1]]:
            operations.append("=" if is_match(a[i - 1], b[j - 1], scoring) else "X")
            i, j = i - 1, j - 1
        else:
            in_gap = "D" if best[i][j] == deletion[i][j] else "I"
    return NaiveAlignment(
        score=score,
        start_a=i,
        end_a=end_a,
        start_b=j,
        end_b=end_b,
        cigar=run_lengths(reversed(operations)),
    )


def run_lengths(operations) -> list[tuple[int, str]]:
    """Return the run-length encoding of operations."""
    runs: list[tuple[int, str]] = []
    for operation in operations:
        if runs and runs[-1][1] == operation:
            runs[-1] = (runs[-1][0] + 1, operation)
        else:
            runs.append((1, operation))
    return runs


def rescored(
    a: Sequence[int], b: Sequence[int], start_a: int, start_b: int, cigar, scoring
) -> tuple[int, int, int]:
    """Return the score of an alignment and its ends in a and b; check = and X of its columns."""
    i, j, score = start_a, start_b, 0
    for length, operation in cigar:
        assert length > 0
        if operation in "=X":
            for _ in range(length):
                assert is_match(a[i], b[j], scoring) == (operation == "=")
                score += int(scoring.matrix[a[i], b[j]])
                i, j = i + 1, j + 1
        else:
            score -= scoring.gap_open + (length - 1) * scoring.gap_extend
            i += length if operation == "I" else 0
            j += length if operation == "D" else 0
    return score, i, j
