"""Pairs are returned unchanged, in the order of their reads."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from readkin.kernels.join.candidates import Candidates, empty_candidates
from readkin.kernels.join.pair_buffer import (
    WORDS_PER_PAIR,
    PairBuffer,
    empty_buffer,
    enlarged,
    rows_of_reads,
    sorted_candidates,
    write_pair,
)
from support.kernel_join import as_dictionary

PAIRS = st.dictionaries(
    st.tuples(st.integers(0, 9), st.integers(10, 15)),
    st.tuples(st.integers(1, 2**31 - 1), st.integers(0, 1), st.integers(-(2**31), 2**31 - 1)),
    max_size=40,
)


@njit
def write(words, pair, other, votes, is_reverse, diagonal):
    write_pair(words, pair, other, votes, is_reverse, diagonal)


def filled_buffer(rows):
    """Return a PairBuffer with lists of pairs."""
    buffer = empty_buffer(len(rows), sum(map(len, rows)))
    pair = 0
    for row, pairs in enumerate(rows):
        for (_, other), values in pairs:
            write(buffer.words, pair, np.uint64(other), *values)
            pair += 1
        buffer.ends[row + 1] = pair
    return buffer


@given(PAIRS, st.permutations(range(10)), st.sampled_from([0, 2**40]))
def test_any_order_of_reads(pairs, order, shift):
    rows = [
        sorted(((a + shift, b + shift), values) for (a, b), values in pairs.items() if a == read)
        for read in order
    ]
    reads = [read + shift for read, row in zip(order, rows, strict=True) if row]
    buffer = filled_buffer([row for row in rows if row])
    row_of = rows_of_reads(np.array(reads, np.int64), shift, 10)
    parts = [
        sorted_candidates(buffer, row_of[first:end], shift + first)
        for first, end in ((0, 3), (3, 3), (3, 10))
    ]
    ordered = Candidates(*map(np.concatenate, zip(*parts, strict=True)))
    assert as_dictionary(ordered) == {(a + shift, b + shift): v for (a, b), v in pairs.items()}
    assert [column.dtype for column in ordered] == [c.dtype for c in empty_candidates(0)]


def test_no_reads_have_no_pairs():
    assert sorted_candidates(empty_buffer(0, 0), np.empty(0, np.int32), 5).read_a.size == 0


def test_an_enlarged_buffer_keeps_the_pairs():
    buffer = filled_buffer([[((0, 1), (7, 1, -3))], [((1, 4), (1, 0, 5))]])
    larger = enlarged(buffer, 10)
    assert isinstance(larger, PairBuffer)
    assert larger.words.size == WORDS_PER_PAIR * 10
    row_of = np.array([1, 0], np.int32)
    for one, other in zip(
        *(sorted_candidates(b, row_of, 0) for b in (buffer, larger)), strict=True
    ):
        np.testing.assert_array_equal(one, other)
