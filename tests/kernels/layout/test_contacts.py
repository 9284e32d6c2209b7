"""Contacts of pieces."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.layout.contacts import find_contacts

ALIGNMENT = st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans(), st.booleans())


@given(st.lists(ALIGNMENT, max_size=30))
def test_contacts_count_alignments_between_pieces(alignments):
    columns = list(zip(*alignments, strict=True)) or [[]] * 4
    types = [np.int32, np.int32, bool, bool]
    of_alignments = (np.array(c, t) for c, t in zip(columns, types, strict=True))
    piece = np.array([3, 1, 0, 3, 2], np.uint32)
    found = find_contacts(piece, *of_alignments)
    every, against, unclear = Counter(), Counter(), Counter()
    for read_a, read_b, is_against, is_unclear in alignments:
        a, b = int(piece[read_a]), int(piece[read_b])
        if a != b:
            pair = min(a, b), max(a, b)
            every[pair] += 1
            against[pair] += is_against
            unclear[pair] += is_unclear and not is_against
    rows = zip(*(column.tolist() for column in found), strict=True)
    assert list(rows) == [
        (*pair, every[pair], against[pair], unclear[pair]) for pair in sorted(every)
    ]
    assert all(column.dtype == np.uint32 for column in found)
