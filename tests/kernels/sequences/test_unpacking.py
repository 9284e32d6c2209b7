"""Unpacked reads equal the reads that were packed, with their unknown bases."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.sequences.packed_sequences import unknown_runs
from support import naive_kmers
from support.packed_reads import packed_reads

READS = st.lists(st.text("ACGTN", max_size=70), min_size=1, max_size=6)


def unpacked(reads, index, first, end):
    columns = (np.array(column, np.int64) for column in (index, first, end))
    codes, offsets = packed_reads(reads).segments(*columns)
    assert (codes.dtype, offsets.dtype) == (np.uint8, np.int64)
    letters = "".join("ACGTN"[code] for code in codes)
    return [letters[start:stop] for start, stop in pairwise(offsets.tolist())]


@given(READS, st.data())
def test_segments_of_any_reads(reads, data):
    index = data.draw(st.lists(st.integers(0, len(reads) - 1), max_size=8))
    bounds = [sorted(data.draw(st.tuples(*[st.integers(0, len(reads[i]))] * 2))) for i in index]
    first, end = ([each[side] for each in bounds] for side in (0, 1))
    expected = [reads[i][a:b] for i, (a, b) in zip(index, bounds, strict=True)]
    assert unpacked(reads, index, first, end) == expected


@pytest.mark.parametrize("length", [*range(10), *range(30, 35), *range(62, 68), 100_003])
def test_whole_reads_of_every_length(length):
    generator = np.random.default_rng(length)
    letters = np.array(list("ACGTN"))
    reads = ["".join(generator.choice(letters, size)) for size in (length, 3, length)]
    found = unpacked(reads, [2, 0, 1], [0, 0, 0], [length, length, 3])
    assert found == [reads[2], reads[0], reads[1]]


@given(READS)
def test_runs_are_those_of_the_letters(reads):
    runs = unknown_runs(*naive_kmers.pack(reads))
    expected = [
        (number, start, stop) for number, read in enumerate(reads) for start, stop in runs_of(read)
    ]
    assert list(zip(*(column.tolist() for column in runs), strict=True)) == expected
    assert [column.dtype for column in runs] == [np.uint64, np.uint32, np.uint32]


def runs_of(read):
    """Yield first and end of each run of N."""
    start = None
    for position, letter in enumerate(read + "A"):
        if letter == "N" and start is None:
            start = position
        elif letter != "N" and start is not None:
            yield start, position
            start = None
