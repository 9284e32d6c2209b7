"""Local alignment as in the textbook, slow and obvious: the twin of kernels.smith_waterman."""

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
    """Codes 0-3 of the other strand, an unknown base (4) stays unknown."""
    return [3 - code if code < 4 else 4 for code in reversed(codes)]


def column_score(base_a, base_b, scoring):
    """Score of two bases on top of each other; an unknown base never matches."""
    return scoring.match if base_a == base_b and base_a < 4 else scoring.mismatch


def naive_tables(a, b, scoring):
    """Best scores of alignments that end at i, j bases: any, in a deletion, in an insertion."""
    width = len(b) + 1
    best = [[0] * width for _ in range(len(a) + 1)]
    deletion = [[NEVER] * width for _ in range(len(a) + 1)]
    insertion = [[NEVER] * width for _ in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            deletion[i][j] = max(
                best[i][j - 1] - scoring.gap_open, deletion[i][j - 1] - scoring.gap_extend
            )
            insertion[i][j] = max(
                best[i - 1][j] - scoring.gap_open, insertion[i - 1][j] - scoring.gap_extend
            )
            paired = best[i - 1][j - 1] + column_score(a[i - 1], b[j - 1], scoring)
            best[i][j] = max(0, paired, deletion[i][j], insertion[i][j])
    return best, deletion, insertion


def naive_alignment(a, b, scoring, is_reverse=False) -> NaiveAlignment:
    """The alignment that ends first in a, then in b; see the kernel for the ties of the trace."""
    if is_reverse:
        b = reverse_complement(b)
    best, deletion, insertion = naive_tables(a, b, scoring)
    score = max(max(row) for row in best)
    if score == 0:
        return NaiveAlignment(0, 0, 0, 0, 0, [])
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
        elif best[i][j] == best[i - 1][j - 1] + column_score(a[i - 1], b[j - 1], scoring):
            operations.append("=" if a[i - 1] == b[j - 1] < 4 else "X")
            i, j = i - 1, j - 1
        else:
            in_gap = "D" if best[i][j] == deletion[i][j] else "I"
    return NaiveAlignment(score, i, end_a, j, end_b, run_lengths(reversed(operations)))


def run_lengths(operations) -> list[tuple[int, str]]:
    """Run-length encoding of a sequence of operations."""
    runs: list[tuple[int, str]] = []
    for operation in operations:
        if runs and runs[-1][1] == operation:
            runs[-1] = (runs[-1][0] + 1, operation)
        else:
            runs.append((1, operation))
    return runs


def rescored(a, b, start_a, start_b, cigar, scoring) -> tuple[int, int, int]:
    """Score of a given alignment and where it ends in a and b; checks = and X against the bases."""
    i, j, score = start_a, start_b, 0
    for length, operation in cigar:
        assert length > 0
        if operation in "=X":
            for _ in range(length):
                assert (a[i] == b[j] and a[i] < 4) == (operation == "=")
                score += column_score(a[i], b[j], scoring)
                i, j = i + 1, j + 1
        else:
            score -= scoring.gap_open + (length - 1) * scoring.gap_extend
            i += length if operation == "I" else 0
            j += length if operation == "D" else 0
    return score, i, j
