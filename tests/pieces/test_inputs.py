"""Alignments become placements: diagonals, first gaps, overhangs; copies are left out."""

import numpy as np
import pyarrow as pa
import pytest

from readkin.formats.alignment_parts import open_alignments
from readkin.formats.alignments import Provenance
from readkin.kernels.layout.overlaps import Overlaps
from readkin.parallel.mpi import OneProcess
from readkin.pieces.inputs import COLUMNS, OverlapFiles, overlaps_of
from support.alignment_folders import write_alignments
from support.kin_alignments import alignments

NO_COPIES = np.full(10, -1)


def only(change):
    """Return the one placement as a dictionary."""
    found = overlaps_of(alignments(change).select(COLUMNS), NO_COPIES)
    return {name: column.tolist()[0] for name, column in found._asdict().items()}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {"left": 30, "right": 30, "is_reverse": False, "differences": 0, "overhang": 0}),
        ({"matches": 68}, {"differences": 2}),
        # b ends 5 bp before a's end, and 10 bp of both are unaligned at the left
        (
            {"start_a": 40, "start_b": 10, "end_a": 90, "end_b": 60, "length_b": 65},
            {"left": 30, "right": 30, "overhang": 10},
        ),
        # on the other strand: base 30 of a lies opposite the last base of b as sequenced
        ({"strand": "-", "start_b": 30, "end_b": 100}, {"left": 30, "is_reverse": True}),
        # 40 bp, then 2 bp of a only, then 28 bp
        (
            {"end_b": 68, "cigar": "40=2I28="},
            {"left": 30, "right": 32, "switch": 70},
        ),
        (
            {"strand": "-", "start_b": 32, "end_b": 100, "cigar": "28=2I40="},
            {"left": 30, "right": 32, "switch": 70},
        ),
        # 3 bp of b only behind 10 bp of a, mismatches before
        ({"end_b": 73, "cigar": "5=5X3D60="}, {"left": 30, "right": 27, "switch": 40}),
        # two gaps: the first one counts
        ({"end_b": 73, "cigar": "10=1D10=2D50="}, {"left": 30, "right": 27, "switch": 40}),
        ({"strand": "-", "start_b": 27, "cigar": "50=1D10=2D10=", "end_b": 100}, {"switch": 40}),
    ],
)
def test_placements(change, expected):
    found = only(change)
    assert {name: found[name] for name in expected} == expected


def test_alignments_of_copies_are_left_out(tmp_path):
    table = alignments({}, {"read_b": 2}, {"read_a": 1, "read_b": 3}, {"read_a": 3, "read_b": 5})
    path = tmp_path / "alignments"
    tables = [table.slice(0, 1), table.slice(1)]
    write_alignments(path, tables, Provenance({}, "", ""))
    copy_of = NO_COPIES.copy()
    copy_of[[2, 1]] = 0
    found = OverlapFiles(open_alignments(path), copy_of, OneProcess()).load()
    assert found.read_a.tolist() == [3]
    assert found.read_b.tolist() == [5]
    every = OverlapFiles(open_alignments(path), NO_COPIES, OneProcess()).load()
    assert every.read_b.tolist() == [1, 2, 3, 5]


def test_no_alignments(tmp_path):
    path = tmp_path / "alignments"
    write_alignments(path, [], Provenance({}, "", ""))
    found = OverlapFiles(open_alignments(path), NO_COPIES, OneProcess()).load()
    full = overlaps_of(pa.table(alignments({})).select(COLUMNS), NO_COPIES)
    for name in Overlaps._fields:
        assert getattr(found, name).size == 0
        assert getattr(found, name).dtype == getattr(full, name).dtype
