"""Parts, strands and sums of sequences equal those of strings."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.sequences.sequence_parts import (
    copied_parts,
    joined,
    reverse_complements,
    sums_of_letters,
)
from readkin.kernels.smith_waterman.alignment import Sequences
from support import naive_kmers

TEXTS = st.lists(st.text("ACGTN", max_size=12), min_size=1, max_size=6)


def packed(texts):
    codes, offsets = naive_kmers.pack(texts)
    codes.flags.writeable = False  # as arrays that ranks share
    return Sequences(codes, offsets)


def texts_of(sequences):
    letters = "".join("ACGTN"[code] for code in sequences.codes)
    bounds = sequences.offsets.tolist()
    return [letters[a:b] for a, b in pairwise(bounds)]


@given(TEXTS, st.data())
def test_parts(texts, data):
    chosen = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=6))
    places = [sorted(data.draw(st.tuples(*[st.integers(0, len(texts[i]))] * 2))) for i in chosen]
    first, end = (np.array([place[side] for place in places], np.int64) for side in (0, 1))
    parts = copied_parts(packed(texts), np.array(chosen, np.int64), first, end)
    assert texts_of(parts) == [texts[i][a:b] for i, (a, b) in zip(chosen, places, strict=True)]


@given(TEXTS, TEXTS)
def test_strands_one_behind_the_other(texts, others):
    turned = [naive_kmers.reverse_complement(text) for text in texts]
    assert texts_of(reverse_complements(packed(texts))) == turned
    assert texts_of(joined(packed(texts), packed(others))) == texts + others


@given(TEXTS)
def test_sums(texts):
    values = np.array([1, 10, 100, 1000, 10000])
    sums = sums_of_letters(packed(texts), values)
    expected = [sum(values["ACGTN".index(letter)] for letter in text) for text in texts]
    assert sums.tolist() == expected
