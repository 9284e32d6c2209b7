"""Reading in ranges: any positions give the bytes of the object, and no range is read twice."""

import io
import random
import threading

import pytest

from readkin.objects.failures import ObjectError
from readkin.objects.reader import RangeReader

CONTENT = bytes(random.Random(1).randbytes(10_007))


class Ranges:
    """Content as ranges; notes which were read."""

    def __init__(self) -> None:
        self.read: list[tuple[int, int]] = []
        self.broken_from = len(CONTENT) + 1

    def __call__(self, first: int, end: int, stopped: threading.Event) -> bytes:
        self.read.append((first, end))
        if end > self.broken_from:
            raise ObjectError("s3://b/k", "nothing", "something", "try")
        return CONTENT[first:end]


def test_a_stream_reads_each_range_once():
    ranges = Ranges()
    with io.BufferedReader(RangeReader(ranges, len(CONTENT), 1000, ahead=4), 100) as file:
        assert file.read() == CONTENT
    assert sorted(ranges.read) == [(n, min(n + 1000, 10_007)) for n in range(0, 10_007, 1000)]


def test_any_positions():
    chance = random.Random(2)
    with io.BufferedReader(RangeReader(Ranges(), len(CONTENT), 700, ahead=2), 64) as file:
        for _ in range(300):
            position, length = chance.randrange(11_000), chance.randrange(2000)
            assert file.seek(position) == position
            assert file.read(length) == CONTENT[position : position + length]
        assert file.seek(-5, io.SEEK_END) == len(CONTENT) - 5
        assert file.read() == CONTENT[-5:]


def test_an_empty_object_needs_no_range():
    ranges = Ranges()
    with io.BufferedReader(RangeReader(ranges, 0)) as file:
        assert file.read() == b""
    assert ranges.read == []


def test_a_failure_is_raised_where_the_reader_reaches_it():
    ranges = Ranges()
    ranges.broken_from = 3000
    with io.BufferedReader(RangeReader(ranges, len(CONTENT), 1000, ahead=4), 100) as file:
        assert file.read(3000) == CONTENT[:3000]
        with pytest.raises(ObjectError):
            file.read(1)


def test_closing_ends_the_tries():
    started, stopped = threading.Event(), threading.Event()

    def read_range(first: int, end: int, is_closing: threading.Event) -> bytes:
        if first:
            started.set()
            is_closing.wait(60)
            stopped.set()
        return CONTENT[first:end]

    file = io.BufferedReader(RangeReader(read_range, len(CONTENT), 1000, ahead=1), 100)
    assert file.read(10) == CONTENT[:10]
    assert started.wait(10)
    file.close()
    assert stopped.wait(10)
