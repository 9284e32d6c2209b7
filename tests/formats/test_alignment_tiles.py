"""Tiles of an alignment run: how items are cut into them, and what is kept of finished ones."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readkin.errors import InputError
from readkin.formats.alignment_tiles import TileFolder, cut_into_tiles


def test_an_item_belongs_to_the_tile_in_which_it_begins():
    tiles = cut_into_tiles([np.array([4, 4, 4]), np.array([30, 0, 1])], 10)
    assert tiles.bounds.tolist() == [0, 3, 4, 6]
    assert tiles.weights.tolist() == [12, 30, 1]


def test_no_items_make_no_tiles():
    tiles = cut_into_tiles([], 10)
    assert (tiles.bounds.tolist(), tiles.weights.tolist()) == ([0], [])


@given(st.lists(st.lists(st.integers(0, 50), max_size=20), max_size=5), st.integers(1, 60))
def test_tiles_hold_all_items_whatever_the_blocks(blocks, tile_weight):
    items = [weight for block in blocks for weight in block]
    tiles = cut_into_tiles([np.array(block, np.int64) for block in blocks], tile_weight)
    at_once = cut_into_tiles([np.array(items, np.int64)], tile_weight)
    np.testing.assert_array_equal(tiles.bounds, at_once.bounds)
    parts = [items[a:b] for a, b in pairwise(tiles.bounds)]
    assert [weight for part in parts for weight in part] == items
    assert tiles.weights.tolist() == [sum(part) for part in parts]
    assert all(parts)
    assert all(sum(part[:-1]) < tile_weight for part in parts)


def test_a_finished_tile_is_found_and_read_again(tmp_path):
    folder = TileFolder(tmp_path, "key")
    table = pa.table({"score": pa.array([3, 4], pa.int32())})
    assert folder.unfinished(3) == [0, 1, 2]
    folder.write(1, table, b"the same as text", {"too low": 7})
    assert TileFolder(tmp_path, "key").unfinished(3) == [0, 2]
    assert TileFolder(tmp_path, "other key").unfinished(3) == [0, 1, 2]
    found, dropped = folder.read(1)
    assert found.equals(table)
    assert dropped == {"too low": 7}
    assert folder.text_path(1).read_bytes() == b"the same as text"


def test_a_damaged_tile_is_named(tmp_path):
    folder = TileFolder(tmp_path, "key")
    folder.write(0, pa.table({"score": [1]}), b"", {})
    folder.path(0).write_bytes(folder.path(0).read_bytes()[:-5])
    with pytest.raises(InputError, match=r"tile-000000.arrow: found a damaged tile"):
        folder.read(0)
