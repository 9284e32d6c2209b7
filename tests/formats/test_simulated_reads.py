"""Files of the simulator."""

import gzip
import io
from pathlib import Path

import numpy as np
import pytest

from readkin.formats.fasta import encode
from readkin.formats.simulated_reads import (
    SequencingUnit,
    cluster_names,
    write_fastq,
    write_sample_sheet,
)
from readkin.kernels.simulation import SimulatedReads


def test_cluster_names_are_unique_and_have_seven_fields():
    per_tile = 2000 * 2000
    starts = cluster_names(3, 0, 4100)
    next_tile = cluster_names(3, per_tile - 2050, 4100)
    names = starts + next_tile + cluster_names(4, 0, 10)
    assert len(set(names)) == len(names)
    assert {name.count(":") for name in names} == {6}
    assert starts[0] == "SIMULATOR:1:FLOWCELL:3:1101:1000:1000"
    assert next_tile[2050] == "SIMULATOR:1:FLOWCELL:3:1102:1000:1000"
    assert cluster_names(3, 4000, 7) == starts[4000:4007]


def test_fastq_form():
    nothing = np.zeros(2, np.int64)
    reads = SimulatedReads(
        bases=np.stack([encode("ACGTN"), encode("TTTTT")]),
        qualities=np.array([[2, 10, 20, 41, 2], [30, 30, 30, 30, 30]], np.uint8),
        start=nothing,
        end=nothing,
        is_reverse=nothing.astype(bool),
    )
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb") as file:
        write_fastq(file, ["a", "b"], 2, reads)
    assert gzip.decompress(buffer.getvalue()) == (
        b"@a 2:N:0:1\nACGTN\n+\n#+5J#\n@b 2:N:0:1\nTTTTT\n+\n?????\n"
    )


@pytest.mark.parametrize(
    ("is_paired", "cells"),
    [
        (True, ["demo/d.1_R1.fastq.gz", "demo/d.1_R2.fastq.gz"]),
        (False, ["demo/d.1.fastq.gz", ""]),
    ],
)
def test_sample_sheet(tmp_path, is_paired, cells):
    sheet = tmp_path / "samples.tsv"
    write_sample_sheet(sheet, Path("demo"), [SequencingUnit("d", "1")], is_paired)
    assert [line.split("\t") for line in sheet.read_text().splitlines()] == [
        ["sample", "unit", "fastq_1", "fastq_2"],
        ["d", "1", *cells],
    ]
