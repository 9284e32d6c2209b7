"""The comparison of results notices a change in every kind of file."""

import gzip
import os

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support.same_content import differing_files


def write_all(folder, number):
    """One file of each kind that holds ``number``."""
    folder.mkdir()
    with h5py.File(folder / "a.h5", "w") as file:
        file.create_group("keys")["hash"] = np.array([number])
    with h5py.File(folder / "attribute.h5", "w") as file:
        file.attrs["fingerprint"] = str(number)
    pq.write_table(pa.table({"x": [number]}), folder / "a.parquet")
    (folder / "a.tsv.gz").write_bytes(gzip.compress(b"%d" % number, mtime=os.getpid() + number))
    (folder / "a.tsv").write_text(str(number))
    (folder / "report.html").write_text(str(number))
    return folder


@pytest.fixture
def one(tmp_path):
    return write_all(tmp_path / "one", 1)


def test_same_content_in_files_of_another_time(one, tmp_path):
    other = write_all(tmp_path / "other", 1)
    (other / "a.tsv.gz").write_bytes(gzip.compress(b"1", mtime=12345))
    (other / "report.html").write_text("took longer")
    assert differing_files(one, other) == []


def test_any_other_content_is_noticed(one, tmp_path):
    other = write_all(tmp_path / "other", 2)
    expected = ["a.h5", "a.parquet", "a.tsv", "a.tsv.gz", "attribute.h5"]
    assert differing_files(one, other) == expected


def test_missing_file_is_noticed_on_either_side(one, tmp_path):
    other = write_all(tmp_path / "other", 1)
    (one / "a.tsv").unlink()
    (other / "a.parquet").unlink()
    assert differing_files(one, other) == ["a.parquet", "a.tsv"]
