"""Tetranucleotides of stretches, counted word by word."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from readkin.formats.metric import canonical_words
from readkin.kernels.composition.counts import (
    known_bases,
    projected_shares,
    tetranucleotide_counts,
)
from support import naive_kmers

sequences = arrays(np.uint8, st.integers(0, 60), elements=st.integers(0, 4))


def naive_counts(text):
    words = [word.decode() for word in canonical_words()]
    counts = dict.fromkeys(words, 0)
    for i in range(len(text) - 3):
        word = text[i : i + 4]
        if "N" not in word:
            counts[naive_kmers.canonical(word)] += 1
    return [counts[word] for word in words]


@given(sequences, st.data())
def test_counts_are_those_of_the_words(bases, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(bases)), min_size=2, max_size=6)))
    starts, ends = np.array(cuts[:-1]), np.array(cuts[1:])
    counts = tetranucleotide_counts(bases, starts, ends)
    text = "".join("ACGTN"[base] for base in bases)
    expected = [naive_counts(text[a:b]) for a, b in zip(starts, ends, strict=True)]
    assert counts.tolist() == expected
    offsets = np.array([0, *cuts, len(bases)])
    parts = [text[a:b] for a, b in pairwise(offsets)]
    assert known_bases(bases, offsets).tolist() == [len(p) - p.count("N") for p in parts]


@pytest.mark.parametrize("dims", [1, 20])
def test_shares_are_projected(dims):
    rng = np.random.default_rng(1)
    counts = rng.integers(0, 50, (7, 136)).astype(np.int32)
    counts[3] = 0
    axes, origin = rng.normal(size=(136, dims)), rng.normal(size=dims)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    assert np.allclose(projected_shares(counts, axes, origin), shares @ axes - origin)
