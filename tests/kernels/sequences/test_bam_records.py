"""Blocks of BAM records; decoding is compared with pysam in tests/formats/test_reads.py."""

import struct

import numpy as np

from readkin.kernels.sequences.bam_records import measure_records

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
