"""Rivals equal those found by comparing all bundles of a piece."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.layout.rivals import BOTH_BP, have_rivals

PIECE, LOW, LENGTH = st.integers(0, 2), st.integers(-500, 500), st.integers(1, 400)
BUNDLE = st.tuples(PIECE, LOW, LENGTH, st.integers(0, 9), st.integers(0, 60))


@given(st.lists(BUNDLE, max_size=14), st.sampled_from([0.0, 0.25, 1.0]))
def test_rivals_of_each_piece(bundles, share):
    bundles = sorted(bundles)
    piece, low, length, links, slack = np.array(bundles, np.int64).reshape(-1, 5).T
    high = low + length
    bounds = np.searchsorted(piece, range(4))
    found = have_rivals(bounds, low.copy(), high, links.copy(), slack.copy(), share)
    for u in range(len(bundles)):
        against = sum(
            links[v]
            for v in range(len(bundles))
            if v != u
            and piece[v] == piece[u]
            and min(high[u], high[v]) - max(low[u], low[v]) >= BOTH_BP + slack[u] + slack[v]
        )
        assert found[u] == (against > share * links[u])
