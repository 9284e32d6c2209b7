"""Tetranucleotide vectors equal the naive ones."""

from collections import Counter
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from readkin.kernels.kmers.tetranucleotides import DIMENSIONS, tetranucleotide_shares
from support import naive_kmers

CANONICAL = sorted(
    {naive_kmers.canonical("".join(word)) for word in product("ACGT", repeat=4)}
)  # as bases sort like their codes, this is the order of the codes


def naive_shares(read):
    words = Counter(naive_kmers.canonical(word) for _, word in naive_kmers.kmers(read, 4))
    if not words:
        return np.zeros(DIMENSIONS), 0.0
    expected = [1 if word == naive_kmers.reverse_complement(word) else 2 for word in CANONICAL]
    departure = np.array([words[word] / words.total() for word in CANONICAL])
    departure -= np.array(expected) / 256
    norm = np.linalg.norm(departure)
    return departure / norm, norm


def test_there_are_136():
    assert len(CANONICAL) == DIMENSIONS == 136


@settings(max_examples=60)
@given(st.lists(st.text("ACGTN", max_size=60), max_size=5))
def test_equals_naive(reads):
    vectors, norms = tetranucleotide_shares(*naive_kmers.pack(reads))
    for read, vector, norm in zip(reads, vectors, norms, strict=True):
        expected, expected_norm = naive_shares(read)
        np.testing.assert_allclose(vector, expected, atol=1e-6)
        np.testing.assert_allclose(norm, expected_norm, rtol=1e-6)
