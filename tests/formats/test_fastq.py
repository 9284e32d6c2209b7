"""Full check of FASTQ files: accepted files, refused files, and messages."""

import gzip
import re
from pathlib import Path

import pytest

from readkin.errors import InputError
from readkin.formats.fastq import FastqInput, Records, checked_chunks
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
