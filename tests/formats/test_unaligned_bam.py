"""Unaligned BAM: the records are those of pysam; the unit of a file."""

import gzip
import struct
from array import array
from pathlib import Path

import pysam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readkin.errors import InputError
from readkin.formats.fastq import Records
from readkin.formats.unaligned_bam import ReadGroup, UnitName, unit_of_bam, write_unaligned_bam

GROUP = ReadGroup("s", "u", "ILLUMINA", "s")


def bam_with(path: Path, *groups: dict[str, str]) -> Path:
    """Write a BAM without reads that has these read groups."""
    header = {"HD": {"VN": "1.6"}, "RG": list(groups)}
    with pysam.AlignmentFile(str(path), "wb", header=header):
        return path


def test_unit_is_that_of_the_read_group(tmp_path):
    bam = bam_with(tmp_path / "a.bam", {"ID": "-RT.-l1", "SM": "-RT"})
    assert unit_of_bam(bam) == UnitName("-RT", "-l1")


@pytest.mark.parametrize(
    ("groups", "found"),
    [
        ([], "0 read groups"),
        ([{"ID": "s.a", "SM": "s"}, {"ID": "s.b", "SM": "s"}], "2 read groups"),
        ([{"ID": "a", "SM": "s"}], "the read group a"),
        ([{"ID": "a"}], "the read group a"),
    ],
)
def test_other_files_are_refused(tmp_path, groups, found):
    with pytest.raises(InputError, match=f"found {found}, expected one read group"):
        unit_of_bam(bam_with(tmp_path / "a.bam", *groups))


def by_pysam(path, rows):
    """Return the uncompressed records as pysam writes them."""
    header = pysam.AlignmentHeader.from_dict({"RG": [{"ID": "s.u"}]})
    with pysam.AlignmentFile(str(path), "wb", header=header) as bam:
        for name, flag, bases, qualities in rows:
            segment = pysam.AlignedSegment(header)
            segment.query_name, segment.flag, segment.query_sequence = name, flag, bases
            segment.query_qualities = array("B", [ord(character) - 33 for character in qualities])
            segment.set_tag("RG", "s.u")
            bam.write(segment)
    return uncompressed_records(path)


def uncompressed_records(path):
    with gzip.open(path) as file:
        content = file.read()
    return bytearray(content[12 + struct.unpack_from("<i", content, 4)[0] :])


def records(rows):
    return Records(Path("x.fastq"), 1, 1, *map(list, zip(*rows, strict=True)))


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(min_codepoint=65, max_codepoint=122), min_size=1, max_size=254),
            st.text("ACGTNRYSWKMBDHV", min_size=1, max_size=9),
        ),
        max_size=6,
    ),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_records_are_those_of_pysam(tmp_path_factory, reads, are_mates, random):
    folder = tmp_path_factory.mktemp("bam")
    reads = [
        (name, bases, "".join(chr(random.randint(33, 126)) for _ in bases)) for name, bases in reads
    ]
    mates = [reads, [(name, bases[::-1], text) for name, bases, text in reads]][: 1 + are_mates]
    flags = (77, 141) if are_mates else (4,)
    path = folder / "written.bam"
    written = write_unaligned_bam([tuple(map(records, mates))] if reads else [], GROUP, path)
    assert sum(written) == len(reads) * len(mates)
    rows = [
        (name, flag, bases, qualities)
        for pair in zip(*mates, strict=True)
        for flag, (name, bases, qualities) in zip(flags, pair, strict=True)
    ]
    expected = by_pysam(folder / "expected.bam", rows)
    at = 0
    while at < len(expected):
        expected[at + 14 : at + 16] = struct.pack("<H", 4680)  # pysam leaves the bin 0
        at += 4 + struct.unpack_from("<i", expected, at)[0]
    assert uncompressed_records(path) == expected
