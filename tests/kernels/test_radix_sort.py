"""Radix sort equals numpy's stable sort, also for equal and extreme keys."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as array_strategies

from readkin.kernels.radix_sort import partition, stable_argsort

KEYS = array_strategies.arrays(
    np.uint64,
    st.integers(0, 40),
    elements=st.sampled_from([0, 1, 2047, 2048, 2**63, 2**64 - 1]) | st.integers(0, 2**64 - 1),
)


@settings(max_examples=100)
@given(KEYS)
def test_equals_numpys_stable_sort(keys):
    before = keys.copy()
    np.testing.assert_array_equal(stable_argsort(keys), np.argsort(keys, kind="stable"))
    np.testing.assert_array_equal(keys, before)


@pytest.mark.parametrize("largest", [0, 1, 10, 2**11, 2**22, 2**33, 2**64 - 1])
def test_random_keys_of_any_width(largest):
    keys = np.random.default_rng(1).integers(0, largest, 5000, np.uint64, endpoint=True)
    np.testing.assert_array_equal(stable_argsort(keys), np.argsort(keys, kind="stable"))


def test_columns_sorted_from_the_least_significant_on():
    generator = np.random.default_rng(2)
    minor, major = (generator.integers(0, 9, 500, dtype=np.uint64) for _ in range(2))
    first = stable_argsort(minor)
    untouched = first.copy()
    order = stable_argsort(major, first)
    np.testing.assert_array_equal(order, np.lexsort((minor, major)))
    np.testing.assert_array_equal(first, untouched)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 4), max_size=40))
def test_partition_keeps_groups_in_order(parts):
    part_of_item = np.array(parts, np.int64)
    order, bounds = partition(part_of_item, 5)
    np.testing.assert_array_equal(order, np.argsort(part_of_item, kind="stable"))
    for part in range(5):
        assert (part_of_item[order[bounds[part] : bounds[part + 1]]] == part).all()


@pytest.mark.parametrize("part", [-1, 2])
def test_part_out_of_range_is_refused(part):
    with pytest.raises(ValueError, match=f"parts: found {part} to {part}, expected 0 to 1"):
        partition(np.array([part]), 2)


def test_keys_of_another_type_are_refused():
    with pytest.raises(TypeError, match="int64"):
        stable_argsort(np.zeros(3, np.int64))
    with pytest.raises(ValueError, match="order: found 2 indices, expected 3"):
        stable_argsort(np.zeros(3, np.uint64), np.zeros(2, np.int64))
