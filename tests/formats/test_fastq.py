"""Full check of FASTQ files: what is accepted, what is refused, and how it is told."""

import gzip

import pytest

from readkin.errors import InputError
from readkin.formats.fastq import (
    QualityProfile,
    are_mates,
    check_qualities,
    checked_chunks,
    combined_profile,
    fragment_name,
)
from support.fastq_files import random_records, write_fastq


def read_all(path_1, path_2=None):
    return [(len(first), len(second)) for first, second in checked_chunks(path_1, path_2)]


@pytest.mark.parametrize(
    ("name_1", "name_2", "fragment"),
    [
        ("a", "a", "a"),
        ("a 1:N:0:ACGT", "a 2:N:0:ACGT", "a"),
        ("a/1", "a/2", "a"),
        ("a/1 x", "a/2 y", "a"),
        ("SRR1.5.1 5 length=9", "SRR1.5.2 5 length=9", "SRR1.5"),
        ("a_1", "a_2", "a"),
        ("a\tRX:Z:AC", "a\tRX:Z:AC", "a"),
    ],
)
def test_names_of_mates(name_1, name_2, fragment):
    assert are_mates(name_1, name_2)
    assert fragment_name(name_1.split()[0], name_2.split()[0]) == fragment


@pytest.mark.parametrize(
    ("name_1", "name_2"),
    [("a", "b"), ("read1", "read2"), ("r.11", "r.12"), ("a/2", "a/1"), ("a/1", "b/2")],
)
def test_names_of_strangers(name_1, name_2):
    assert not are_mates(name_1, name_2)


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
        assert read_all(path) == [(30, 0)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"@a\nACGT\n+\nIII\n", r"x\.fastq:\d: found Length of sequence and qualities"),
        (b"@a\nACGT\n-\nIIII\n", r"x\.fastq:\d: found .*'\+'"),
        (b">a\nACGT\n>b\nACGT\n", r"x\.fastq:\d: found .*'@'"),
        (b"\xef\xbb\xbf@a\nACGT\n+\nIIII\n", r"x\.fastq"),
        (b"@a\nACGT\n+\n", r"x\.fastq:\d: found .*"),
    ],
)
def test_damaged_records_are_refused_with_their_line(tmp_path, content, message):
    path = tmp_path / "x.fastq"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_all(path)


def test_truncated_gzip_is_refused(tmp_path):
    path = write_fastq(tmp_path / "x.fastq.gz", random_records(500, 1))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"x\.fastq\.gz.*expected a whole FASTQ file"):
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
    with pytest.raises(InputError, match=r"2\.fastq: record 7: found mate name 'other'"):
        read_all(first, second)


def test_files_shifted_by_one_record_are_refused(tmp_path):
    """Names that differ in a last digit 1 to 3 only pass in several popular tools."""
    first = write_fastq(tmp_path / "1.fastq", random_records(9, 1)[:8])
    second = write_fastq(tmp_path / "2.fastq", random_records(9, 1)[1:])
    with pytest.raises(InputError, match=r"record 1: found mate name 'r1', .*'r0'"):
        read_all(first, second)


def test_unequal_numbers_of_mates_are_refused(tmp_path):
    long = write_fastq(tmp_path / "long.fastq", random_records(9, 1))
    short = write_fastq(tmp_path / "short.fastq", random_records(7, 2))
    for pair in ((long, short), (short, long)):
        with pytest.raises(InputError, match=r"short\.fastq: found 7 records, .*long\.fastq"):
            read_all(*pair)


def test_profile_counts_lengths_and_qualities():
    import dnaio

    profile = QualityProfile()
    profile.add([dnaio.SequenceRecord("a", "ACG", "I5!"), dnaio.SequenceRecord("b", "", "")])
    profile.add([dnaio.SequenceRecord("c", "ACGTA", "IIIII")])
    assert combined_profile([profile]) == {
        "reads": 3,
        "bases": 8,
        "length_histogram": {"0": 1, "3": 1, "5": 1},
        "mean_quality_histogram": {"20": 1, "40": 1},
        "quality_by_position": {"R1": [40.0, 30.0, 20.0, 40.0, 40.0]},
    }


@pytest.mark.parametrize(
    ("quality", "message"),
    [("\x1f", "outside ! to ~"), ("hBf", "as in Phred+64")],
)
def test_other_quality_encodings_are_refused(tmp_path, quality, message):
    import dnaio

    profile = QualityProfile()
    profile.add([dnaio.SequenceRecord("a", "A" * len(quality), quality)])
    with pytest.raises(InputError, match=message.replace("+", r"\+")):
        check_qualities(tmp_path / "x.fastq", profile)


@pytest.mark.parametrize("quality", ["!", "~~~", "IIFF:,#", "@@@~"])
def test_phred_33_is_accepted(tmp_path, quality):
    import dnaio

    profile = QualityProfile()
    profile.add([dnaio.SequenceRecord("a", "A" * len(quality), quality)])
    check_qualities(tmp_path / "x.fastq", profile)
