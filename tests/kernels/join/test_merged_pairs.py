"""Two lists of pairs become one in order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.join.candidates import Candidates, empty_candidates
from readkin.kernels.join.merged_pairs import merge_pairs
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
    merged = merge_pairs(*map(candidates, lists))
    rows = sorted([*lists[0], *lists[1]])
    assert as_dictionary(merged) == {row[:2]: row[2:] for row in rows}
    assert [column.dtype for column in merged] == [c.dtype for c in empty_candidates(0)]


def test_the_first_list_is_given_back_where_nothing_is_added():
    one = candidates([(0, 1, 2, 0, 0)])
    assert merge_pairs(one, empty_candidates(0)) is one
    assert merge_pairs(empty_candidates(0), one).votes.tolist() == [2]
    assert isinstance(merge_pairs(one, one), Candidates)
    np.testing.assert_array_equal(merge_pairs(one, one).read_b, [1, 1])
