"""Finished tiles of an alignment run."""

import pyarrow as pa
import pytest

from readkin.errors import InputError
from readkin.formats.alignment_tiles import TileFolder


def test_a_finished_tile_is_found_and_read_again(tmp_path):
    folder = TileFolder(tmp_path, "key")
    table = pa.table({"score": pa.array([3, 4], pa.int32())})
    assert folder.unfinished(3) == [0, 1, 2]
    folder.write(1, table, {"too low": 7}, b"the same as text")
    assert TileFolder(tmp_path, "key").unfinished(3) == [0, 2]
    assert TileFolder(tmp_path, "other key").unfinished(3) == [0, 1, 2]
    found, dropped = folder.read(1)
    assert found.equals(table)
    assert dropped == {"too low": 7}
    assert folder.text_path(1).read_bytes() == b"the same as text"


def test_a_damaged_tile_is_named(tmp_path):
    folder = TileFolder(tmp_path, "key")
    folder.write(0, pa.table({"score": [1]}), {}, None)
    folder.path(0).write_bytes(folder.path(0).read_bytes()[:-5])
    with pytest.raises(InputError, match=r"tile-000000.arrow: found a damaged tile"):
        folder.read(0)
