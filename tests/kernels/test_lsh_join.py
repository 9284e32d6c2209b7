"""The join equals a dictionary join, ignores the order of reads, and finds what theory says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive_kmers
from genome_reads import genome_reads
from kernels.collision_probability import collision_probability
from kernels.kmer_signatures import sample_keys
from kernels.lsh_join import (
    collapse,
    collide,
    collisions_per_block,
    find_buckets,
    pack_places,
)

READS = st.lists(st.text("ACGT", max_size=30) | st.text("AC", max_size=20), max_size=12)


def buckets_of(reads, k, fraction=1.0, max_bucket_size=256, first_index=0):
    """Buckets of the reads' keys; ``first_index`` shifts the reads' numbers."""
    bases, offsets = naive_kmers.pack(reads)
    keys = sample_keys(bases, offsets, k, fraction, 1)
    read = np.repeat(np.arange(len(reads), dtype=np.uint64), keys.counts)
    lengths = np.diff(offsets)[read.astype(np.int64)].astype(np.uint32)
    places = pack_places(keys.positions, keys.is_reverse, lengths, k)
    return find_buckets(keys.hashes, read + np.uint64(first_index), places, max_bucket_size)


def join(reads, k, fraction=1.0, max_bucket_size=256):
    """{(a, b): (votes, is_reverse, diagonal)}, by the kernels."""
    pairs = collapse(collide(buckets_of(reads, k, fraction, max_bucket_size), 0, len(reads)))
    ordered = list(zip(pairs.read_a.tolist(), pairs.read_b.tolist(), strict=True))
    assert ordered == sorted(set(ordered))
    values = zip(
        pairs.votes.tolist(), pairs.is_reverse.tolist(), pairs.diagonal.tolist(), strict=True
    )
    return dict(zip(ordered, values, strict=True))


@settings(max_examples=100)
@given(READS, st.integers(1, 8), st.integers(1, 12))
def test_equals_dictionary_join(reads, k, max_bucket_size):
    expected, sizes = naive_kmers.join(reads, k, 0.8, 1, max_bucket_size)
    assert join(reads, k, 0.8, max_bucket_size) == expected
    buckets = buckets_of(reads, k, 0.8, max_bucket_size)
    skipped = [size for size in sizes if size > max_bucket_size]
    assert buckets.keys_alone == sum(size == 1 for size in sizes if size <= max_bucket_size)
    assert buckets.keys_skipped == sum(skipped)
    assert buckets.buckets_skipped == len(skipped)
    assert buckets.largest_skipped == max(skipped, default=0)


@pytest.mark.parametrize("k", [15, 16])
def test_reads_of_a_genome_equal_dictionary_join(k):
    reads = genome_reads(150, 80, 0.02, seed=k)
    found = join(reads, k, 0.3)
    assert found == naive_kmers.join(reads, k, 0.3, 1, 256)[0]
    assert {is_reverse for _, is_reverse, _ in found.values()} == {0, 1}


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
    assert join([a, b], 16)[0, 1][1:] == (0, 30)
    assert join([a, naive_kmers.reverse_complement(b)], 16)[0, 1][1:] == (1, 30)
    # Seen from the other strand of a, b begins after a's last 20 bases: position -20.
    assert join([naive_kmers.reverse_complement(a), b], 16)[0, 1][1:] == (1, -20)


def test_strand_with_more_votes_wins_and_forward_wins_ties():
    left, right = "ACCATGATTACA", "GGTTCCATTTGC"  # share no 8-mer
    turned = naive_kmers.reverse_complement(right)
    assert join([left + "N" + right, left + "N" + turned], 8)[0, 1][:2] == (5, 0)
    assert join([left + "N" + right, left[:-1] + "N" + turned], 8)[0, 1][:2] == (5, 1)


def test_smallest_of_equally_frequent_diagonals():
    first, second = "ACCATGATTACA", "GGTTCCATTTGC"
    a = first + second
    b = first + "NNN" + second  # five votes each for diagonals 0 and -3
    assert join([a, b], 8)[0, 1] == (10, 0, -3)


def test_bucket_cap_holds_exactly():
    reads = ["ACCATGATTACAGGTT"] * 4
    assert len(join(reads, 8, max_bucket_size=4)) == 6
    assert join(reads, 8, max_bucket_size=3) == {}
    buckets = buckets_of(reads, 8, max_bucket_size=3)
    assert (buckets.buckets_skipped, buckets.keys_skipped, buckets.largest_skipped) == (9, 36, 4)


def test_permuted_reads_give_permuted_pairs():
    reads = genome_reads(120, 60, 0.01, seed=9)
    permutation = np.random.default_rng(4).permutation(len(reads))
    before = join(reads, 13, 0.4)
    after = join([reads[i] for i in permutation], 13, 0.4)
    named = {tuple(sorted((int(permutation[a]), int(permutation[b])))) for a, b in after}
    assert named == set(before)
    for (a, b), (votes, is_reverse, diagonal) in after.items():
        first, second = int(permutation[a]), int(permutation[b])
        earlier = before[min(first, second), max(first, second)]
        assert (votes, is_reverse) == earlier[:2]
        if first < second:
            assert diagonal == earlier[2]
    assert len(before) > 100


def test_blocks_of_first_reads_together_give_all_collisions():
    reads = genome_reads(80, 60, 0.0, seed=5)
    buckets = buckets_of(reads, 13)
    whole = collide(buckets, 0, 80)
    counts = collisions_per_block(buckets, 80, 7)
    assert counts.sum() == whole[0].size > 0
    edges = [-(-block * 80 // 7) for block in range(8)]  # first read of each block
    parts = [collide(buckets, edges[i], edges[i + 1]) for i in range(7)]
    assert [part[0].size for part in parts] == counts.tolist()
    pieces = [collapse(part) for part in parts]
    for column, expected in enumerate(collapse(whole)):
        np.testing.assert_array_equal(np.concatenate([p[column] for p in pieces]), expected)


def test_read_numbers_beyond_32_bits():
    reads = genome_reads(30, 60, 0.0, seed=6, genome_length=300)
    shift = 2**40 + 5
    plain = collapse(collide(buckets_of(reads, 13), 0, 30))
    shifted = collapse(collide(buckets_of(reads, 13, first_index=shift), shift, shift + 30))
    np.testing.assert_array_equal(shifted.read_a, plain.read_a + np.uint64(shift))
    np.testing.assert_array_equal(shifted.read_b, plain.read_b + np.uint64(shift))
    np.testing.assert_array_equal(shifted.diagonal, plain.diagonal)


def test_long_reads_keep_their_diagonal():
    generator = np.random.default_rng(7)
    genome = "".join(generator.choice(list("ACGT"), 30_000))
    a, b = genome[:20_000], naive_kmers.reverse_complement(genome[12_345:])
    assert join([a, b], 21, 0.05)[0, 1][1:] == (1, 12_345)


def test_read_of_more_than_31_bits_is_an_error_not_a_wrap():
    one = np.array([0], np.uint32)
    with pytest.raises(OverflowError, match="2147483648 bases"):
        pack_places(one, one.astype(np.uint8), np.array([2**31], np.uint32), 16)


@pytest.mark.parametrize(("overlap", "error_rate", "min_votes"), [(75, 0.01, 1), (60, 0.03, 2)])
def test_share_of_pairs_found_is_the_collision_probability(overlap, error_rate, min_votes):
    # Many separate pairs of reads of length 100 that overlap by exactly ``overlap`` bases.
    generator = np.random.default_rng(8)
    n_pairs, length, k, fraction = 4000, 100, 16, 0.2
    reads = []
    for _ in range(n_pairs):
        genome = generator.integers(0, 4, 2 * length - overlap)
        for bases in (genome[:length].copy(), genome[-length:].copy()):
            wrong = generator.random(length) < error_rate
            bases[wrong] = (bases[wrong] + generator.integers(1, 4, wrong.sum())) % 4
            reads.append("".join("ACGT"[base] for base in bases))
    found = join(reads, k, fraction)
    hits = sum(found.get((2 * i, 2 * i + 1), (0,))[0] >= min_votes for i in range(n_pairs))
    expected = collision_probability(overlap, k, error_rate, fraction, min_votes)
    deviation = np.sqrt(expected * (1 - expected) / n_pairs)
    assert abs(hits / n_pairs - expected) < 4 * deviation
    assert 0.5 < expected < 0.999


def test_collision_probability_without_errors_is_the_closed_form():
    assert collision_probability(75, 16, 0.0, 0.2) == pytest.approx(1 - 0.8**60)
    assert collision_probability(15, 16, 0.0, 0.2) == 0
    assert collision_probability(16, 16, 0.01, 1.0) == pytest.approx(0.99**32)
