"""Splitting index of a BAM file: the same from the writer and from the file, in htsjdk's format."""

import gzip
import struct

import pysam
import pytest

from readkin.errors import InputError
from readkin.formats.fastq import FastqInput, checked_chunks
from readkin.formats.split_index import RECORDS_PER_ENTRY, read_split_index, split_index_of
from readkin.formats.unaligned_bam import ReadGroup, write_unaligned_bam

READS = 3000
LONG = 100_000  # bases: the record does not fit into one BGZF block


@pytest.fixture(scope="module")
def bam(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bam")
    with gzip.open(folder / "r.fq.gz", "wt") as file:
        for number in range(READS):
            length = LONG if number == 1500 else 1 + number % 300
            file.write(f"@r{number}\n{'ACGTTGCA' * length:.{length}}\n+\n{'I' * length}\n")
    group = ReadGroup("a", "b", "ILLUMINA", "a")
    reads = checked_chunks(FastqInput(folder / "r.fq.gz"))
    assert sum(write_unaligned_bam(reads, group, folder / "r.bam")) == READS
    return folder / "r.bam"


def test_each_entry_is_where_the_record_begins(bam):
    index = read_split_index(bam)
    assert (index.records, index.step, len(index.offsets)) == (READS, 1024, 3)
    with pysam.AlignmentFile(str(bam), check_sq=False) as file:
        for record in (0, 1023, 1024, 2500, 2999):
            known, offset = index.before(record)
            assert known == record // 1024 * 1024
            file.seek(offset)
            assert next(file).query_name == f"r{known}"


def test_file_without_index_has_the_same_one(bam, tmp_path):
    alone = tmp_path / "alone.bam"
    alone.write_bytes(bam.read_bytes())
    scanned, written = read_split_index(alone), read_split_index(bam)
    assert list(scanned.offsets) == list(written.offsets)
    assert scanned[:2] == written[:2]


def test_layout_is_that_of_htsjdk(bam):
    content = split_index_of(bam).read_bytes()
    size = bam.stat().st_size
    assert struct.unpack_from("<4sq", content) == (b"SBI\1", size)
    assert content[12:44] == bytes(32)
    assert struct.unpack_from("<3q", content, 44) == (READS, 1024, 4)
    entries = struct.unpack("<4q", content[68:])
    assert entries[-1] == size << 16
    assert list(entries) == sorted(entries)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda index: index[:-8], r"\.sbi: found another format"),
        (lambda index: index[:-3], r"\.sbi: found a damaged file"),
        (lambda index: b"", r"\.sbi: found a damaged file"),
        (lambda index: b"X" + index[1:], r"\.sbi: found another format"),
        (lambda index: index[:4] + b"\1" + index[5:], r"r\.bam: found \d+ bytes, expected \d+"),
    ],
)
def test_unusable_indexes_are_refused(bam, tmp_path, damage, message):
    copy = tmp_path / "r.bam"
    copy.write_bytes(bam.read_bytes())
    split_index_of(copy).write_bytes(damage(split_index_of(bam).read_bytes()))
    with pytest.raises(InputError, match=message):
        read_split_index(copy)


def test_file_that_is_no_bam_is_refused(tmp_path):
    (tmp_path / "x.bam").write_bytes(b"@r\nACGT\n+\nIIII\n")
    with pytest.raises(InputError, match=r"x\.bam: found .*, expected a complete BAM file"):
        read_split_index(tmp_path / "x.bam")


def test_file_without_records(tmp_path):
    with pysam.AlignmentFile(str(tmp_path / "x.bam"), "wb", header={"HD": {"VN": "1.6"}}):
        pass
    assert read_split_index(tmp_path / "x.bam")[:2] == (0, RECORDS_PER_ENTRY)
