"""Contacts of pieces, and reads that follow their mates."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.pieces.contacts import find_contacts
from readkin.pieces.layout import reads_that_follow
from readkin.pieces.shared import ReadCounts

ALIGNMENT = st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans(), st.booleans())


@given(st.lists(ALIGNMENT, max_size=30))
def test_contacts_count_alignments_between_pieces(alignments):
    columns = list(zip(*alignments, strict=True)) or [[]] * 4
    types = [np.uint32, np.uint32, bool, bool]
    found = find_contacts(*(np.array(c, t) for c, t in zip(columns, types, strict=True)))
    every, against, unclear = Counter(), Counter(), Counter()
    for a, b, is_against, is_unclear in alignments:
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


def test_which_reads_follow_their_mates():
    # mates: (0, 1) to (8, 9); read 10 is single
    mate = np.append(np.arange(10) ^ 1, 10)
    name = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9])
    is_shared = np.zeros(11, bool)
    is_shared[[0, 2, 3]] = True
    against, ambiguous = np.zeros(11, int), np.zeros(11, int)
    ambiguous[[4, 6, 8, 10]] = 3
    against[[5, 9]] = 2
    follows = reads_that_follow(name, is_shared, ReadCounts(ambiguous, against, ambiguous), mate)
    # 0: shared, 1 is not; 2 and 3: both shared; 4: by chance, 5 is placed; 6: 7 is not placed
    # either; 8: in the piece of 9; 10: no mate
    assert np.flatnonzero(follows).tolist() == [0, 4]
