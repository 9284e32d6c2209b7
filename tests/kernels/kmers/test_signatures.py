"""Sampled keys equal the naive ones; those of the reverse complement are mirrored."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readkin.kernels.kmers.hashes import PIECE
from readkin.kernels.kmers.signatures import largest_key, sample_keys, syncmer_window
from support import naive_kmers, naive_low_complexity

READS = st.lists(st.text("ACGTN", max_size=60), max_size=6)
ADVERSARIAL = [
    "",
    "C",
    "N",
    "ACGTACGT",
    "A" * 100,
    "ACGT" * 20,  # palindromes of even k
    "AC" * 40,  # two k-mers, many times
    "ACGTTGCATGCCATTGN" * 4,
    "ACGTTGCATGCCATTGACCAGTTTTCCAGATTACA" * 3,
]


def entries(reads, k, fraction, seed, scheme="fracminhash"):
    """Return the kernel's keys, one list of (hash, position, is_reverse) per read."""
    keys = sample_keys(*naive_kmers.pack(reads), k, fraction, seed, scheme)
    assert (keys.hashes.dtype, keys.stranded_positions.dtype) == (np.uint64, np.uint32)
    columns = keys.hashes, keys.positions, keys.is_reverse
    assert [column.dtype for column in columns] == [np.uint64, np.uint32, np.uint8]
    np.testing.assert_array_equal(keys.stranded_positions, 2 * keys.positions + keys.is_reverse)
    assert keys.counts.dtype == np.uint32
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    bounds = np.cumsum([0, *keys.counts])
    assert bounds[-1] == len(rows)
    return [rows[start:stop] for start, stop in pairwise(bounds)]


@pytest.mark.parametrize("k", [1, 2, 8, 15, 16, 31])
@pytest.mark.parametrize("fraction", [1e-18, 0.2, 1.0])
def test_adversarial_reads_equal_naive(k, fraction):
    expected = [naive_kmers.signature(read, k, fraction, 2) for read in ADVERSARIAL]
    assert entries(ADVERSARIAL, k, fraction, 2) == expected


@settings(max_examples=60)
@given(READS, st.integers(1, 31), st.floats(0.01, 1), st.integers(0, 2**40))
def test_equals_naive(reads, k, fraction, seed):
    expected = [naive_kmers.signature(read, k, fraction, seed) for read in reads]
    assert entries(reads, k, fraction, seed) == expected


@settings(max_examples=60)
@given(READS, st.integers(1, 31))
def test_reverse_complement_has_the_same_keys_mirrored(reads, k):
    reverse_complements = [naive_kmers.reverse_complement(read) for read in reads]
    for read, keys, other in zip(
        reads, entries(reads, k, 0.7, 1), entries(reverse_complements, k, 0.7, 1), strict=True
    ):
        assert {key for key, _, _ in keys} == {key for key, _, _ in other}
        occurrences = [naive_kmers.hash_of(kmer, 1) for _, kmer in naive_kmers.kmers(read, k)]
        once = {key for key in occurrences if occurrences.count(key) == 1}
        mirrored = [(key, len(read) - k - start, 1 - reverse) for key, start, reverse in other]
        assert {row for row in keys if row[0] in once} == {r for r in mirrored if r[0] in once}


@pytest.mark.parametrize("k", [3, 8, 15, 16, 31])
@pytest.mark.parametrize("window", [1, 3, 13])
def test_syncmers_equal_naive(k, window):
    if window > k:
        window = k - 1 + k % 2
    fraction = 1 / window
    expected = [naive_kmers.syncmer_signature(read, k, window, 2) for read in ADVERSARIAL]
    assert entries(ADVERSARIAL, k, fraction, 2, "open_syncmer") == expected


@settings(max_examples=60)
@given(READS, st.integers(5, 31))
def test_syncmers_of_the_other_strand_are_the_same(reads, k):
    strands = reads, [naive_kmers.reverse_complement(read) for read in reads]
    own, other = (entries(strand, k, 0.2, 1, "open_syncmer") for strand in strands)
    for keys, mirrored in zip(own, other, strict=True):
        assert {key for key, _, _ in keys} == {key for key, _, _ in mirrored}


@pytest.mark.parametrize("scheme", ["fracminhash", "open_syncmer"])
def test_masked_bases_are_in_no_key(scheme):
    random = "".join("ACGT"[base] for base in np.random.default_rng(4).integers(0, 4, 200))
    reads = [random[:60] + "AC" * 20 + random[60:], "G" * 80, random[:90], *ADVERSARIAL]
    keys = sample_keys(*naive_kmers.pack(reads), 15, 0.3, 2, scheme, mask_low_complexity=True)
    unmasked = [naive_low_complexity.masked(read) for read in reads]
    expected = [naive_kmers.signature_by(scheme, read, 15, 0.3, 2) for read in unmasked]
    assert keys.counts.tolist() == [len(of_read) for of_read in expected]
    assert keys.hashes.tolist() == [hashed for of_read in expected for hashed, *_ in of_read]
    masked = [sum(naive_low_complexity.marks(read)) for read in reads]
    assert keys.low_complexity.tolist() == masked
    assert masked[:3] == [41, 80, 0]  # one base continues the repeat by chance


def test_share_of_syncmers_is_one_over_the_window():
    generator = np.random.default_rng(2)
    bases = generator.integers(0, 4, 200_000).astype(np.uint8)
    offsets = np.array([0, bases.size], np.int64)
    # Hashes of s-mers of 12 bases are rarely equal; ties of shorter ones would add keys.
    keys = sample_keys(bases, offsets, 24, 0.08, 1, "open_syncmer")
    assert syncmer_window(24, 0.08) == 13
    assert abs(keys.hashes.size - bases.size / 13) < 0.03 * bases.size / 13


@pytest.mark.parametrize(
    ("k", "fraction", "window"),
    [
        (16, 1.0, 1),
        (16, 0.5, 3),
        (16, 0.9, 1),
        (16, 0.3, 3),
        (16, 0.2, 5),
        (16, 0.01, 15),
        (15, 0.01, 15),
    ],
)
def test_window_nearest_to_the_fraction(k, fraction, window):
    assert syncmer_window(k, fraction) == window


def test_unknown_scheme_is_rejected():
    with pytest.raises(ValueError, match="scheme is 'minimizer'"):
        sample_keys(*naive_kmers.pack(["ACGT"]), 3, 0.5, 1, "minimizer")


@pytest.mark.parametrize("scheme", ["fracminhash", "open_syncmer"])
@pytest.mark.parametrize("length", [PIECE, PIECE + 15, PIECE + 16, 3 * PIECE + 40])
def test_keys_across_borders_of_pieces_are_found(length, scheme):
    generator = np.random.default_rng(length)
    read = "".join(generator.choice(list("ACGT"), length))
    with_gap = read[: PIECE - 3] + "N" + read[PIECE - 3 :]
    for text in (read, with_gap):
        expected = naive_kmers.signature(text, 16, 0.2, 1)
        if scheme == "open_syncmer":
            expected = naive_kmers.syncmer_signature(text, 16, 5, 1)
        assert entries([text], 16, 0.2, 1, scheme) == [expected]


def test_keys_beyond_the_first_capacity_are_kept():
    # Reads whose k-mers all fall below the threshold: ten times more keys than expected.
    generator = np.random.default_rng(1)
    kmers = ["".join(generator.choice(list("ACGT"), 20)) for _ in range(3000)]
    sampled = [kmer for kmer in kmers if naive_kmers.signature(kmer, 20, 0.1, 1)]
    reads = sampled * 40  # one k-mer, hence one key, per read of 20 bases
    assert sum(map(len, entries(reads, 20, 0.1, 1))) == len(reads)
    wide = ["".join(kmer + "N" for kmer in sampled)] * 3
    assert [len(keys) for keys in entries(wide, 20, 0.1, 1)] == [len(sampled)] * 3


def test_share_of_sampled_kmers_is_the_fraction():
    generator = np.random.default_rng(2)
    bases = generator.integers(0, 4, 200_000).astype(np.uint8)
    keys = sample_keys(bases, np.array([0, bases.size], np.int64), 16, 0.2, 1, "fracminhash")
    expected, deviation = 0.2 * bases.size, np.sqrt(0.2 * 0.8 * bases.size)
    assert abs(keys.hashes.size - expected) < 4 * deviation


def test_hash_is_one_to_one_on_kmers():
    # Each 8-mer is a read: the number of different hashes is that of canonical non-palindromes.
    digits = [f"{a:016b}" for a in range(4**8)]
    reads = ["".join("ACGT"[int(text[i : i + 2], 2)] for i in range(0, 16, 2)) for text in digits]
    keys = sample_keys(*naive_kmers.pack(reads), 8, 1.0, 7, "fracminhash")
    palindromes = 4**4
    assert keys.hashes.size == 4**8 - palindromes
    assert np.unique(keys.hashes).size == (4**8 - palindromes) // 2


@pytest.mark.parametrize("fraction", [0.0, -0.1, 1.1, float("nan")])
def test_fraction_out_of_range_is_rejected(fraction):
    with pytest.raises(ValueError, match="fraction"):
        largest_key(fraction)


def test_largest_key_of_everything_is_the_largest_number():
    assert largest_key(1.0) == np.uint64(2**64 - 1)
    assert largest_key(0.5) == np.uint64(2**63 - 1)


def test_wrong_k_is_rejected():
    with pytest.raises(ValueError, match="k is 32"):
        sample_keys(*naive_kmers.pack(["ACGT"]), 32, 0.5, 1, "fracminhash")
