"""Words of k-mers equal the naive ones on both strands; similar k-mers have similar words."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readkin.kernels.kmers.lsh_words import (
    COMPLEX_OF_BASE,
    SCALE,
    mean_vectors,
    random_planes,
    words_of_reads,
)
from support import naive_kmers

BITS = 20


def naive_word(kmer, planes):
    """Return the word of one k-mer from its products with the planes, base by base."""
    table, offsets = planes
    bases = [naive_kmers.BASES.index(base) for base in kmer]
    sums = sum(table[position, base].astype(int) for position, base in enumerate(bases))
    return sum(int(sums[bit] > offsets[bit]) << bit for bit in range(BITS))


def naive_words(read, planes, k):
    return [
        min(naive_word(kmer, planes), naive_word(naive_kmers.reverse_complement(kmer), planes))
        for _, kmer in naive_kmers.kmers(read, k)
    ]


@pytest.mark.parametrize("k", [3, 9, 15])
def test_random_reads_equal_naive(k):
    generator = np.random.default_rng(k)
    reads = ["".join(generator.choice(list("ACGTN"), n, p=[0.24] * 4 + [0.04])) for n in (0, 2, 70)]
    planes = random_planes(k, BITS, seed=1)
    words, starts = words_of_reads(naive_kmers.pack(reads), planes)
    for read, first, end in zip(reads, starts[:-1], starts[1:], strict=True):
        assert words[first:end].tolist() == naive_words(read, planes, k)


@settings(max_examples=40)
@given(st.text("ACGTN", max_size=50))
def test_other_strand_has_the_same_words(read):
    planes = random_planes(7, BITS, seed=2)
    own, _ = words_of_reads(naive_kmers.pack([read]), planes)
    other, _ = words_of_reads(naive_kmers.pack([naive_kmers.reverse_complement(read)]), planes)
    assert own.tolist() == other.tolist()[::-1]


def test_planes_go_through_k_random_kmers():
    k = 11
    table, offsets = random_planes(k, 3, seed=5)
    generator = np.random.default_rng(5)
    for plane in range(3):
        kmers = generator.integers(0, 4, (k, k))
        sums = table[np.arange(k), kmers, plane].sum(axis=1)
        np.testing.assert_allclose(sums, offsets[plane], atol=k)  # due to rounding
        assert np.abs(table[:, :, plane]).max() > SCALE // 2


def test_complements_are_negatives():
    assert (COMPLEX_OF_BASE[::-1] == -COMPLEX_OF_BASE).all()


def test_kmers_with_one_error_share_more_bits_than_unrelated_ones():
    generator = np.random.default_rng(6)
    table, offsets = random_planes(15, BITS, seed=1)

    def bits(kmer):
        return table[np.arange(15), kmer].sum(axis=0)[:BITS] > offsets[:BITS]

    similar, unrelated = [], []
    for _ in range(300):
        kmer, other = generator.integers(0, 4, (2, 15))
        changed = kmer.copy()
        changed[generator.integers(15)] ^= 1
        similar.append((bits(kmer) == bits(changed)).mean())
        unrelated.append((bits(kmer) == bits(other)).mean())
    assert np.mean(similar) > np.mean(unrelated) + 0.2


def test_means_are_those_of_the_words():
    reads = ["ACGTTGCATGCCATTG", "NN", "ACGTTGCANCATGCATT"]
    planes = random_planes(5, 8, seed=1)
    vectors = np.random.default_rng(1).random((256, 6)).astype(np.float32)
    means, counts = np.zeros((3, 6), np.float32), np.zeros(3, np.int64)
    mean_vectors(naive_kmers.pack(reads), planes, vectors, means, counts)
    words, starts = words_of_reads(naive_kmers.pack(reads), planes)
    assert counts.tolist() == np.diff(starts).tolist() == [12, 0, 8]
    for read, (first, end) in enumerate(pairwise(starts)):
        expected = vectors[words[first:end]].mean(axis=0) if end > first else np.zeros(6)
        np.testing.assert_allclose(means[read], expected, rtol=1e-5)
