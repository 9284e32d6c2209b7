"""Indices by falling rank equal those of a stable sort."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.layout import best_first as module
from readkin.kernels.layout.best_first import best_first

RANK = st.sampled_from([-np.inf, -3e7, -2.5, -0.0, 0.0, 1e-40, 0.5, 1, 1.5, 150, 3e7, np.inf])


@pytest.mark.parametrize("limit", [module.MOST_PACKED, -1])
@given(ranks=st.lists(st.tuples(RANK, st.booleans()), max_size=30))
def test_equals_a_stable_sort(limit, ranks):
    rank = np.array([one for one, _ in ranks], np.float32)
    chosen = np.flatnonzero([is_chosen for _, is_chosen in ranks]).astype(np.int64)
    expected = sorted(chosen.tolist(), key=lambda index: -float(rank[index]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_PACKED", limit)
        found = best_first(chosen, rank)
    assert found.tolist() == expected
    assert found.dtype == np.int64
