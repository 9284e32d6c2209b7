"""Windows of clusters and their votes: against cutting and counting by hand."""

from collections import Counter
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.clusters.naming import BestHitsOfWindows, name_rows
from readkin.clusters.windows import SHORTEST_BP, WINDOW_BP, windows_of_clusters
from support.some_pieces import some_pieces


def pieces_with(spans):
    consensus = np.arange(sum(spans)) % 4
    return some_pieces(span=np.array(spans, np.uint32), consensus=consensus.astype(np.uint8))


PIECE = st.tuples(st.sampled_from([0, 299, 300, 1000, 1001, 2500]), st.integers(0, 2))


@given(st.lists(PIECE, max_size=6), st.integers(1, 5))
def test_windows_cover_the_pieces_once(rows, most):
    pieces = pieces_with([span for span, _ in rows])
    cluster = np.array([number for _, number in rows], np.int64)
    everything = windows_of_clusters(pieces, cluster, 10**6)
    for piece, (span, number) in enumerate(rows):
        own = everything.piece == piece
        bounds = sorted(zip(everything.first[own], everything.end[own], strict=True))
        if number and span >= SHORTEST_BP:
            assert bounds[0][0] == 0
            assert bounds[-1][1] == span
            assert all(a[1] == b[0] for a, b in pairwise(bounds))
            assert all(end - first <= WINDOW_BP for first, end in bounds)
            assert set(everything.cluster[own]) == {number}
        else:
            assert bounds == []
    some = windows_of_clusters(pieces, cluster, most)
    before, after = (Counter(w.cluster.tolist()) for w in (everything, some))
    assert after == {number: min(count, most) for number, count in before.items()}
    sequences = some.sequences(pieces)
    assert (np.diff(sequences.offsets) == some.end - some.first).all()


def test_votes_by_hand():
    hits = BestHitsOfWindows(
        cluster=np.array([1, 1, 1, 1, 1, 3, 3]),
        target=np.array([2, 0, 2, 0, 1, 1, 1]),
        matches=np.array([90, 99, 90, 99, 100, 50, 70]),
        columns=np.array([100, 100, 100, 100, 100, 100, 100]),
    )
    first, second, third = name_rows(hits, np.array([6, 4, 2]), ["a", "b", "c"], ["x", "y", "z"])
    assert first == {
        "cluster": 1,
        "name": "a",
        "windows": 6,
        "hit": "x",
        "hit_windows": 2,
        "hit_identity": 0.99,
        "second_hit": "z",
        "second_hit_windows": 2,
        "second_hit_identity": 0.9,
    }
    assert second == {"cluster": 2, "name": "b", "windows": 4}
    assert (third["hit"], third["hit_identity"]) == ("y", 0.6)
