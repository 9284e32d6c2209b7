"""The cap on pairs per read keeps the same pairs as a sorted list, for any blocks and ranks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readkin.join.pair_cap import PairCap, PartnerCounts
from readkin.kernels.join.candidates import empty_candidates
from support import naive_join
from support.kernel_join import as_dictionary
from support.thread_ranks import on_ranks

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


def capped(pairs, most, size, duplicates=(), n_reads=N_READS, cuts=()):
    """Return the pairs that stay, by the code under test, from blocks of ``size`` pairs.

    Each rank has the pairs between two of the ``cuts``.
    """
    whole = candidates(pairs)
    is_duplicate = np.zeros(n_reads, np.bool_)
    is_duplicate[list(duplicates)] = True
    bounds = [0, *sorted(min(cut, len(pairs)) for cut in cuts), len(pairs)]

    def on_rank(ranks):
        first, end = bounds[ranks.rank : ranks.rank + 2]
        parts = [slice(i, min(i + size, end)) for i in range(first, end, size)]

        def blocks():
            return (whole.rows(part).pair_votes for part in parts)

        counts = PartnerCounts(is_duplicate)
        for block in blocks():
            counts.add(block)
        cap = PairCap(blocks, counts, most, ranks)
        if not cap.is_reached:
            return as_dictionary(whole.rows(slice(first, end))), counts.partners
        kept = {}
        for part, stays in zip(parts, cap.stays(), strict=True):
            kept |= as_dictionary(whole.rows(part).rows(stays))
        return kept, counts.partners

    found, partners = {}, np.zeros(n_reads, int)
    for kept, of_rank in on_ranks(len(bounds) - 1, on_rank):
        found |= kept
        partners += of_rank
    before = as_dictionary(whole)
    assert all(before[pair] == values for pair, values in found.items())
    return found.keys(), partners


@settings(max_examples=200, deadline=None)
@given(PAIRS, st.integers(1, 5), st.integers(1, 20), st.lists(st.integers(0, 60), max_size=2))
def test_equals_sorted_lists(pairs, most, size, cuts):
    found, partners = capped(pairs, most, size, cuts=cuts)
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
