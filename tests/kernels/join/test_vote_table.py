"""The table counts like a Counter, row by row."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from readkin.kernels.join.vote_table import (
    EMPTY,
    FEW,
    GOLDEN,
    add_vote,
    clear,
    last_slot,
    sorted_codes,
    table_for,
    votes_of,
)

CODES = st.integers(0, 2**64 - 2) | st.integers(0, 5)


@njit
def count(table, row, codes, counts):
    """Count a row; fill in its sorted codes and their votes, and return their number."""
    last = last_slot(row.size)
    n_codes = 0
    for code in row:
        n_codes = add_vote(table, n_codes, code, last)
    found = sorted_codes(table, n_codes)
    for i in range(n_codes):
        codes[i] = found[i]
        counts[i] = votes_of(table, found[i], last)
    clear(table, n_codes)
    return n_codes


def assert_counted(table, row):
    row = np.array(row, np.uint64)
    codes, counts = np.zeros((2, row.size), np.uint64)
    n_codes = count(table, row, codes, counts)
    expected = sorted(Counter(row.tolist()).items())
    assert list(zip(codes[:n_codes].tolist(), counts[:n_codes].tolist(), strict=True)) == expected
    assert (table.codes == EMPTY).all()


@given(st.lists(st.lists(CODES, max_size=60), max_size=5))
def test_rows_equal_counters(rows):
    table = table_for(60)
    for row in rows:
        assert_counted(table, row)


def slot(code, last):
    return (code * int(GOLDEN) % 2**64 >> 32) & last


def test_codes_of_the_same_slot():
    last = int(last_slot(30))
    # The last slot, so that probing wraps around.
    colliding = [code for code in range(20_000) if slot(code, last) == last][:30]
    assert len(colliding) == 30
    table = table_for(30)
    assert_counted(table, colliding)
    assert_counted(table, [*colliding[::-1][:15], *colliding[:15]])


@pytest.mark.parametrize("size", [0, 1, FEW - 1, FEW, FEW + 1, 3000])
def test_few_and_many_codes_are_sorted(size):
    generator = np.random.default_rng(size)
    table = table_for(size)
    assert_counted(table, generator.integers(0, 2**63, size, np.uint64))
    assert_counted(table, 2**40 + generator.permutation(size).astype(np.uint64))
    assert_counted(table, np.full(size, 2**64 - 2, np.uint64))


def test_small_rows_after_large_ones():
    generator = np.random.default_rng(1)
    table = table_for(5000)
    assert table.codes.size > last_slot(3) + 1
    for size in (5000, 3, 0, 5000, 1, 70):
        assert_counted(table, generator.integers(0, 2**40, size, np.uint64))


@pytest.mark.parametrize("n_votes", [0, 1, 32, 33, 1000, 2**20])
def test_half_of_the_slots_stay_empty(n_votes):
    slots = last_slot(n_votes) + 1
    assert slots & (slots - 1) == 0
    assert 2 * n_votes <= slots
    assert table_for(n_votes).codes.size == slots
