"""Files of the simulator."""

from pathlib import Path

import numpy as np
import pytest

from readkin.formats.fasta import encode
from readkin.formats.simulated_reads import (
    SequenceLabels,
    SequencingUnit,
    fastq_records,
    origin_columns,
    write_depths,
    write_sample_sheet,
)
from readkin.kernels.simulation.fragments import Fragments, Parts, SimulatedReads

NOTHING = np.zeros(2, np.int64)
NO_PARTS = Parts(NOTHING, NOTHING, NOTHING, NOTHING.astype(bool))


def reads_of(bases, qualities, length, **fields):
    defaults = {"origin": NO_PARTS, "offset": NOTHING, "other": NO_PARTS}
    return SimulatedReads(bases, np.array(qualities, np.uint8), length, **(defaults | fields))


def test_fastq_of_reads_of_one_length():
    reads = reads_of(
        np.stack([encode("ACGTN"), encode("TTTTT")]),
        [[2, 10, 20, 41, 2], [30, 30, 30, 30, 30]],
        np.array([5, 5]),
    )
    assert fastq_records(["a", "b"], " 2:N:0:1", reads) == (
        b"@a 2:N:0:1\nACGTN\n+\n#+5J#\n@b 2:N:0:1\nTTTTT\n+\n?????\n"
    )


def test_fastq_of_reads_of_different_lengths():
    reads = reads_of(encode("ACGTN"), [2, 10, 20, 41, 93], np.array([4, 1]))
    assert fastq_records(["a", "b"], "", reads) == b"@a\nACGT\n+\n#+5J\n@b\nN\n+\n~\n"


def parts(sequence, start, length, is_reverse):
    return Parts(*map(np.array, (sequence, start, length, is_reverse)))


def test_columns_of_the_truth_table():
    """Two pairs: a chimera whose second mate contains the junction, and its copy."""
    first = parts([0, 0], [5, 5], [60, 60], [False, False])
    second = parts([1, 1], [20, 20], [40, 40], [True, True])
    mates = [
        reads_of(encode("AC"), [2, 2], np.array([1, 1]), origin=first),
        reads_of(
            encode("AC"),
            [2, 2],
            np.array([1, 1]),
            origin=parts([0, 0], [15, 15], [50, 50], [True, True]),
            offset=np.array([41, 40]),
            other=parts([1, 0], [20, 0], [40, 0], [False, False]),
        ),
    ]
    fragments = Fragments(first, second, np.array([0, 0]))
    labels = SequenceLabels(("g", "h"), ("g1", "h1"), (0, 900))
    assert origin_columns(["a", "b"], fragments, mates, labels) == {
        "read_id": ["a/1", "a/2", "b/1", "b/2"],
        "genome": ["g", "g", "g", "g"],
        "start": [5, 15, 5, 15],
        "end": [65, 65, 65, 65],
        "strand": ["+", "-", "+", "-"],
        "sequence": ["g1", "g1", "g1", "g1"],
        "circle_length": [0, 0, 0, 0],
        "chimeric": [1, 1, 1, 1],
        "offset": [0, 41, 0, 40],
        "other_part": ["", "h h1 20 60 +", "", ""],
        "duplicate_of": ["", "", "a/1", "a/2"],
    }


@pytest.mark.parametrize(
    ("is_paired", "cells"),
    [
        (True, ["demo/d.1_R1.fastq.gz", "demo/d.1_R2.fastq.gz"]),
        (False, ["demo/d.1.fastq.gz", ""]),
    ],
)
def test_sample_sheet(tmp_path, is_paired, cells):
    sheet = tmp_path / "samples.tsv"
    write_sample_sheet(sheet, Path("demo"), [SequencingUnit("d", "1")], is_paired, "ILLUMINA")
    assert [line.split("\t") for line in sheet.read_text().splitlines()] == [
        ["sample", "unit", "fastq_1", "fastq_2"],
        ["d", "1", *cells],
    ]


def test_sample_sheet_of_other_platforms_names_them(tmp_path):
    sheet = tmp_path / "samples.tsv"
    write_sample_sheet(sheet, Path("demo"), [SequencingUnit("d", "1")], False, "ONT")
    assert [line.split("\t") for line in sheet.read_text().splitlines()] == [
        ["sample", "unit", "fastq_1", "fastq_2", "platform"],
        ["d", "1", "demo/d.1.fastq.gz", "", "ONT"],
    ]


def test_table_of_depths(tmp_path):
    path = tmp_path / "depths.tsv"
    row = {"sample": "s", "genome": "g", "sequence": "g1", "length": 300, "abundance": 1 / 3}
    write_depths(path, [row | {"copies": 1.0, "reads": 2, "bases": 200, "depth": 200 / 300}])
    assert path.read_text() == (
        "sample\tgenome\tsequence\tlength\tabundance\tcopies\treads\tbases\tdepth\n"
        "s\tg\tg1\t300\t0.333333\t1\t2\t200\t0.666667\n"
    )
