"""Sequences and pairs for the Smith-Waterman kernels from lists of codes, and back."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from readkin.kernels.smith_waterman.alignment import (
    NO_DIAGONAL,
    Alignments,
    Pairs,
    Scoring,
    Sequences,
)
from support import naive_smith_waterman as naive

OPERATIONS = {1: "I", 2: "D", 7: "=", 8: "X"}
BASES = "ACGTN"


def sequences_of(lists: Sequence[Any]) -> Sequences:
    """Sequences of these codes, one after the other."""
    arrays = [np.asarray(codes, dtype=np.uint8) for codes in lists]
    offsets = np.cumsum([0, *(array.size for array in arrays)], dtype=np.int64)
    return Sequences(np.concatenate([*arrays, np.empty(0, np.uint8)]), offsets)


def codes_of(text: str, letters: str = BASES) -> list[int]:
    """Codes of a text."""
    return [letters.index(letter) for letter in text]


def pairs_of(
    lists_a: Sequence[Any], lists_b: Sequence[Any], is_reverse: Any = 0, diagonal: Any = NO_DIAGONAL
) -> Pairs:
    """Each of the first sequences with the second one at its place."""
    numbers = np.arange(len(lists_a))
    return Pairs(
        sequences_of(lists_a),
        sequences_of(lists_b),
        numbers,
        numbers.copy(),
        np.resize(np.asarray(is_reverse, np.uint8), numbers.size),
        np.resize(np.asarray(diagonal, np.int32), numbers.size),
    )


def chosen_pairs(pairs: Pairs, chosen: Any) -> Pairs:
    """Some of the pairs, in the order given."""
    return Pairs(pairs.a, pairs.b, *(column[chosen] for column in pairs[2:]))


def sequence(sequences: Sequences, number: int) -> np.ndarray:
    """The codes of one sequence."""
    return sequences.codes[sequences.offsets[number] : sequences.offsets[number + 1]]


def as_aligned(pairs: Pairs, pair: int) -> tuple[list[int], list[int]]:
    """Codes of a and b of a pair, b turned where it is reverse."""
    a = sequence(pairs.a, pairs.index_a[pair]).tolist()
    b = sequence(pairs.b, pairs.index_b[pair]).tolist()
    return a, naive.reverse_complement(b) if pairs.is_reverse[pair] else b


def cigar_of(found: Alignments, pair: int) -> list[tuple[int, str]]:
    """Runs of an alignment as (length, operation)."""
    runs = found.cigar[found.cigar_offsets[pair] : found.cigar_offsets[pair + 1]].tolist()
    return [(run >> 4, OPERATIONS[run & 15]) for run in runs]


def as_naive(found: Alignments, pair: int) -> naive.NaiveAlignment:
    """An alignment as the naive twin gives it."""
    score, start_a, end_a, start_b, end_b = (int(array[pair]) for array in found[:5])
    return naive.NaiveAlignment(score, start_a, end_a, start_b, end_b, cigar_of(found, pair))


def naive_alignments(pairs: Pairs, scoring: Scoring) -> list[naive.NaiveAlignment]:
    """The naive twin's alignment of each pair."""
    both = (as_aligned(pairs, pair) for pair in range(pairs.index_a.size))
    return [naive.naive_alignment(a, b, scoring) for a, b in both]


def assert_equals_naive(found: Alignments, pairs: Pairs, scoring: Scoring) -> None:
    """Each alignment is the naive twin's, to the last run."""
    for pair, expected in enumerate(naive_alignments(pairs, scoring)):
        assert as_naive(found, pair) == expected, (pair, *as_aligned(pairs, pair), scoring)
        assert found.matches[pair] == sum(n for n, kind in expected.cigar if kind == "=")
        assert found.columns[pair] == sum(n for n, _ in expected.cigar)


def assert_same(one: Alignments, other: Alignments) -> None:
    """Two sets of alignments are the same in every number."""
    for name, left, right in zip(Alignments._fields, one, other, strict=True):
        np.testing.assert_array_equal(left, right, err_msg=name)
