"""Pairs made in the order of the join are given back in the order of reads, as they were."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from readkin.kernels.join.candidates import empty_candidates
from readkin.kernels.join.joined_rows import (
    WORDS,
    JoinedRows,
    empty_rows,
    in_order_of_reads,
    with_room,
)
from readkin.kernels.join.joined_rows import write_pair as _write_pair
from support.kernel_join import as_dictionary

PAIRS = st.dictionaries(
    st.tuples(st.integers(0, 9), st.integers(10, 15)),
    st.tuples(st.integers(1, 2**31 - 1), st.integers(0, 1), st.integers(-(2**31), 2**31 - 1)),
    max_size=40,
)


@njit
def write(words, pair, other, votes, is_reverse, diagonal):
    _write_pair(words, pair, other, votes, is_reverse, diagonal)


def joined(rows):
    """JoinedRows of lists of pairs."""
    found = empty_rows(len(rows), sum(map(len, rows)))
    pair = 0
    for row, pairs in enumerate(rows):
        for (_, other), values in pairs:
            write(found.words, pair, np.uint64(other), *values)
            pair += 1
        found.ends[row + 1] = pair
    return found


@given(PAIRS, st.permutations(range(10)), st.sampled_from([0, 2**40]))
def test_any_order_of_reads(pairs, order, shift):
    rows = [
        sorted(((a + shift, b + shift), values) for (a, b), values in pairs.items() if a == read)
        for read in order
    ]
    reads = [read + shift for read, row in zip(order, rows, strict=True) if row]
    found = joined([row for row in rows if row])
    ordered = in_order_of_reads(found, np.array(reads, np.int64), shift, 10)
    assert as_dictionary(ordered) == {(a + shift, b + shift): v for (a, b), v in pairs.items()}
    assert [column.dtype for column in ordered] == [c.dtype for c in empty_candidates(0)]


def test_no_reads_have_no_pairs():
    assert in_order_of_reads(empty_rows(0, 0), np.empty(0, np.int64), 5, 0).read_a.size == 0


def test_more_room_keeps_the_pairs():
    found = joined([[((0, 1), (7, 1, -3))], [((1, 4), (1, 0, 5))]])
    larger = with_room(found, 10)
    assert isinstance(larger, JoinedRows)
    assert larger.words.size == WORDS * 10
    reads = np.array([1, 0])
    for one, other in zip(
        *(in_order_of_reads(f, reads, 0, 2) for f in (found, larger)), strict=True
    ):
        np.testing.assert_array_equal(one, other)
