"""Pairs for the Smith-Waterman kernels from lists of codes, and alignments as lists."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from readkin.kernels.sequences.sequences import Sequences
from readkin.kernels.smith_waterman.alignment import NO_DIAGONAL, Alignments, Pairs, Scoring
from support import naive_smith_waterman as naive

OPERATIONS = {1: "I", 2: "D", 7: "=", 8: "X"}
BASES = "ACGTN"


def codes_of(text: str, letters: str = BASES) -> list[int]:
    """Return the residue codes of a text."""
    return [letters.index(letter) for letter in text]


def pairs_of(
    lists_a: Sequence[Any], lists_b: Sequence[Any], is_reverse: Any = 0, diagonal: Any = NO_DIAGONAL
) -> Pairs:
    """Return pairs of the i-th sequence a with the i-th sequence b."""
    n_pairs = len(lists_a)
    return Pairs.of(
        Sequences.of(lists_a),
        Sequences.of(lists_b),
        is_reverse=np.resize(np.asarray(is_reverse, np.uint8), n_pairs),
        diagonal=np.resize(np.asarray(diagonal, np.int32), n_pairs),
    )


def chosen_pairs(pairs: Pairs, chosen: Any) -> Pairs:
    """Return some of the pairs, in the given order."""
    columns = ["index_a", "index_b", "is_reverse", "diagonal"]
    return pairs._replace(**{name: getattr(pairs, name)[chosen] for name in columns})


def sequence(sequences: Sequences, number: int) -> np.ndarray:
    """Return the codes of one sequence."""
    return sequences.codes[sequences.offsets[number] : sequences.offsets[number + 1]]


def as_aligned(pairs: Pairs, pair: int) -> tuple[list[int], list[int]]:
    """Return the codes of a and of b of a pair, b reverse-complemented if the pair is reverse."""
    a = sequence(pairs.sequences_a, pairs.index_a[pair]).tolist()
    b = sequence(pairs.sequences_b, pairs.index_b[pair]).tolist()
    return a, naive.reverse_complement(b) if pairs.is_reverse[pair] else b


def cigar_of(found: Alignments, pair: int) -> list[tuple[int, str]]:
    """Return the runs of an alignment as (length, operation)."""
    runs = found.cigar[found.cigar_offsets[pair] : found.cigar_offsets[pair + 1]].tolist()
    return [(run >> 4, OPERATIONS[run & 15]) for run in runs]


def as_naive(found: Alignments, pair: int) -> naive.NaiveAlignment:
    """Return an alignment in the form of the naive one."""
    return naive.NaiveAlignment(
        score=int(found.score[pair]),
        start_a=int(found.start_a[pair]),
        end_a=int(found.end_a[pair]),
        start_b=int(found.start_b[pair]),
        end_b=int(found.end_b[pair]),
        cigar=cigar_of(found, pair),
    )


def naive_alignments(pairs: Pairs, scoring: Scoring) -> list[naive.NaiveAlignment]:
    """Return the naive alignment of each pair."""
    both = (as_aligned(pairs, pair) for pair in range(pairs.index_a.size))
    return [naive.naive_alignment(a, b, scoring) for a, b in both]


def assert_equals_naive(found: Alignments, pairs: Pairs, scoring: Scoring) -> None:
    """Check that each alignment equals the naive one in all runs."""
    for pair, expected in enumerate(naive_alignments(pairs, scoring)):
        assert as_naive(found, pair) == expected, (pair, *as_aligned(pairs, pair), scoring)
        assert found.matches[pair] == sum(n for n, kind in expected.cigar if kind == "=")
        assert found.alignment_length[pair] == sum(n for n, _ in expected.cigar)


def assert_same(one: Alignments, other: Alignments) -> None:
    """Check that two sets of alignments are equal in all values."""
    for name, left, right in zip(Alignments._fields, one, other, strict=True):
        np.testing.assert_array_equal(left, right, err_msg=name)
