"""Tables as tab-separated text: written and read back, missing values, wrong files."""

import pyarrow as pa
import pytest

from readkin.errors import InputError
from readkin.formats.tsv_tables import read_tsv, write_tsv

TYPES = {"number": pa.int64(), "name": pa.string(), "share": pa.float64()}


def test_written_and_read_back(tmp_path):
    columns = {
        "number": [3, None, -1],
        "name": ['5"', "", "b"],
        "share": [0.123456, float("nan"), 1.0],
        "list": pa.array([[1, 2], [], [3]], pa.list_(pa.uint32())),
    }
    write_tsv(tmp_path / "t.tsv", pa.table(columns))
    assert (tmp_path / "t.tsv").read_text() == (
        'number\tname\tshare\tlist\n3\t5"\t0.1235\t1,2\n\t\t\t\n-1\tb\t1\t3\n'
    )
    table = read_tsv(tmp_path / "t.tsv", TYPES, "make it again")
    assert table["number"].to_pylist() == columns["number"]
    assert table["name"].to_pylist() == columns["name"]
    assert table["share"].to_pylist() == [0.1235, None, 1]


def test_lists_of_a_part_of_a_table(tmp_path):
    table = pa.table({"list": pa.array([[1], [2, 3], [4]], pa.list_(pa.uint32()))}).slice(1)
    write_tsv(tmp_path / "t.tsv", table)
    assert (tmp_path / "t.tsv").read_text() == "list\n2,3\n4\n"


def test_no_rows(tmp_path):
    write_tsv(
        tmp_path / "t.tsv", pa.table({name: pa.array([], kind) for name, kind in TYPES.items()})
    )
    assert read_tsv(tmp_path / "t.tsv", TYPES, "").num_rows == 0


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("number\tname\n1\tx\n", "no column share"),
        ("number\tname\tshare\nx\ty\t1\n", "another table"),
        ("", "another table"),
        ("number\tname\tshare\n1\n", "another table"),
    ],
)
def test_other_files_are_refused(tmp_path, content, found):
    (tmp_path / "t.tsv").write_text(content)
    with pytest.raises(InputError, match=found) as caught:
        read_tsv(tmp_path / "t.tsv", TYPES, "make it again")
    assert "make it again" in str(caught.value)
