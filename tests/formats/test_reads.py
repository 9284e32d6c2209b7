"""Reads of BAM files as arrays, compared with pysam."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pysam
import pytest

from readkin.errors import InputError
from readkin.formats import reads as reads_module
from readkin.formats import split_index
from readkin.formats.reads import (
    NO_MATE,
    Reads,
    iterate_reads,
    load_ranges,
    load_reads,
    read_ranges,
    reads_fingerprint,
)
from readkin.formats.split_index import read_split_index, split_index_of, write_split_index

BASES = "ACGTN"


def write_bam(path: Path, names: list[str], flags: list[int], seed: int = 1) -> Path:
    """BAM with random bases of length 0 to 300; ``flags`` are repeated over the names."""
    generator = np.random.default_rng(seed)
    header = {"HD": {"VN": "1.6"}, "RG": [{"ID": "a.b", "SM": "a"}]}
    with pysam.AlignmentFile(str(path), "wb", header=header) as bam:
        for number, name in enumerate(names):
            segment = pysam.AlignedSegment(bam.header)
            segment.query_name = name
            segment.flag = flags[number % len(flags)]
            length = int(generator.integers(0, 300)) if number else 0
            segment.query_sequence = "".join(generator.choice(list(BASES), length))
            segment.query_qualities_str = "I" * length
            segment.set_tag("RG", "a.b")
            bam.write(segment)
    return path


@pytest.fixture
def bams(tmp_path: Path) -> list[Path]:
    paired = [f"p{i // 2}" for i in range(500)]
    return [
        write_bam(tmp_path / "paired.bam", paired, [77, 141]),
        write_bam(tmp_path / "single.bam", [f"s{i}" for i in range(333)], [4], seed=2),
        write_bam(tmp_path / "empty.bam", [], [4]),
    ]


def expected(bams: list[Path]) -> tuple[list[str], str]:
    ids, bases = [], []
    for path in bams:
        with pysam.AlignmentFile(str(path), check_sq=False) as bam:
            for record in bam:
                ending = "/1" if record.is_read1 else "/2" if record.is_read2 else ""
                ids.append(f"{record.query_name}{ending}")
                bases.append(record.query_sequence or "")
    return ids, "".join(bases)


def text_of(bases: np.ndarray) -> str:
    return np.frombuffer(BASES.encode(), np.uint8)[bases].tobytes().decode()


@pytest.mark.parametrize("block_bytes", [8 << 20, 700])
def test_load_reads_equals_pysam(bams, block_bytes, monkeypatch):
    monkeypatch.setattr(reads_module, "BLOCK_BYTES", block_bytes)
    reads = load_reads(bams)
    ids, bases = expected(bams)
    assert reads.ids() == ids
    assert text_of(reads.bases) == bases
    assert reads.unit.tolist() == [0] * 500 + [1] * 333


def test_mates_point_at_each_other(bams):
    reads = load_reads(bams)
    mates = reads.mate_index[:500].astype(np.int64)
    assert (mates[mates] == np.arange(500)).all()
    assert (np.abs(mates - np.arange(500)) == 1).all()
    assert (reads.mate_index[500:] == NO_MATE).all()


@pytest.mark.parametrize("batch", [1, 7, 250, 833, 5000])
def test_batches_have_the_size_asked_for(bams, batch):
    whole = load_reads(bams)
    batches = list(iterate_reads(bams, batch))
    assert [len(b) for b in batches[:-1]] == [batch] * (len(batches) - 1)
    assert sum(map(len, batches)) == len(whole)
    assert [b.first_index for b in batches] == list(range(0, len(whole), batch))
    assert [read_id for b in batches for read_id in b.ids()] == whole.ids()
    assert (np.concatenate([b.bases for b in batches]) == whole.bases).all()
    assert (np.concatenate([b.mate_index for b in batches]) == whole.mate_index).all()


def same_reads(one: Reads, other: Reads) -> bool:
    names = [field.name for field in fields(Reads)]
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


@pytest.mark.parametrize("block_bytes", [8 << 20, 700])
@pytest.mark.parametrize("batch", [1, 7, 250, 833, 5000])
def test_ranges_are_the_batches_wherever_reading_begins(bams, batch, block_bytes, monkeypatch):
    monkeypatch.setattr(reads_module, "BLOCK_BYTES", block_bytes)
    monkeypatch.setattr(split_index, "RECORDS_PER_ENTRY", 16)
    assert read_split_index(bams[0]).step == 16
    ranges = read_ranges(bams, batch)
    batches = list(iterate_reads(bams, batch))
    assert len(ranges) == len(batches)
    for parts, expected in reversed(list(zip(ranges, batches, strict=True))):
        assert same_reads(load_ranges(parts), expected)


def test_no_ranges_without_reads(bams):
    assert read_ranges([bams[2]], 10) == []


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_mates_apart_are_refused_by_one_of_the_ranges(tmp_path, batch):
    """Also where the bound of two ranges is between them."""
    names, flags = ["a", "a", "b", "b", "c", "c"], [77, 141, 77, 77, 141, 141]
    path = write_bam(tmp_path / "x.bam", names, flags)
    with pytest.raises(InputError, match=r"x\.bam: record 4: found mates that are not adjacent"):
        [load_ranges(parts) for parts in read_ranges([path], batch)]


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_last_mate_alone_is_refused_by_its_range(tmp_path, batch):
    path = write_bam(tmp_path / "x.bam", ["a", "a", "b"], [77, 141])
    with pytest.raises(InputError, match=r"record 4: found mates that are not adjacent"):
        [load_ranges(parts) for parts in read_ranges([path], batch)]


@pytest.mark.parametrize(("records", "found"), [(332, "333 reads or more"), (340, "333 reads")])
def test_file_with_another_number_of_reads_than_its_index_is_refused(bams, records, found):
    index = read_split_index(bams[1])._replace(records=records)
    write_split_index(split_index_of(bams[1]), bams[1].stat().st_size, index)
    with pytest.raises(InputError, match=rf"single\.bam: found {found}, expected {records}, as in"):
        [load_ranges(parts) for parts in read_ranges([bams[1]], 100)]


def test_no_reads_at_all(tmp_path):
    reads = load_reads([write_bam(tmp_path / "empty.bam", [], [4])])
    assert len(reads) == 0
    assert reads.ids() == []


@pytest.mark.parametrize("block_bytes", [8 << 20, 700])
def test_qualities_equal_those_of_pysam(tmp_path, block_bytes, monkeypatch):
    monkeypatch.setattr(reads_module, "BLOCK_BYTES", block_bytes)
    generator = np.random.default_rng(4)
    expected, paths = [], []
    for number in range(2):
        paths.append(tmp_path / f"{number}.bam")
        with pysam.AlignmentFile(str(paths[-1]), "wb", header={"HD": {"VN": "1.6"}}) as bam:
            for length in generator.integers(0, 300, 40).tolist():
                segment = pysam.AlignedSegment(bam.header)
                segment.query_name, segment.flag = "r", 4
                segment.query_sequence = "".join(generator.choice(list(BASES), length))
                values = generator.integers(0, 94, length)
                if length % 3:
                    segment.query_qualities_str = "".join(chr(33 + value) for value in values)
                expected += values.tolist() if length % 3 else [20] * length  # else it has none
                bam.write(segment)
    reads = load_reads(paths, with_qualities=True)
    assert reads.qualities.tolist() == expected
    part = reads.part(30, 50)
    assert part.qualities.tolist() == expected[reads.offsets[30] : reads.offsets[50]]
    assert load_reads(paths).qualities.size == 0
    assert load_reads([], with_qualities=True).qualities.size == 0


def test_fingerprint_tells_names_and_bases_apart(tmp_path):
    same = [write_bam(tmp_path / f"{i}.bam", ["a", "b"], [4]) for i in range(2)]
    other_name = write_bam(tmp_path / "name.bam", ["a", "c"], [4])
    other_bases = write_bam(tmp_path / "bases.bam", ["a", "b"], [4], seed=9)
    prints = [reads_fingerprint(load_reads([p])) for p in (*same, other_name, other_bases)]
    assert prints[0] == prints[1]
    assert len(set(prints)) == 3


def test_mates_apart_are_refused(tmp_path):
    path = write_bam(tmp_path / "x.bam", ["a", "b", "a", "b"], [77, 77, 141, 141])
    with pytest.raises(InputError, match=r"x\.bam: record 2: found mates that are not adjacent"):
        load_reads([path])


def test_last_mate_alone_is_refused(tmp_path):
    path = write_bam(tmp_path / "x.bam", ["a", "a", "b"], [77, 141])
    with pytest.raises(InputError, match="not adjacent"):
        load_reads([path])


def test_truncated_file_is_refused(bams):
    content = bams[0].read_bytes()
    for end in (len(content) - 28, len(content) // 2, 10):
        bams[0].write_bytes(content[:end])
        with pytest.raises(InputError, match="complete BAM file"):
            load_reads(bams)


def test_other_format_is_refused(tmp_path):
    path = tmp_path / "x.bam"
    path.write_bytes(b"@r\nACGT\n+\nIIII\n")
    with pytest.raises(InputError, match=r"x\.bam"):
        load_reads([path])
