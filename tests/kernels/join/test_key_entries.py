"""Entries return the packed values; values that do not fit are rejected."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.join.key_entries import (
    CAPPED,
    FREE_BITS,
    LAST,
    backward_position,
    canonical_position,
    forward_position,
    layout_for,
    pack_entries,
    read_of,
)


def pack(read, position, is_reverse, length, layout):
    return pack_entries(
        np.array([read], np.uint64),
        np.array([2 * position + is_reverse], np.uint32),
        np.array([length], np.uint32),
        layout,
    )[0]


@given(st.data())
def test_entries_return_the_packed_values_for_any_flags(data):
    k = data.draw(st.integers(1, 31))
    length = data.draw(st.integers(k, 10_000))
    longest = data.draw(st.integers(length, 20_000))
    n_reads = data.draw(st.integers(1, 2**33))
    read = data.draw(st.integers(0, n_reads - 1))
    position = data.draw(st.integers(0, length - k))
    is_reverse = data.draw(st.integers(0, 1))
    layout = layout_for(n_reads, longest, k)
    entry = pack(read, position, is_reverse, length, layout)
    assert not entry & (LAST | CAPPED)
    for flagged in (entry, entry | LAST, entry | CAPPED, entry | LAST | CAPPED):
        assert read_of(flagged, layout) == read
        assert forward_position(flagged, layout) == position
        assert backward_position(flagged, layout) == length - k - position
        expected = length - k - position if is_reverse else position
        assert canonical_position(flagged, layout) == expected
        assert int(flagged) & 1 == is_reverse


def test_long_reads_with_numbers_beyond_32_bits():
    n_reads, length, k = 2**33, 10_000, 16
    layout = layout_for(n_reads, length, k)
    for read in (0, 2**32, 2**32 + 1, n_reads - 1):
        for position in (0, length - k):
            entry = pack(read, position, 1, length, layout)
            assert read_of(entry, layout) == read
            assert forward_position(entry, layout) == position
            assert backward_position(entry, layout) == length - k - position


def test_entries_are_in_the_order_of_their_reads():
    layout = layout_for(100, 50, 5)
    entries = [pack(read, position, 0, 50, layout) for read in (3, 4, 99) for position in (0, 45)]
    assert entries == sorted(entries)


def test_too_many_reads_for_their_length_are_rejected():
    longest = 10_000 + 15  # positions up to 9999 need 14 bits
    n_reads = 2 ** (FREE_BITS - 2 * 14)
    layout_for(n_reads, longest, 16)
    message = r"8589934593 reads of up to 10015 bases \(entries of 62 bits, limit 61\)"
    with pytest.raises(OverflowError, match=message):
        layout_for(n_reads + 1, longest, 16)


@pytest.mark.parametrize(
    ("read", "position", "length"),
    [
        (1, 25, 40),  # ends beyond its read
        (1, 2**20, 40),
        (0, 0, 15),  # shorter than a key
        (1, 0, 17 + 64),  # longer than the layout's reads
        (2**50, 0, 40),
    ],
)
def test_values_that_do_not_fit_are_rejected(read, position, length):
    layout = layout_for(2, 17 + 63, 17)
    with pytest.raises(OverflowError, match="does not fit into"):
        pack(read, position, 0, length, layout)
    assert read_of(pack(1, 23, 0, 40, layout), layout) == 1


def test_the_last_read_number_fits_and_the_next_does_not():
    layout = layout_for(2**20, 80, 17)
    last = 2 ** (FREE_BITS - 2 * int(layout.position_bits)) - 1
    assert read_of(pack(last, 0, 0, 80, layout), layout) == last
    with pytest.raises(OverflowError):
        pack(last + 1, 0, 0, 80, layout)
