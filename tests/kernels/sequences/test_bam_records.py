"""Blocks of BAM records; decoding is compared with pysam in tests/formats/test_reads.py."""

import gzip
import struct
from array import array

import numpy as np
import pysam
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.sequences.bam_records import (
    NIBBLE_OF_CHARACTER,
    encode_unmapped,
    measure_records,
)

NAME = b"read\0"


def record(bases: int, name: bytes = NAME) -> bytes:
    body = struct.pack("<iiBBHHHiiii", -1, -1, len(name), 0, 4680, 0, 4, bases, -1, -1, 0)
    body += name + bytes((bases + 1) // 2) + bytes(bases)
    return struct.pack("<i", len(body)) + body


def measured(content: bytes, most: int = 1000) -> tuple[int, int, int, int]:
    return measure_records(np.frombuffer(content, np.uint8), most)


def test_only_complete_records_are_counted():
    two = record(5) + record(0)
    assert measured(two) == (2, len(two), 5, 8)
    assert measured(two + record(7)[:-1]) == (2, len(two), 5, 8)
    assert measured(b"") == (0, 0, 0, 0)


def test_no_more_records_than_requested():
    three = record(5) + record(0) + record(3)
    assert measured(three, 2) == (2, len(three) - len(record(3)), 5, 8)
    assert measured(three, 0) == (0, 0, 0, 0)


def test_fields_that_contradict_the_record_length_are_detected():
    damaged = bytearray(record(5))
    damaged[20] = 200  # 200 bases
    assert measured(bytes(damaged))[1] == -1
    damaged = bytearray(record(5))
    damaged[12] = 0  # no name, not even its NUL
    assert measured(bytes(damaged))[1] == -1


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
    with gzip.open(path) as file:
        content = file.read()
    return bytearray(content[12 + struct.unpack_from("<i", content, 4)[0] :])


def characters(texts):
    joined = np.frombuffer("".join(texts).encode(), np.uint8)
    return joined, np.concatenate([[0], np.cumsum([len(text) for text in texts])]).astype(np.int64)


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(min_codepoint=65, max_codepoint=122), min_size=1, max_size=254),
            st.sampled_from([4, 77, 141]),
            st.text("ACGTNRYSWKMBDHV", min_size=1, max_size=9),
        ),
        max_size=6,
    ),
    st.randoms(use_true_random=False),
)
def test_encoded_records_are_those_of_pysam(tmp_path_factory, reads, random):
    rows = [
        (name, flag, bases, "".join(chr(random.randint(33, 126)) for _ in bases))
        for name, flag, bases in reads
    ]
    names, flags, bases, qualities = zip(*rows, strict=True) if rows else ([], [], [], [])
    block, starts = encode_unmapped(
        *characters(names),
        np.array(flags, np.uint16),
        characters(bases)[0],
        *characters(qualities),
        np.frombuffer(b"RGZs.u\0", np.uint8),
        NIBBLE_OF_CHARACTER,
    )
    expected = by_pysam(tmp_path_factory.mktemp("bam") / "a.bam", rows)
    assert starts[-1] == len(expected)
    for start in starts[:-1]:  # pysam leaves the bin 0
        expected[start + 14 : start + 16] = struct.pack("<H", 4680)
    assert block.tobytes() == expected
