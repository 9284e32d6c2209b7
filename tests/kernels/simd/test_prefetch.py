"""Prefetching changes nothing, for any address."""

import numpy as np
import pytest
from numba import njit

from readkin.kernels.simd.prefetch import prefetch


@njit
def fetched(array, index):
    prefetch(array, index)
    return array.sum()


@pytest.mark.parametrize("index", [0, 9, 10, -1, 1 << 40])
@pytest.mark.parametrize("dtype", [np.uint64, np.int64, np.uint32])
def test_any_index_is_harmless(index, dtype):
    array = np.arange(10).astype(dtype)
    assert fetched(array, index) == 45
    assert array.tolist() == list(range(10))
    array.setflags(write=False)
    assert fetched(array, index) == 45
