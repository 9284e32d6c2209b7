"""Vector functions against NumPy, lane by lane, for all widths of lanes."""

import numpy as np
import pytest
from numba import njit

from readkin.kernels.simd import vectors as simd
from readkin.kernels.simd.vectors import VECTOR_BYTES, aligned_zeros, lane_count

DTYPES = [np.uint8, np.uint16, np.uint32]


@njit
def combined(left, right, index, results):
    """Write the result of each function of two vectors to a row of `results`."""
    one, other = simd.load(left, index), simd.load(right, index)
    lanes = VECTOR_BYTES // left.itemsize
    simd.store(results, 0, simd.add(one, other))
    simd.store(results, lanes, simd.subtract(one, other))
    simd.store(results, 2 * lanes, simd.maximum(one, other))
    simd.store(results, 3 * lanes, simd.choose_equal(one, other, simd.splat(left, 300), one))
    simd.store(results, 4 * lanes, simd.splat(left, -2))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("index", [0, 1, 5])
def test_lanes_wrap_around_as_unsigned_numbers(dtype, index):
    lanes = lane_count(dtype)
    rng = np.random.default_rng(index)
    left, right = rng.integers(0, np.iinfo(dtype).max, (2, lanes + 8), dtype=dtype, endpoint=True)
    right[::3] = left[::3]
    left[2], right[2] = 0, np.iinfo(dtype).max
    results = aligned_zeros(5 * lanes, dtype)
    combined(left, right, index, results)
    one, other = left[index : index + lanes], right[index : index + lanes]
    every = np.full(lanes, -2, np.int64).astype(dtype)
    chosen = np.where(one == other, np.int64(300).astype(dtype), one)
    expected = [one + other, one - other, np.maximum(one, other), chosen, every]
    np.testing.assert_array_equal(results.reshape(5, lanes), expected)


@njit
def bitwise(left, right, bits, results):
    one, other = simd.load(left, 0), simd.load(right, 0)
    lanes = VECTOR_BYTES // left.itemsize
    simd.store(results, 0, simd.minimum(one, other))
    simd.store(results, lanes, simd.both_bits(one, other))
    simd.store(results, 2 * lanes, simd.any_bits(one, other))
    simd.store(results, 3 * lanes, simd.unequal_bits(one, other))
    simd.store(results, 4 * lanes, simd.shift_left(one, bits))
    simd.store(results, 5 * lanes, simd.shift_right(one, bits))
    simd.store(results, 6 * lanes, simd.count_ones(one))
    return simd.total(simd.count_ones(one))


@pytest.mark.parametrize("dtype", [*DTYPES, np.uint64])
def test_bits_of_lanes(dtype):
    lanes = lane_count(dtype)
    rng = np.random.default_rng(8)
    left, right = rng.integers(0, np.iinfo(dtype).max, (2, lanes), dtype=dtype, endpoint=True)
    results = aligned_zeros(7 * lanes, dtype)
    for bits in (0, 1, np.iinfo(dtype).bits - 1):
        ones = (
            np.bitwise_count(left)
            if hasattr(np, "bitwise_count")
            else np.array([int(number).bit_count() for number in left], dtype)
        )
        assert bitwise(left, right, bits, results) == ones.sum(dtype=dtype)
        shift = dtype(bits)
        expected = [
            np.minimum(left, right),
            left & right,
            left | right,
            left ^ right,
            left << shift,
            left >> shift,
            ones,
        ]
        np.testing.assert_array_equal(results.reshape(7, lanes), expected)


@njit
def stored_shorts(words, shorts):
    simd.store(shorts, 0, simd.as_shorts(simd.load(words, 0)))


def test_shorts_are_the_same_bits():
    words = np.random.default_rng(2).integers(0, 2**63, lane_count(np.uint64), np.uint64)
    shorts = aligned_zeros(lane_count(np.uint16), np.uint16)
    stored_shorts(words, shorts)
    np.testing.assert_array_equal(shorts.view(np.uint64), words)


@njit
def stored_ones(results, first, end):
    simd.store(results, 0, simd.ones_between(results, first, end))


@pytest.mark.parametrize("dtype", [*DTYPES, np.uint64])
def test_ones_between_two_positions(dtype):
    n_bits = 8 * VECTOR_BYTES
    results = aligned_zeros(lane_count(dtype), dtype)
    positions = [-1000, -1, 0, 1, 7, 8, 63, 64, 65, 130, n_bits - 1, n_bits, n_bits + 1, 10_000]
    for first in positions:
        for end in positions:
            stored_ones(results, first, end)
            found = np.unpackbits(results.view(np.uint8), bitorder="little")
            wanted = [first <= bit < end for bit in range(n_bits)]
            np.testing.assert_array_equal(found, wanted)


@njit
def found_in(table, start, index, results):
    simd.store(results, 0, simd.look_up(table, start, simd.load(index, 0)))


@pytest.mark.parametrize("start", [0, 2 * VECTOR_BYTES])
def test_look_up_finds_every_entry(start):
    entries = np.random.default_rng(start).permutation(256)[:32].astype(np.uint8)
    table = np.zeros(4 * VECTOR_BYTES, np.uint8)
    table[start : start + VECTOR_BYTES] = np.resize(entries[:16], VECTOR_BYTES)
    table[start + VECTOR_BYTES :][:VECTOR_BYTES] = np.resize(entries[16:], VECTOR_BYTES)
    index = np.random.default_rng(1).permutation(np.resize(np.arange(32), VECTOR_BYTES))
    results = aligned_zeros(VECTOR_BYTES, np.uint8)
    found_in(table, start, index.astype(np.uint8), results)
    np.testing.assert_array_equal(results, entries[index])


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_vector_fills_the_register(dtype):
    assert lane_count(dtype) * np.dtype(dtype).itemsize == VECTOR_BYTES
    zeros = aligned_zeros(3 * lane_count(dtype) + 1, dtype)
    assert zeros.ctypes.data % VECTOR_BYTES == 0
    assert zeros.dtype == dtype
    assert zeros.size == 3 * lane_count(dtype) + 1
    assert not zeros.any()
