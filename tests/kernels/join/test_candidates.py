"""Rows of candidates are selected, and two lists of pairs are merged in order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.join.candidates import Candidates, empty_candidates, merge_candidates
from support.kernel_join import as_dictionary

PAIRS = st.sets(st.tuples(st.integers(0, 9), st.integers(10, 15)), max_size=30)


def candidates(rows):
    found = empty_candidates(len(rows))
    for column, values in zip(found, zip(*rows, strict=True), strict=False):
        column[:] = values
    return found


@given(PAIRS, PAIRS, st.booleans())
def test_equals_sorting(one, other, beyond_32_bits):
    shift = 2**40 if beyond_32_bits else 0
    lists = [
        [(a + shift, b + shift, 100 * a + b, b % 2, -a) for a, b in sorted(pairs)]
        for pairs in (one, other - one)
    ]
    merged = merge_candidates(*map(candidates, lists))
    rows = sorted([*lists[0], *lists[1]])
    assert as_dictionary(merged) == {row[:2]: row[2:] for row in rows}
    assert [column.dtype for column in merged] == [c.dtype for c in empty_candidates(0)]


def test_the_first_list_is_returned_if_nothing_is_added():
    one = candidates([(0, 1, 2, 0, 0)])
    assert merge_candidates(one, empty_candidates(0)) is one
    assert merge_candidates(empty_candidates(0), one).votes.tolist() == [2]
    assert isinstance(merge_candidates(one, one), Candidates)
    np.testing.assert_array_equal(merge_candidates(one, one).read_b, [1, 1])


def test_rows_are_selected_from_all_columns():
    three = candidates([(0, 1, 2, 0, -3), (0, 4, 3, 1, 7), (2, 4, 1, 0, 0)])
    expected = {(0, 1): (2, 0, -3), (2, 4): (1, 0, 0)}
    for selection in (slice(0, 3, 2), np.array([True, False, True]), np.array([0, 2])):
        selected = three.rows(selection)
        assert isinstance(selected, Candidates)
        assert as_dictionary(selected) == expected
