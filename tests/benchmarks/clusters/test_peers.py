"""Peers: how their output becomes a cluster of each read."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pysam
import pytest

from benchmarks.clusters import assembly_tool, metaprob_tool
from benchmarks.clusters.tools import NOT_PLACED, UnavailableError, certain

READ_IDS = pa.array(["a/1", "a/2", "b/1", "b/2", "c", "d/1", "d/2"])


def write_bam(path: Path, placed: list[tuple[str, int, str | None]]) -> Path:
    """Write alignments: name, flag, contig (None: unmapped)."""
    header = {"HD": {"VN": "1.6"}, "SQ": [{"SN": name, "LN": 9000} for name in ("k1", "k2", "k3")]}
    with pysam.AlignmentFile(str(path), "wb", header=header) as bam:
        for name, flag, contig in placed:
            read = pysam.AlignedSegment(bam.header)
            read.query_name, read.flag, read.query_sequence = name, flag, "ACGT"
            if contig is not None:
                read.reference_id, read.reference_start = bam.get_tid(contig), 10
                read.cigarstring = "4M"
            bam.write(read)
    return path


def test_reads_are_in_the_bin_of_their_contig_or_mate(tmp_path):
    bam = write_bam(
        tmp_path / "one.bam",
        [
            ("a", 0x1 | 0x40, "k1"),
            ("a", 0x1 | 0x80, "k2"),
            ("a", 0x1 | 0x80 | 0x800, "k1"),  # supplementary
            ("b", 0x1 | 0x40, "k3"),  # in no bin
            ("b", 0x1 | 0x80, "k2"),
        ],
    )
    other = write_bam(
        tmp_path / "two.bam",
        [("c", 0, "k1"), ("d", 0x1 | 0x4 | 0x40, None), ("d", 0x1 | 0x4 | 0x80, None)],
    )
    label = assembly_tool.read_labels(READ_IDS, [bam, other], {"k1": 1, "k2": 2})
    assert label.tolist() == [1, 2, 2, 2, 1, NOT_PLACED, NOT_PLACED]


def test_contigs_of_bin_0_are_in_no_bin(tmp_path):
    table = tmp_path / "bins.tsv"
    table.write_text("k1 flag=1 multi=2\t1\nk2\t0\nk3\t12\n")
    assert assembly_tool.contig_bins(table) == {"k1": 1, "k3": 12}


def test_lacking_programs_are_named_by_package(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UnavailableError, match="apt-get install megahit metabat minimap2 samtools"):
        assembly_tool.assembly_tool()
    with pytest.raises(UnavailableError, match="MetaProb"):
        metaprob_tool.metaprob_tool()


def test_clusters_of_metaprob_are_read(tmp_path):
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    first.write_text(">0,3\n>2,0\n")
    second.write_text(">1,3\n>4,1\n")
    label = metaprob_tool.read_labels([first, second], 6)
    assert label.tolist() == [3, 3, 0, NOT_PLACED, 1, NOT_PLACED]


def test_clusters_without_confidence_are_certain():
    clustering = certain(np.array([4, NOT_PLACED]), {})
    assert clustering.confidence.tolist() == [1, 0]
