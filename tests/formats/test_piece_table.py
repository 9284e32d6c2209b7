"""Table of the pieces: columns of samples follow the declared ones."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from readkin.errors import InputError
from readkin.formats.piece_table import COLUMNS, read_piece_table, write_piece_table


def written(path, samples):
    columns = {name: np.arange(3) for name in COLUMNS} | {"is_shared": np.zeros(3, bool)}
    depths = (np.full(3, number) for number in range(len(samples)))
    write_piece_table(path, columns, samples, depths, ({"seed": 1}, "f"))
    return path


@pytest.mark.parametrize("samples", [[], ["a"], ["a", "b c"]])
def test_columns_of_samples(tmp_path, samples):
    table = read_piece_table(written(tmp_path / "p.parquet", samples))
    assert table.column_names == [*COLUMNS, *(f"depth_{name}" for name in samples)]
    some = read_piece_table(tmp_path / "p.parquet", ["piece", "map_x"])
    assert some.to_pydict() == {"piece": [0, 1, 2], "map_x": [0.0, 1.0, 2.0]}


def test_missing_column_is_refused(tmp_path):
    path = written(tmp_path / "p.parquet", ["a"])
    pq.write_table(pq.read_table(path).drop_columns(["map_y"]), path)
    with pytest.raises(InputError, match="the columns"):
        read_piece_table(path)
