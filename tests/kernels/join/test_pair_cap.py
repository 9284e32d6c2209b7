"""Partners are counted, and pairs within the limits are selected, block by block."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.join.candidates import PairVotes
from readkin.kernels.join.pair_cap import (
    VoteLimits,
    count_partners,
    count_votes_above,
    select_pairs,
)

N_READS = 8
PAIRS = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(4, N_READS - 1)), st.integers(0, 5), max_size=16
)
DUPLICATES = st.sets(st.integers(4, N_READS - 1), max_size=2)
ABOVE = st.lists(st.integers(0, N_READS - 1), unique=True).map(sorted)


def columns(pairs):
    """Return the columns of {(a, b): votes}, in order."""
    ordered = sorted(pairs)
    reads = np.array(ordered, np.uint64).reshape(-1, 2)
    votes = np.array([pairs[pair] for pair in ordered], np.uint32)
    return PairVotes(reads[:, 0].copy(), reads[:, 1].copy(), votes)


def flags(reads):
    found = np.zeros(N_READS, np.bool_)
    found[list(reads)] = True
    return found


def rows_of(above):
    rows = np.full(N_READS, -1, np.int64)
    rows[above] = np.arange(len(above))
    return rows


@given(PAIRS, DUPLICATES)
def test_partners_are_counted_without_duplicates(pairs, duplicates):
    partners = np.full(N_READS, 100, np.uint32)  # earlier counts
    count_partners(columns(pairs), flags(duplicates), partners)
    assert partners.tolist() == [
        100 + sum(read in pair and pair[1] not in duplicates for pair in pairs)
        for read in range(N_READS)
    ]


@given(PAIRS, DUPLICATES, ABOVE, st.lists(st.integers(0, 6), min_size=N_READS, max_size=N_READS))
def test_partners_with_enough_votes(pairs, duplicates, above, least):
    counts = np.full(len(above), 100, np.int64)  # earlier counts
    own_least = np.array(least[: len(above)], np.uint32)
    count_votes_above(columns(pairs), flags(duplicates), rows_of(above), own_least, counts)
    assert counts.tolist() == [
        100
        + sum(
            votes >= least[row] and read in pair and pair[1] not in duplicates
            for pair, votes in pairs.items()
        )
        for row, read in enumerate(above)
    ]


@given(
    PAIRS,
    DUPLICATES,
    ABOVE,
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=N_READS, max_size=N_READS),
    st.integers(0, 16),
)
def test_pairs_that_stay(pairs, duplicates, above, limits, cut):
    expected, seen = [], dict.fromkeys(above, 0)
    limit_of = dict(zip(above, limits, strict=False))
    for pair in sorted(pairs):
        stays = [pair[1] in duplicates]
        for read in pair if not any(stays) else ():
            if read not in limit_of:
                stays.append(True)
                continue
            votes, at_limit = limit_of[read]
            stays.append(pairs[pair] > votes or (pairs[pair] == votes and seen[read] < at_limit))
            seen[read] += pairs[pair] == votes
        expected.append(any(stays))
    votes, at_limit = np.array(limits, np.int64)[: len(above)].T
    limits = VoteLimits(votes.astype(np.uint32), at_limit.copy())
    counted = np.zeros(len(above), np.int64)
    whole = columns(pairs)
    blocks = [
        PairVotes(*(column[part] for column in whole)) for part in (slice(cut), slice(cut, None))
    ]
    found = [
        select_pairs(block, flags(duplicates), rows_of(above), limits, counted) for block in blocks
    ]
    assert np.concatenate(found).tolist() == expected
    assert counted.tolist() == list(seen.values())
