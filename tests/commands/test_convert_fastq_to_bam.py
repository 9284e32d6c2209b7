"""Stage convert_fastq_to_bam: content, header, validity in the eyes of samtools."""

import json

import pysam
import pytest

from convert_fastq_to_bam import main
from readkin.formats.counts import Flow, write_counts
from support.fastq_files import random_records, write_fastq


@pytest.fixture
def convert(tmp_path):
    def run(fastq, *options):
        bam, counts = tmp_path / "out.bam", tmp_path / "counts.json"
        arguments = ["--fastq", str(fastq), "--sample", "s", "--unit", "u"]
        arguments += ["--platform", "ILLUMINA", "--output", str(bam), "--counts", str(counts)]
        return main([*arguments, *options]), bam, counts

    return run


def interleaved(tmp_path, endings=("", "")):
    mates = [random_records(20, 1, 30, endings[0]), random_records(20, 2, 40, endings[1])]
    records = [record for pair in zip(*mates, strict=True) for record in pair]
    return write_fastq(tmp_path / "in.fastq.gz", records), records


@pytest.mark.parametrize(
    "endings",
    [("", ""), ("/1", "/2"), (".1", ".2"), ("_1 x", "_2 x"), (" 1:N:0:A", " 2:N:0:A")],
)
def test_mates_keep_order_bases_qualities_and_share_a_name(convert, tmp_path, endings):
    fastq, records = interleaved(tmp_path, endings)
    code, path, counts = convert(fastq, "--paired")
    assert code == 0
    with pysam.AlignmentFile(str(path), check_sq=False) as bam:
        found = list(bam)
    assert [record.query_name for record in found] == [f"r{i}" for i in range(20) for _ in (1, 2)]
    assert [record.flag for record in found] == [77, 141] * 20
    assert [record.query_sequence for record in found] == [bases for _, bases, _ in records]
    assert {record.query_qualities_str for record in found} == {"I" * 30, "I" * 40}
    assert {record.get_tag("RG") for record in found} == {"s.u"}
    written = json.loads(counts.read_text())
    assert written["flows"] == [{"what": "reads", "in": 40, "out": 40, "dropped": {}}]
    profile = written["details"]["after"]
    assert (profile["reads"], profile["length_histogram"]) == (40, {"30": 20, "40": 20})
    assert profile["quality_by_position"] == {"R1": [40.0] * 30, "R2": [40.0] * 40}


def test_single_reads(convert, tmp_path):
    code, path, _ = convert(write_fastq(tmp_path / "in.fastq", random_records(5, 1)))
    assert code == 0
    with pysam.AlignmentFile(str(path), check_sq=False) as bam:
        assert [record.flag for record in bam] == [4] * 5


def test_header_and_index(convert, tmp_path):
    name = "A00123:45:HXXXX:3:1101:1000:2000"
    fastq = write_fastq(tmp_path / "in.fastq", [(name, "ACGT", "IIII")])
    _, path, _ = convert(fastq, "--library", "lib7")
    with pysam.AlignmentFile(str(path), check_sq=False) as bam:
        header = bam.header.to_dict()
        assert bam.has_index()
        assert bam.nocoordinate == 1
    group = {"ID": "s.u", "SM": "s", "LB": "lib7", "PL": "ILLUMINA", "PU": "HXXXX.3"}
    assert header["RG"] == [group]
    assert header["HD"] == {"VN": "1.6", "SO": "unsorted", "GO": "query"}
    assert str(tmp_path) not in str(header)  # no paths in data files
    pysam.quickcheck("-u", str(path))


def test_no_reads_make_a_valid_empty_bam(convert, tmp_path):
    code, path, counts = convert(write_fastq(tmp_path / "in.fastq", []), "--paired")
    assert code == 0
    pysam.quickcheck("-u", str(path))
    assert json.loads(counts.read_text())["flows"][0]["out"] == 0


@pytest.mark.parametrize("name", ["", "a@b", "x" * 255])
def test_names_that_bam_cannot_hold_are_refused(convert, tmp_path, capsys, name):
    fastq = write_fastq(tmp_path / "in.fastq", [(name, "ACGT", "IIII")])
    code, *written = convert(fastq)
    assert code == 1
    assert "in.fastq: record 1 (line 1): found " in capsys.readouterr().err
    assert not any(path.exists() for path in written)
    assert not list(tmp_path.glob(".partial*"))


@pytest.mark.parametrize(("expected", "code"), [(5, 0), (6, 1)])
def test_as_many_reads_are_expected_as_left_trim_reads(convert, tmp_path, capsys, expected, code):
    fastq = write_fastq(tmp_path / "in.fastq", random_records(5, 1))
    write_counts(tmp_path / "trim.json", "trim_reads", [Flow("reads", expected, expected)], {})
    found, bam, _ = convert(fastq, "--trim-counts", str(tmp_path / "trim.json"))
    assert (found, bam.exists()) == (code, code == 0)
    message = "in.fastq: found 5 reads, expected 6, as trim_reads counted; run trim_reads"
    assert (message in capsys.readouterr().err) == bool(code)


def test_a_mate_alone_is_refused(convert, tmp_path, capsys):
    records = [(name, "ACGT", "IIII") for name in ("a/1", "a/2", "b/1")]
    code, bam, _ = convert(write_fastq(tmp_path / "in.fastq", records), "--paired")
    assert code == 1
    assert "record 3 (line 9): found a read without its mate" in capsys.readouterr().err
    assert not bam.exists()


def test_adjacent_reads_of_different_pairs_are_refused(convert, tmp_path, capsys):
    records = [(name, "ACGT", "IIII") for name in ("a/1", "b/2")]
    code, bam, _ = convert(write_fastq(tmp_path / "in.fastq", records), "--paired")
    assert code == 1
    message = "record 2 (line 5): found 'b/2', names of different pairs, expected mate 2 of 'a/1'"
    assert message in capsys.readouterr().err
    assert not bam.exists()
