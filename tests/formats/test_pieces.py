"""Pieces come back from their file as written, and are refused where they are of other reads."""

from dataclasses import fields

import h5py
import numpy as np
import pytest

from readkin.errors import InputError
from readkin.formats.hdf5_schema import PIECES
from readkin.formats.pieces import Pieces, check_reads, read_pieces, write_pieces
from support.some_pieces import some_pieces


def test_pieces_come_back_as_written(tmp_path):
    pieces = some_pieces()
    write_pieces(tmp_path / "pieces.h5", pieces, {"min_overlap_bp": 40})
    read = read_pieces(tmp_path / "pieces.h5")
    for field in fields(Pieces):
        expected, found = getattr(pieces, field.name), getattr(read, field.name)
        np.testing.assert_array_equal(found, expected)
        if isinstance(expected, np.ndarray):
            assert found.dtype == expected.dtype, field.name
    with h5py.File(tmp_path / "pieces.h5") as file:
        assert file.attrs["parameters"] == '{"min_overlap_bp": 40}'


def test_the_file_has_all_fields_of_pieces():
    declared = {*PIECES.datasets, *PIECES.attributes}
    assert {d.name for d in declared} | {"fingerprint"} == {field.name for field in fields(Pieces)}


def test_numbers_that_follow_from_others():
    pieces = some_pieces()
    assert len(pieces) == 3
    assert pieces.n_reads.tolist() == [3, 2, 1]
    assert pieces.consensus_offsets.tolist() == [0, 9, 13, 17]
    assert pieces.depth.tolist() == [12 / 9, 1, 1]
    empty = some_pieces(span=np.array([9, 4, 0], np.uint32), bases=np.array([12, 4, 0], np.uint64))
    assert empty.depth.tolist() == [12 / 9, 1, 0]


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("piece", [0, 0, 1, 0, 1, 3], "pieces.h5:piece: found piece 3, expected pieces below 3;"),
        ("contact_b", [1, 7], "pieces.h5:contact_b: found piece 7, expected pieces below 3;"),
        ("link_a", [3], "pieces.h5:link_a: found piece 3, expected pieces below 3;"),
        ("span", [9, 4, 5], "consensus: found 17 bases, expected 18, the sum of span; make it"),
        ("position", [0, 5], "pieces.h5:position: found 2 reads, expected 6 as in piece;"),
    ],
)
def test_numbers_that_contradict_each_other_are_refused(tmp_path, name, values, message):
    changed = {name: np.array(values, getattr(some_pieces(), name).dtype)}
    write_pieces(tmp_path / "pieces.h5", some_pieces(**changed), {})
    with pytest.raises(InputError, match=message):
        read_pieces(tmp_path / "pieces.h5")


def test_pieces_of_other_reads_are_refused(tmp_path):
    check_reads(tmp_path, some_pieces(reads_fingerprint="ab"), "ab")
    with pytest.raises(InputError, match=r":reads_fingerprint: found cdcd.*; provide the BAM"):
        check_reads(tmp_path, some_pieces(), "ab")
