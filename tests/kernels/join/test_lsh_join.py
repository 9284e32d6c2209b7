"""The join equals the naive one, for any order and strand of the reads."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readkin.kernels.join.lsh_join import PairFilter, index_rows
from support import naive_join, naive_kmers
from support.genome_reads import genome_reads
from support.kernel_join import as_dictionary, buckets_of, packed
from support.kernel_join import join as join_by_kernels

READS = st.lists(st.text("ACGTN", max_size=30) | st.text("AC", max_size=20), max_size=12)
ANY = PairFilter(1, 1, 1.0, 0)  # every pair that shares a key and overlaps


def outcome(reads, k, fraction, max_bucket_size, pair_filter, first_read=0, capacity=1000):
    """Return {(a, b): (votes, is_reverse, diagonal)}, the counts, and the number of fillings."""
    entries, _, layout = buckets_of(reads, k, fraction, max_bucket_size, first_read)
    bounds = first_read, first_read + len(reads)
    pairs, counts, fillings = join_by_kernels(
        entries, layout, packed(reads, first_read), pair_filter, bounds, capacity
    )
    return as_dictionary(pairs), counts, fillings


def join(reads, k, fraction=1.0, max_bucket_size=256, pair_filter=ANY):
    """Return the pairs only."""
    return outcome(reads, k, fraction, max_bucket_size, pair_filter)[0]


def assert_equals_naive(reads, k, fraction, max_bucket_size, pair_filter):
    expected = naive_join.join(reads, k, fraction, 1, max_bucket_size, pair_filter)
    found, counts, _ = outcome(reads, k, fraction, max_bucket_size, pair_filter)
    assert found == expected.pairs
    assert counts == (len(expected.pairs), *expected.dropped())
    return expected


@settings(max_examples=200)
@given(
    READS,
    st.integers(1, 8),
    st.integers(1, 12),
    st.integers(1, 4),
    st.integers(0, 12),
    st.sampled_from([0.0, 0.1, 0.5]),
    st.integers(0, 2),
)
def test_equals_naive_join(reads, k, max_bucket_size, votes, overlap, rate, spare):
    assert_equals_naive(reads, k, 0.8, max_bucket_size, PairFilter(votes, overlap, rate, spare))


@pytest.mark.parametrize("k", [10, 11])
@pytest.mark.parametrize("max_bucket_size", [4, 256])
def test_reads_of_a_genome_equal_naive_join(k, max_bucket_size):
    reads = genome_reads(150, 80, 0.03, seed=k)
    reads += [read[:i] + read[i + 1 :] for i, read in enumerate(reads[:60], 10)]  # a deleted base
    expected = assert_equals_naive(reads, k, 0.4, max_bucket_size, PairFilter(2, 20, 0.08, 1))
    assert {is_reverse for _, is_reverse, _ in expected.pairs.values()} == {0, 1}
    assert len(expected.pairs) > 400
    assert min(expected.dropped()) > 10


@pytest.mark.parametrize("reads", [[], [""], ["ACGTACGTAA"], ["A", "C"], ["ACCAGTTT", "GGATTACA"]])
def test_nothing_in_common_gives_no_pairs(reads):
    assert join(reads, 8) == {}


def test_same_read_twice_and_its_reverse_complement():
    read = "ACCATGATTACAGGTTCCATTTG"
    found = join([read, read, naive_kmers.reverse_complement(read)], 8)
    votes = len(read) - 8 + 1
    assert found == {(0, 1): (votes, 0, 0), (0, 2): (votes, 1, 0), (1, 2): (votes, 1, 0)}


def test_diagonal_is_that_of_the_overlap_on_both_strands():
    generator = np.random.default_rng(3)
    genome = "".join(generator.choice(list("ACGT"), 200))
    a, b = genome[20:120], genome[50:140]  # b begins at position 30 of a
    exact = PairFilter(1, 70, 0.0, 0)
    assert join([a, b], 16, pair_filter=exact)[0, 1][1:] == (0, 30)
    assert join([a, naive_kmers.reverse_complement(b)], 16, pair_filter=exact)[0, 1][1:] == (1, 30)
    # On the other strand of a, b begins 20 bases before the first base of a.
    assert join([naive_kmers.reverse_complement(a), b], 16, pair_filter=exact)[0, 1][1:] == (1, -20)


def test_strand_with_more_votes_wins_and_forward_wins_ties():
    left, right = "ACCATGATTACA", "GGTTCCATTTGC"  # share no 8-mer
    reverse = naive_kmers.reverse_complement(right)
    assert join([left + "N" + right, left + "N" + reverse], 8)[0, 1][:2] == (5, 0)
    assert join([left + "N" + right, left[:-1] + "N" + reverse], 8)[0, 1][:2] == (5, 1)


def test_longest_overlap_then_smallest_of_equally_frequent_diagonals():
    first, second = "ACCATGATTACA", "GGTTCCATTTGC"
    # Five votes each: 0 with an overlap of 24 bases, -3 and 3 with one of 24 and 21.
    assert join([first + second, first + "NNN" + second], 8)[0, 1] == (10, 0, -3)
    assert join([first + "NNN" + second, first + second], 8)[0, 1] == (10, 0, 0)
    # 3 overlaps by 24 bases, 0 by 27.
    a, b = "NNN" + first + second, first + "NNN" + second
    assert join([a, b], 8)[0, 1] == (10, 0, 0)


@pytest.mark.parametrize("n_mismatches", [0, 1, 4, 5, 6])
def test_mismatches_are_counted_in_the_overlap(n_mismatches):
    generator = np.random.default_rng(6)
    genome = "".join(generator.choice(list("ACGT"), 140))
    a, b = genome[:100], list(genome[60:140])  # overlap 40
    for position in range(12, 40, 5)[:n_mismatches]:
        b[position] = "ACGT"[("ACGT".index(b[position]) + 1) % 4]
    for reads in ([a, "".join(b)], [naive_kmers.reverse_complement(a), "".join(b)]):
        # int(0.1 * 40) and one spare mismatch
        assert bool(join(reads, 11, pair_filter=PairFilter(1, 40, 0.1, 1))) == (n_mismatches <= 5)
        assert not join(reads, 11, pair_filter=PairFilter(1, 41, 0.1, 1))


def test_bucket_cap_holds_exactly():
    reads = ["ACCATGATTACAGGTT"] * 12
    assert len(join(reads, 8, max_bucket_size=12)) == 66
    capped = join(reads, 8, max_bucket_size=11)
    assert capped.keys() == {(a, b) for a in range(12) for b in range(a + 1, min(a + 9, 12))}


def mirrored(votes, is_reverse, diagonal, length_a, length_b):
    """Return the values of a pair with its reads in the other order."""
    return votes, is_reverse, diagonal + length_b - length_a if is_reverse else -diagonal


def test_permuted_reads_give_permuted_pairs():
    reads = genome_reads(120, 60, 0.01, seed=9)
    reads = [read[: 60 - i % 20] for i, read in enumerate(reads)]
    pair_filter = PairFilter(2, 25, 0.05, 1)
    permutation = np.random.default_rng(4).permutation(len(reads))
    before = join(reads, 13, 0.6, pair_filter=pair_filter)
    after = join([reads[i] for i in permutation], 13, 0.6, pair_filter=pair_filter)
    renamed = {}
    for (a, b), values in after.items():
        first, second = int(permutation[a]), int(permutation[b])
        if first > second:
            values = mirrored(*values, len(reads[first]), len(reads[second]))
            first, second = second, first
        renamed[first, second] = values
    assert renamed == before
    assert len(before) > 100


def test_reverse_complements_of_all_reads_give_the_same_pairs():
    reads = genome_reads(120, 60, 0.01, seed=10)
    reads = [read[: 60 - i % 20] for i, read in enumerate(reads)]
    before = join(reads, 13, 0.6)
    after = join([naive_kmers.reverse_complement(read) for read in reads], 13, 0.6)
    mirrored_pairs = {
        (a, b): (votes, is_reverse, len(reads[a]) - len(reads[b]) - diagonal)
        for (a, b), (votes, is_reverse, diagonal) in after.items()
    }
    assert mirrored_pairs == before
    assert len(before) > 100


@pytest.mark.parametrize("max_bucket_size", [5, 256])
def test_ranges_of_first_reads_together_give_all_pairs(max_bucket_size):
    reads = genome_reads(80, 60, 0.0, seed=5, genome_length=500)
    entries, _, layout = buckets_of(reads, 13, 1.0, max_bucket_size)
    whole, counts, _ = join_by_kernels(entries, layout, packed(reads), ANY, (0, 80))
    edges = [0, 1, 1, 30, 79, 80]
    parts = [
        join_by_kernels(entries, layout, packed(reads), ANY, bounds)[:2]
        for bounds in pairwise(edges)
    ]
    for column in range(5):
        together = np.concatenate([pairs[column] for pairs, _ in parts])
        np.testing.assert_array_equal(together, whole[column], strict=True)
    assert tuple(map(sum, zip(*(c for _, c in parts), strict=True))) == counts
    assert whole.votes.size > 200


@pytest.mark.parametrize("capacity", [1, 50, 10**6])
def test_the_join_resumes_after_a_full_buffer(capacity):
    reads = genome_reads(150, 60, 0.02, seed=5, genome_length=1500)
    pair_filter = PairFilter(1, 20, 0.05, 0)
    expected, counts, _ = outcome(reads, 11, 0.1, 256, pair_filter, capacity=10**5)
    found, same_counts, fillings = outcome(reads, 11, 0.1, 256, pair_filter, capacity=capacity)
    assert (found, same_counts) == (expected, counts)
    assert (fillings > 5) == (capacity < 10**6)


def test_read_numbers_beyond_32_bits():
    reads = genome_reads(30, 60, 0.02, seed=6, genome_length=300)
    shift = 2**40 + 5
    pair_filter = PairFilter(2, 20, 0.06, 1)
    plain, counts, _ = outcome(reads, 11, 1.0, 10, pair_filter)
    shifted, same_counts, _ = outcome(reads, 11, 1.0, 10, pair_filter, first_read=shift)
    assert shifted == {(a + shift, b + shift): values for (a, b), values in plain.items()}
    assert same_counts == counts
    assert len(plain) > 50


def test_long_reads_keep_their_diagonal():
    generator = np.random.default_rng(7)
    genome = "".join(generator.choice(list("ACGT"), 30_000))
    a, b = genome[:20_000], naive_kmers.reverse_complement(genome[12_345:])
    exact = PairFilter(1, 20_000 - 12_345, 0.0, 0)
    assert join([a, b], 21, 0.05, pair_filter=exact)[0, 1][1:] == (1, 12_345)


@pytest.mark.parametrize("length", [999, 3000])
def test_many_shared_keys_stand_for_the_bases_of_a_long_overlap(length):
    # An insertion every 25 bases: the diagonals of the ends are length / 25 apart.
    k, generator = 11, np.random.default_rng(8)
    bases = "".join(generator.choice(list("ACGT"), length))
    longer = "".join(bases[i : i + 25] + "A" for i in range(0, length, 25))
    shared = (25 - k + 1) / 25  # keys per base
    for keys_per_base, is_pair in ((0.9 * shared, length >= 1000), (1.1 * shared, False)):
        strict = PairFilter(1, 1, 0.1, 0, keys_per_base)
        assert bool(join([bases, longer], k, pair_filter=strict)) == is_pair
    assert not join([bases, longer], k, pair_filter=PairFilter(1, 1, 0.1, 0))


def test_more_entries_than_32_bit_indices_are_rejected():
    entries = np.broadcast_to(np.uint64(0), 2**32)  # takes no memory
    _, _, layout = buckets_of(["ACGT"], 2, 1.0, 5)
    with pytest.raises(OverflowError, match="4294967296 keys at a time"):
        index_rows(entries, layout, 0, 1)
