"""Partners are counted, and pairs within the limits are selected, block by block."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.join.pair_cap import VoteLimits, count_partners, select_pairs

N_READS = 8
PAIRS = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(4, N_READS - 1)), st.integers(0, 5), max_size=16
)


def columns(pairs):
    """Return read_a, read_b and votes of {(a, b): votes}, in order."""
    ordered = sorted(pairs)
    reads = np.array(ordered, np.uint64).reshape(-1, 2)
    votes = np.array([pairs[pair] for pair in ordered], np.uint32)
    return reads[:, 0].copy(), reads[:, 1].copy(), votes


@given(PAIRS, st.lists(st.integers(0, 6), min_size=N_READS, max_size=N_READS))
def test_partners_with_enough_votes(pairs, least):
    partners = np.full(N_READS, 100, np.int64)  # earlier counts
    count_partners(*columns(pairs), np.array(least, np.uint32), partners)
    assert partners.tolist() == [
        100 + sum(votes >= least[read] for pair, votes in pairs.items() if read in pair)
        for read in range(N_READS)
    ]


@given(
    PAIRS,
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=N_READS, max_size=N_READS),
    st.integers(0, 16),
)
def test_pairs_that_stay(pairs, limits, cut):
    expected, seen = [], [0] * N_READS
    for pair in sorted(pairs):
        stays = []
        for read in pair:
            votes, at_limit = limits[read]
            stays.append(pairs[pair] > votes or (pairs[pair] == votes and seen[read] < at_limit))
            seen[read] += pairs[pair] == votes
        expected.append(any(stays))
    votes, at_limit = zip(*limits, strict=True)
    limits = VoteLimits(np.array(votes, np.uint32), np.array(at_limit, np.int64))
    counted = np.zeros(N_READS, np.int64)
    blocks = [
        tuple(column[part] for column in columns(pairs)) for part in (slice(cut), slice(cut, None))
    ]
    found = np.concatenate([select_pairs(*block, limits, counted) for block in blocks])
    assert found.tolist() == expected
    assert counted.tolist() == seen
