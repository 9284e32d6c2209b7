"""Pairs aligned one by one: the same alignments as in lanes, for any size of memory."""

import numpy as np
import pytest

from readkin.kernels.smith_waterman import passes, scalar
from readkin.kernels.smith_waterman.alignment import NO_DIAGONAL, align_pairs
from support.sequence_pairs import assert_equals_naive, assert_same, pairs_of
from verification.families import FAMILIES, make_pairs
from verification.rescoring import wrong_alignments
from verification.scorings import base_scorings, odd_scorings, protein_scorings

FAMILY = {family.name: family for family in FAMILIES}
SOME_SCORINGS = [*base_scorings()[::2], *protein_scorings()[::3], *odd_scorings()[::2]]


def anywhere(pairs):
    return pairs._replace(diagonal=np.full_like(pairs.diagonal, NO_DIAGONAL))


@pytest.mark.parametrize("named", SOME_SCORINGS, ids=lambda named: named.name)
@pytest.mark.parametrize("name", ["mutated", "repetitive", "mixed lengths", "at limits"])
def test_lanes_and_one_by_one_give_the_same(monkeypatch, named, name):
    pairs = anywhere(make_pairs(FAMILY[name], named, 24, [11]))
    in_lanes = align_pairs(pairs, named.scoring)
    monkeypatch.setattr(passes, "TRACEBACK_BYTES", 1)
    assert_same(align_pairs(pairs, named.scoring), in_lanes)


@pytest.mark.parametrize("traceback_bytes", [1 << 14, 1 << 18, 1 << 21])
def test_some_in_lanes_and_some_one_by_one(monkeypatch, traceback_bytes):
    for named in (base_scorings()[0], protein_scorings()[0]):
        pairs = make_pairs(FAMILY["mixed lengths"], named, 150, [12])
        expected = align_pairs(pairs, named.scoring)
        with monkeypatch.context() as patch:
            patch.setattr(passes, "TRACEBACK_BYTES", traceback_bytes)
            found = align_pairs(pairs, named.scoring)
        np.testing.assert_array_equal(found.score, expected.score)
        assert not wrong_alignments(found, pairs, named).any()
        whole = anywhere(pairs)
        expected = align_pairs(whole, named.scoring)
        with monkeypatch.context() as patch:
            patch.setattr(passes, "TRACEBACK_BYTES", traceback_bytes)
            assert_same(align_pairs(whole, named.scoring), expected)


def test_a_traceback_through_many_blocks_of_rows(monkeypatch):
    """The directions of a million cells are not stored, so the traceback fills blocks again."""
    named = base_scorings()[0]
    rng = np.random.default_rng(13)
    reads_a, reads_b = [np.zeros(1000, int)], [np.zeros(990, int)]
    for _ in range(12):
        read = rng.integers(0, 4, rng.integers(850, 1000))
        is_error = rng.random(read.size) < 0.05
        other = np.where(is_error, rng.integers(0, 5, read.size), read)
        reads_a.append(read)
        reads_b.append(np.delete(other, rng.integers(0, read.size, 20)))
    assert scalar.ONE_BLOCK_CELLS < 850 * 800
    pairs = pairs_of(reads_a, reads_b)
    in_lanes = align_pairs(pairs, named.scoring)
    monkeypatch.setattr(passes, "TRACEBACK_BYTES", 1)
    assert_same(align_pairs(pairs, named.scoring), in_lanes)
    assert in_lanes.score[0] == 1980


def test_small_matrices_one_by_one_equal_the_naive_alignment(monkeypatch):
    monkeypatch.setattr(passes, "TRACEBACK_BYTES", 1)
    for named in (base_scorings()[5], odd_scorings()[0]):
        pairs = anywhere(make_pairs(FAMILY["empty and tiny"], named, 60, [14]))
        assert_equals_naive(align_pairs(pairs, named.scoring), pairs, named.scoring)
