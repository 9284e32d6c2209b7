"""Full check of FASTQ files: accepted files, refused files, and messages."""

import bz2
import gzip
import lzma
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readkin.errors import InputError
from readkin.formats.fastq import (
    FastqInput,
    Records,
    checked_chunks,
    interleaved_fastq,
    read_records,
)
from readkin.formats.quality_profile import QualityProfile, combined_profile
from support.fastq_files import random_records, write_fastq


def read_all(path_1, path_2=None):
    return [tuple(map(len, mates)) for mates in checked_chunks(FastqInput(path_1, path_2))]


def records_of(*records):
    return Records(Path("x.fastq"), 1, 1, *map(list, zip(*records, strict=True)))


def test_accepts_crlf_missing_last_newline_many_gzip_members(tmp_path):
    records = random_records(30, 1)
    crlf = write_fastq(tmp_path / "crlf.fastq", records, "\r\n")
    cut = write_fastq(tmp_path / "cut.fastq", records)
    cut.write_bytes(cut.read_bytes()[:-1])
    members = tmp_path / "members.fastq.gz"
    half = [
        write_fastq(tmp_path / "h.fastq.gz", part).read_bytes()
        for part in (records[:10], records[10:])
    ]
    members.write_bytes(b"".join(half))
    for path in (crlf, cut, members):
        assert read_all(path) == [(30,)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"@a\nACGT\n+\nIII\n", "record 1 (line 4): found 4 bases, but 3 qualities"),
        (b"@a\nACGT\n-\nIIII\n", 'record 1 (line 3): found "-", expected a +'),
        (b">a\nACGT\n>b\nACGT\n", "x.fastq: found FASTA (line 1 starts with >)"),
        (b"\xef\xbb\xbf@a\nACGT\n+\nIIII\n", "x.fastq: found a byte-order mark before line 1"),
        (b"@a\nACGT\n+\n", "record 1 (line 3): found the end of the file"),
    ],
)
def test_damaged_records_are_refused_with_their_line(tmp_path, content, message):
    path = tmp_path / "x.fastq"
    path.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(message)):
        read_all(path)


def test_truncated_gzip_is_refused(tmp_path):
    path = write_fastq(tmp_path / "x.fastq.gz", random_records(500, 1))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"x\.fastq\.gz.*expected a complete FASTQ file"):
        read_all(path)


def test_damaged_gzip_is_refused(tmp_path):
    path = write_fastq(tmp_path / "x.fastq.gz", random_records(500, 1))
    content = bytearray(path.read_bytes())
    content[-6] ^= 0xFF  # the checksum
    path.write_bytes(bytes(content))
    with pytest.raises(InputError, match=r"x\.fastq\.gz"):
        read_all(path)


def test_text_under_a_gzip_name_is_refused_or_read_as_text(tmp_path):
    path = tmp_path / "x.fastq.gz"
    path.write_bytes(gzip.compress(b"hello\n"))
    with pytest.raises(InputError, match=r"x\.fastq\.gz"):
        read_all(path)


def test_mates_with_other_names_are_refused_with_their_record(tmp_path):
    first = write_fastq(tmp_path / "1.fastq", random_records(9, 1))
    second_records = random_records(9, 2)
    second_records[6] = ("other", *second_records[6][1:])
    second = write_fastq(tmp_path / "2.fastq", second_records)
    message = (
        r"record 7 \(line 25\): found 'other', names of different pairs, expected mate 2 of 'r6';"
    )
    with pytest.raises(InputError, match=rf"2\.fastq: {message}"):
        read_all(first, second)


def test_files_shifted_by_one_record_are_refused(tmp_path):
    """Several popular tools accept names that differ only in a last digit from 1 to 3."""
    first = write_fastq(tmp_path / "1.fastq", random_records(9, 1)[:8])
    second = write_fastq(tmp_path / "2.fastq", random_records(9, 1)[1:])
    with pytest.raises(InputError, match=r"record 1 \(line 1\): found 'r1', .* mate 2 of 'r0'"):
        read_all(first, second)


def test_unequal_numbers_of_mates_are_refused(tmp_path):
    long = write_fastq(tmp_path / "long.fastq", random_records(9, 1))
    short = write_fastq(tmp_path / "short.fastq", random_records(7, 2))
    for pair in ((long, short), (short, long)):
        with pytest.raises(InputError, match=r"short\.fastq: found 7 records, .*long\.fastq"):
            read_all(*pair)


def test_profile_counts_lengths_and_qualities():
    profile = QualityProfile()
    profile.add(records_of(("a", "ACG", "I5!"), ("b", "", "")))
    profile.add(records_of(("c", "ACGTA", "IIIII")))
    assert combined_profile([profile]) == {
        "reads": 3,
        "bases": 8,
        "length_histogram": {"0": 1, "3": 1, "5": 1},
        "mean_quality_histogram": {"20": 1, "40": 1},
        "quality_by_position": {"R1": [40.0, 30.0, 20.0, 40.0, 40.0]},
    }


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_text_behind_compressed_data_is_not_ignored(tmp_path, compress):
    """The readers of bz2 and lzma would end there without a word."""
    record = b"@a\nACGT\n+\nIIII\n"
    path = tmp_path / "x.fastq.gz"
    path.write_bytes(compress(record) + record)
    with pytest.raises(InputError, match=r"x\.fastq\.gz: after record \d+: found corrupt"):
        read_all(path)
    path.write_bytes(compress(record) + bytes(1 << 20) + compress(record) + bytes(512))
    assert read_all(path) == [(2,)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(gzip.compress(b"@a\n")), "found gzip data within the compressed data"),
        (b"\x28\xb5\x2f\xfd\0\0", "found Zstandard data, expected text, plain or compressed"),
        (
            b"NCBI.sra\0\0",
            "found an SRA file, expected text, plain or compressed with gzip, bzip2 or xz; convert",
        ),
        (b"PK\x03\x04\0\0", "found a zip or Excel file"),
        (gzip.compress(b"BAM\1"), "found a BAM file, expected FASTQ"),
        (b"@HD\tVN:1.6\n@SQ\tSN:a\tLN:9\n", "found a SAM file"),
        (b"@a\rACGT\r+\rIIII\r", "found line ends of old Mac text (CR)"),
        (b"hello\n", 'found "hello" in line 1, expected FASTQ'),
        (b"\n@a\nACGT\n+\nIIII\n", "found a blank line in line 1, expected FASTQ"),
        (b"\n@" + b"a" * (3 << 20), "found a blank line in line 1, expected FASTQ"),
    ],
)
def test_other_formats_are_named(tmp_path, content, message):
    path = tmp_path / "x.fastq"
    path.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(f"{path}: {message}")):
        read_all(path)


def test_only_blank_lines_may_follow_the_last_record(tmp_path):
    path = tmp_path / "x.fastq"
    record = b"@a\nACGT\n+\nIIII\n"
    for tail in (b"\n", b"\r\n", b"\n" * 11, b" \n\t\n\n", b"\n" * (3 << 20)):
        path.write_bytes(2 * record + tail)
        assert read_all(path) == [(2,)]
        path.write_bytes(2 * record + tail + record)
        message = f"{path}: record 3 (line 9): found a blank line, expected records of four lines"
        with pytest.raises(InputError, match=re.escape(message)):
            read_all(path)


def test_an_unterminated_empty_line_is_no_line(tmp_path):
    path = tmp_path / "x.fastq"
    path.write_bytes(b"@a\n\n+\n\n")
    assert read_all(path) == [(1,)]
    path.write_bytes(b"@a\n\n+\n")
    with pytest.raises(InputError, match=r"record 1 \(line 3\): found the end of the file"):
        read_all(path)


def test_mates_are_aligned_though_one_file_has_longer_records(tmp_path):
    first = write_fastq(tmp_path / "1.fastq", random_records(3000, 1, 50, " 1:N:0:AC"))
    second = write_fastq(tmp_path / "2.fastq.gz", random_records(3000, 2, 900, " 2:N:0:AC"))
    number = 0
    for mates_1, mates_2 in checked_chunks(FastqInput(first, second)):
        assert mates_1.headers[0].startswith(f"r{number} ")
        assert mates_2.where(0) == f"{second}: record {number + 1} (line {4 * number + 1})"
        assert len(mates_1) == len(mates_2)
        number += len(mates_1)
    assert number == 3000


def test_interleaved_mates(tmp_path):
    records = [(f"r{i // 2}/{1 + i % 2}", "ACGT", "IIII") for i in range(60_000)]
    path = write_fastq(tmp_path / "x.fastq", records)
    number = 0
    for mates_1, mates_2 in checked_chunks(FastqInput(path, is_interleaved=True)):
        assert mates_1.headers == [f"r{number + i}/1" for i in range(len(mates_1))]
        assert mates_2.where(1, 2) == f"{path}: record {2 * number + 4} (line {8 * number + 15})"
        number += len(mates_2)
    assert number == 30_000


def test_canonical_form(tmp_path):
    path = tmp_path / "x.fastq"
    path.write_bytes(b"@ab\tc \xc3\xa9\x01\nacgtn.RY\n+ab d\n!~IIIIII\n")
    ((records,),) = checked_chunks(FastqInput(path))
    assert (records.headers, records.bases) == (["ab c ???"], ["ACGTNNRY"])
    assert interleaved_fastq((records,)) == b"@ab c ???\nACGTNNRY\n+\n!~IIIIII\n"


def outcome(path, group):
    """All records of a file, or the message of the error."""
    try:
        chunks = list(read_records(path, group))
    except InputError as error:
        return str(error)
    assert all(len(records) % group == 0 for records in chunks[:-1])
    columns = ("headers", "bases", "qualities")
    return [[line for part in chunks for line in getattr(part, name)] for name in columns]


RECORDS = [b"@a\nACGT\n+\nIIII\n", b"@b\n\n+\n\n"]
PIECES = [*RECORDS, b"@", b"\n", b"\r\n", b"\r", b"ACGT", b"+", b" ", b"\0"]


@given(
    pieces=st.lists(st.sampled_from(PIECES + 4 * RECORDS), max_size=12),
    block=st.integers(6, 40),
    text=st.integers(1, 40),
    group=st.sampled_from([1, 2]),
    compress=st.sampled_from([bytes, gzip.compress]),
)
def test_sizes_of_blocks_do_not_matter(tmp_path_factory, pieces, block, text, group, compress):
    path = tmp_path_factory.getbasetemp() / "blocks.fastq"
    path.write_bytes(compress(b"".join(pieces)))
    expected = outcome(path, group)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("readkin.formats.fastq.BLOCK_BYTES", block)
        patch.setattr("readkin.formats.fastq.TEXT_BYTES", text)
        assert outcome(path, group) == expected
