"""The cap on pairs per read keeps the same pairs as a sorted list, for blocks of any size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readkin.join.pair_cap import PartnerCounts, capped_pairs, vote_limits
from readkin.kernels.join.candidates import empty_candidates
from support import naive_join
from support.kernel_join import as_dictionary

N_READS = 12
PAIRS = st.dictionaries(
    st.tuples(st.integers(0, N_READS - 1), st.integers(0, N_READS - 1)).filter(
        lambda pair: pair[0] < pair[1]
    ),
    st.integers(1, 5) | st.sampled_from([2**31, 2**32 - 2]),
    max_size=60,
)


def candidates(pairs):
    found = empty_candidates(len(pairs))
    for row, (pair, votes) in enumerate(sorted(pairs.items())):
        values = (*pair, votes, row % 2, row)
        for column, value in zip(found, values, strict=True):
            column[row] = value
    return found


def capped(pairs, most, size, duplicates=(), n_reads=N_READS):
    """Return the pairs that stay, by the code under test, from blocks of ``size`` pairs."""
    whole = candidates(pairs)
    is_duplicate = np.zeros(n_reads, np.bool_)
    is_duplicate[list(duplicates)] = True

    def blocks():
        for first in range(0, whole.votes.size, size):
            yield whole.rows(slice(first, first + size))

    counts = PartnerCounts(is_duplicate)
    for block in blocks():
        counts.add(block)
    limits = vote_limits(blocks, counts.partners, is_duplicate, most)
    found = {}
    for block in capped_pairs(blocks, limits, is_duplicate):
        found |= as_dictionary(block)
    before = as_dictionary(whole)
    assert all(before[pair] == values for pair, values in found.items())
    return found.keys(), counts.partners


@settings(max_examples=200)
@given(PAIRS, st.integers(1, 5), st.integers(1, 20))
def test_equals_sorted_lists(pairs, most, size):
    found, partners = capped(pairs, most, size)
    assert found == naive_join.within_limit(pairs, most)
    assert len(found) <= N_READS * most
    assert partners.tolist() == [sum(read in pair for pair in pairs) for read in range(N_READS)]
    # No read loses its last pair.
    assert {read for pair in pairs for read in pair} == {read for pair in found for read in pair}


@given(PAIRS, st.sets(st.integers(1, N_READS - 1), max_size=4), st.integers(1, 3))
def test_duplicates_stay_and_do_not_count(pairs, duplicates, most):
    # A duplicate has one pair, that with its original.
    others = {pair: votes for pair, votes in pairs.items() if not duplicates & set(pair)}
    originals = [read for read in range(N_READS) if read not in duplicates]
    of_duplicates = {(originals[0], read): 3 for read in duplicates if read > originals[0]}
    found, partners = capped(others | of_duplicates, most, 7, duplicates)
    assert found == naive_join.within_limit(others, most) | of_duplicates.keys()
    assert partners.tolist() == [sum(read in pair for pair in others) for read in range(N_READS)]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_best_votes_first_then_lowest_read(most):
    # Read 0 has pairs with reads that have better pairs with others.
    pairs = {(0, 1): 4, (0, 2): 7, (0, 3): 4, (0, 4): 4}
    better = {(read, 5 + 3 * read + i): 9 for read in (1, 2, 3, 4) for i in range(most)}
    found, _ = capped(pairs | better, most, 100, n_reads=30)
    assert sorted(found - better.keys()) == sorted([(0, 2), (0, 1), (0, 3)][:most])


def test_a_pair_stays_if_it_is_among_the_best_of_one_of_its_reads():
    pairs = {(0, 1): 9, (0, 2): 1, (2, 3): 1}  # the last but one is the first of read 2 alone
    assert capped(pairs, 1, 10)[0] == {(0, 1), (0, 2), (2, 3)}
    assert capped({(0, 1): 9, (0, 2): 1, (2, 3): 2}, 1, 10)[0] == {(0, 1), (2, 3)}
