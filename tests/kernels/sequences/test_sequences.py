"""Segments, strands and sums of sequences equal those of strings."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.sequences.sequences import (
    Sequences,
    concatenated,
    residue_sums,
    reverse_complements,
)
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
def test_segments(texts, data):
    chosen = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=6))
    bounds = [sorted(data.draw(st.tuples(*[st.integers(0, len(texts[i]))] * 2))) for i in chosen]
    first, end = (np.array([each[side] for each in bounds], np.int64) for side in (0, 1))
    segments = packed(texts).segments(np.array(chosen, np.int64), first, end)
    assert texts_of(segments) == [texts[i][a:b] for i, (a, b) in zip(chosen, bounds, strict=True)]


@given(TEXTS, TEXTS)
def test_strands_and_concatenation(texts, others):
    expected = [naive_kmers.reverse_complement(text) for text in texts]
    assert texts_of(reverse_complements(packed(texts))) == expected
    assert texts_of(concatenated(packed(texts), packed(others))) == texts + others


@given(TEXTS)
def test_sums(texts):
    values = np.array([1, 10, 100, 1000, 10000])
    sums = residue_sums(packed(texts), values)
    expected = [sum(values["ACGTN".index(letter)] for letter in text) for text in texts]
    assert sums.tolist() == expected
