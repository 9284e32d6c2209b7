"""Cutting of candidate pairs into tiles."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readkin.align.tiles import (
    REASONS,
    AlignmentCosts,
    AlignmentSettings,
    AlignmentThresholds,
    align_tile,
    cut_into_tiles,
)
from readkin.kernels.join.candidates import Candidates
from support.naive_kmers import reverse_complement
from support.naive_low_complexity import marks
from support.packed_reads import packed_reads


def test_an_item_belongs_to_the_tile_in_which_it_begins():
    tiles = cut_into_tiles([np.array([4, 4, 4]), np.array([30, 0, 1])], 10)
    assert tiles.bounds.tolist() == [0, 3, 4, 6]
    assert tiles.weights.tolist() == [12, 30, 1]


def test_no_items_make_one_empty_tile():
    tiles = cut_into_tiles([], 10)
    assert (tiles.bounds.tolist(), tiles.weights.tolist()) == ([0, 0], [0])


@given(st.lists(st.lists(st.integers(0, 50), max_size=20), max_size=5), st.integers(1, 60))
def test_tiles_contain_all_items_whatever_the_blocks(blocks, tile_weight):
    items = [weight for block in blocks for weight in block]
    tiles = cut_into_tiles([np.array(block, np.int64) for block in blocks], tile_weight)
    at_once = cut_into_tiles([np.array(items, np.int64)], tile_weight)
    np.testing.assert_array_equal(tiles.bounds, at_once.bounds)
    parts = [items[a:b] for a, b in pairwise(tiles.bounds)]
    assert [weight for part in parts for weight in part] == items
    assert tiles.weights.tolist() == [sum(part) for part in parts]
    assert all(parts) or not items
    assert all(sum(part[:-1]) < tile_weight for part in parts)


RANDOM = "".join("ACGT"[base] for base in np.random.default_rng(7).integers(0, 4, 300))
REPEAT = "CAG" * 20
UNIQUE_AND_REPEAT = [
    RANDOM[:60] + REPEAT + RANDOM[60:90],
    RANDOM[20:60] + REPEAT + RANDOM[60:110],
    REPEAT[10:] + RANDOM[60:160],  # 50 of 80 shared bases are of low complexity
]


def aligned(reads, is_reverse, masks):
    """Align the first read with each other one."""
    others = len(reads) - 1
    candidates = Candidates(
        read_a=np.zeros(others, np.uint64),
        read_b=np.arange(1, others + 1, dtype=np.uint64),
        votes=np.ones(others, np.uint32),
        is_reverse=np.full(others, is_reverse, np.uint8),
        diagonal=np.array([20, 70], np.int32),
    )
    settings = AlignmentSettings(
        AlignmentCosts(2, -3, 5, 2), AlignmentThresholds(60, 0.95, 40), masks
    )
    return align_tile(candidates, packed_reads(reads), settings)


@pytest.mark.parametrize("is_reverse", [0, 1])
def test_bases_of_low_complexity_are_no_overlap(is_reverse):
    first, *others = UNIQUE_AND_REPEAT
    if is_reverse:
        others = [reverse_complement(read) for read in others]
    table, dropped = aligned([first, *others], is_reverse, masks=True)
    assert table["read_b"].to_pylist() == [1]
    assert table["alignment_length"].to_pylist() == [130]
    marked = marks(first)[20:], marks(UNIQUE_AND_REPEAT[1])[:130]
    assert table["low_complexity"].to_pylist() == [max(map(sum, marked))] >= [60]
    assert dropped == dict.fromkeys(REASONS, 0) | {REASONS[-1]: 1}


def test_without_the_mask_all_bases_are_overlap():
    table, dropped = aligned(UNIQUE_AND_REPEAT, 0, masks=False)
    assert table["alignment_length"].to_pylist() == [130, 80]
    assert table["low_complexity"].to_pylist() == [0, 0]
    assert dropped == dict.fromkeys(REASONS, 0)
