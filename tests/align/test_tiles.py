"""Cutting of candidate pairs into tiles."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.align.tiles import cut_into_tiles


def test_an_item_belongs_to_the_tile_in_which_it_begins():
    tiles = cut_into_tiles([np.array([4, 4, 4]), np.array([30, 0, 1])], 10)
    assert tiles.bounds.tolist() == [0, 3, 4, 6]
    assert tiles.weights.tolist() == [12, 30, 1]


def test_no_items_make_no_tiles():
    tiles = cut_into_tiles([], 10)
    assert (tiles.bounds.tolist(), tiles.weights.tolist()) == ([0], [])


@given(st.lists(st.lists(st.integers(0, 50), max_size=20), max_size=5), st.integers(1, 60))
def test_tiles_contain_all_items_whatever_the_blocks(blocks, tile_weight):
    items = [weight for block in blocks for weight in block]
    tiles = cut_into_tiles([np.array(block, np.int64) for block in blocks], tile_weight)
    at_once = cut_into_tiles([np.array(items, np.int64)], tile_weight)
    np.testing.assert_array_equal(tiles.bounds, at_once.bounds)
    parts = [items[a:b] for a, b in pairwise(tiles.bounds)]
    assert [weight for part in parts for weight in part] == items
    assert tiles.weights.tolist() == [sum(part) for part in parts]
    assert all(parts)
    assert all(sum(part[:-1]) < tile_weight for part in parts)
