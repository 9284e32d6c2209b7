"""Count sketches equal the naive ones and do not depend on the strand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readkin.kernels.kmers.hashes import PIECE
from readkin.kernels.kmers.vectors import count_sketches
from support import naive_kmers

READS = st.lists(st.text("ACGTN", max_size=60), max_size=6)
ADVERSARIAL = [
    "",
    "A",
    "N",
    "ACGTACGTACG",  # exactly k
    "ACGTACGTAC",  # one short of k
    "A" * 300,  # one k-mer, 290 times: beyond int8
    "N" * 50,
    "ACGTACGTNACGTACGTA" * 3,  # N in every k-mer
    "ACGT" * 20,  # palindromes
    "ACGTTGCATGCCATTGNACGTTGCATGCCATTG",
]


@pytest.mark.parametrize("k", [1, 2, 11, 31])
@pytest.mark.parametrize("dimensions", [1, 7, 256])
def test_adversarial_reads_equal_naive(k, dimensions):
    vectors, norms = count_sketches(*naive_kmers.pack(ADVERSARIAL), k, dimensions, seed=3)
    assert (vectors.dtype, norms.dtype) == (np.int8, np.float32)
    for read, vector, norm in zip(ADVERSARIAL, vectors, norms, strict=True):
        expected, expected_norm = naive_kmers.count_sketch(read, k, dimensions, 3)
        assert vector.tolist() == expected
        assert norm == np.float32(expected_norm)


@settings(max_examples=60)
@given(READS, st.integers(1, 31), st.integers(1, 40), st.integers(0, 2**40))
def test_equals_naive(reads, k, dimensions, seed):
    vectors, norms = count_sketches(*naive_kmers.pack(reads), k, dimensions, seed)
    expected = [naive_kmers.count_sketch(read, k, dimensions, seed) for read in reads]
    assert vectors.tolist() == [vector for vector, _ in expected]
    assert norms.tolist() == [float(np.float32(norm)) for _, norm in expected]


@settings(max_examples=60)
@given(READS, st.integers(1, 31))
def test_reverse_complement_has_the_same_vector(reads, k):
    reverse_complements = [naive_kmers.reverse_complement(read) for read in reads]
    for own, other in zip(
        count_sketches(*naive_kmers.pack(reads), k, 32, 1),
        count_sketches(*naive_kmers.pack(reverse_complements), k, 32, 1),
        strict=True,
    ):
        np.testing.assert_array_equal(own, other)


def test_counts_are_clipped_in_the_vector_but_not_in_the_norm():
    vectors, norms = count_sketches(*naive_kmers.pack(["A" * 300]), 11, 64, 1)
    assert sorted(np.abs(vectors[0]))[-2:] == [0, 127]
    assert norms[0] == 290


def test_part_of_a_larger_array_gives_the_same_rows():
    bases, offsets = naive_kmers.pack(ADVERSARIAL)
    whole, _ = count_sketches(bases, offsets, 5, 16, 1)
    part, _ = count_sketches(bases, offsets[3:], 5, 16, 1)
    np.testing.assert_array_equal(part, whole[3:])


@pytest.mark.parametrize("length", [PIECE + 10, PIECE + 11, 3 * PIECE])
def test_kmers_across_borders_of_pieces_are_counted(length):
    read = "".join(np.random.default_rng(length).choice(list("ACGT"), length))
    for text in (read, read[:PIECE] + "N" + read[PIECE:]):
        vectors, norms = count_sketches(*naive_kmers.pack([text]), 11, 64, 1)
        expected, norm = naive_kmers.count_sketch(text, 11, 64, 1)
        assert vectors[0].tolist() == expected
        assert norms[0] == np.float32(norm)


def test_seed_changes_the_vector():
    read = naive_kmers.pack(["ACGTTGCATGCCATTGACCA"])
    assert (count_sketches(*read, 11, 256, 1)[0] != count_sketches(*read, 11, 256, 2)[0]).any()


def test_inner_products_estimate_those_of_the_counts():
    # The mean over many seeds is close to the inner product of the full count vectors.
    generator = np.random.default_rng(5)
    read = "".join(generator.choice(list("ACGT"), 100))
    reads = [read[:80], read[40:]]  # 40 bases, 30 11-mers in common
    products = []
    for seed in range(400):
        vectors, _ = count_sketches(*naive_kmers.pack(reads), 11, 64, seed)
        products.append(int(vectors[0].astype(int) @ vectors[1].astype(int)))
    standard_error = np.std(products) / np.sqrt(len(products))
    assert abs(np.mean(products) - 30) < 4 * standard_error
    assert standard_error < 1


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"k": 0}, ValueError),
        ({"k": 32}, ValueError),
        ({"dimensions": 0}, ValueError),
        ({"offsets": np.array([0, 9], np.int64)}, ValueError),
        ({"offsets": np.array([0, 3, 2], np.int64)}, ValueError),
        ({"offsets": np.array([-1, 3], np.int64)}, ValueError),
        ({"offsets": np.array([], np.int64)}, ValueError),
        ({"offsets": np.array([0, 3], np.int32)}, TypeError),
        ({"bases": np.zeros(8, np.int64)}, TypeError),
    ],
)
def test_wrong_arguments_are_rejected(change, error):
    valid = {
        "bases": np.zeros(8, np.uint8),
        "offsets": np.array([0, 8], np.int64),
        "k": 3,
        "dimensions": 4,
        "seed": 1,
    }
    count_sketches(**valid)
    with pytest.raises(error):
        count_sketches(**(valid | change))
