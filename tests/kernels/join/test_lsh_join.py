"""The join equals a dictionary join, and ignores the order and the strand of reads."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readkin.kernels.join.lsh_join import Rule, index_rows
from support import naive_join, naive_kmers
from support.genome_reads import genome_reads
from support.kernel_join import as_dictionary, buckets_of, joined, packed

READS = st.lists(st.text("ACGTN", max_size=30) | st.text("AC", max_size=20), max_size=12)
ANY = Rule(1, 1, 1.0, 0)  # every pair that shares a key and overlaps


def outcome(reads, k, fraction, max_bucket_size, rule, first_read=0, room=1000):
    """{(a, b): (votes, is_reverse, diagonal)} by the kernels, the counts, and the fillings."""
    entries, _, layout = buckets_of(reads, k, fraction, max_bucket_size, first_read)
    bounds = first_read, first_read + len(reads)
    pairs, counts, fillings = joined(entries, layout, packed(reads, first_read), rule, bounds, room)
    return as_dictionary(pairs), counts, fillings


def join(reads, k, fraction=1.0, max_bucket_size=256, rule=ANY):
    """The pairs alone."""
    return outcome(reads, k, fraction, max_bucket_size, rule)[0]


def assert_equals_naive(reads, k, fraction, max_bucket_size, rule):
    expected = naive_join.join(reads, k, fraction, 1, max_bucket_size, rule)
    found, counts, _ = outcome(reads, k, fraction, max_bucket_size, rule)
    assert found == expected.pairs
    assert counts == (len(expected.pairs), *expected[1:4])
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
def test_equals_dictionary_join(reads, k, max_bucket_size, votes, overlap, rate, spare):
    assert_equals_naive(reads, k, 0.8, max_bucket_size, Rule(votes, overlap, rate, spare))


@pytest.mark.parametrize("k", [10, 11])
@pytest.mark.parametrize("max_bucket_size", [4, 256])
def test_reads_of_a_genome_equal_dictionary_join(k, max_bucket_size):
    reads = genome_reads(150, 80, 0.03, seed=k)
    reads += [read[:i] + read[i + 1 :] for i, read in enumerate(reads[:60], 10)]  # a base lost
    expected = assert_equals_naive(reads, k, 0.4, max_bucket_size, Rule(2, 20, 0.08, 1))
    assert {is_reverse for _, is_reverse, _ in expected.pairs.values()} == {0, 1}
    assert len(expected.pairs) > 400
    assert min(expected[1:4]) > 10


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
    exact = Rule(1, 70, 0.0, 0)
    assert join([a, b], 16, rule=exact)[0, 1][1:] == (0, 30)
    assert join([a, naive_kmers.reverse_complement(b)], 16, rule=exact)[0, 1][1:] == (1, 30)
    # Seen from the other strand of a, b begins after a's last 20 bases: position -20.
    assert join([naive_kmers.reverse_complement(a), b], 16, rule=exact)[0, 1][1:] == (1, -20)


def test_strand_with_more_votes_wins_and_forward_wins_ties():
    left, right = "ACCATGATTACA", "GGTTCCATTTGC"  # share no 8-mer
    turned = naive_kmers.reverse_complement(right)
    assert join([left + "N" + right, left + "N" + turned], 8)[0, 1][:2] == (5, 0)
    assert join([left + "N" + right, left[:-1] + "N" + turned], 8)[0, 1][:2] == (5, 1)


def test_longest_overlap_then_smallest_of_equally_frequent_diagonals():
    first, second = "ACCATGATTACA", "GGTTCCATTTGC"
    # Five votes each: 0 with an overlap of 24 bases, -3 and 3 with one of 24 and 21.
    assert join([first + second, first + "NNN" + second], 8)[0, 1] == (10, 0, -3)
    assert join([first + "NNN" + second, first + second], 8)[0, 1] == (10, 0, 0)
    # 3 overlaps by 24 bases, 0 by 27.
    a, b = "NNN" + first + second, first + "NNN" + second
    assert join([a, b], 8)[0, 1] == (10, 0, 0)


@pytest.mark.parametrize("n_apart", [0, 1, 4, 5, 6])
def test_mismatches_are_counted_in_the_overlap(n_apart):
    generator = np.random.default_rng(6)
    genome = "".join(generator.choice(list("ACGT"), 140))
    a, b = genome[:100], list(genome[60:140])  # overlap 40
    for place in range(12, 40, 5)[:n_apart]:
        b[place] = "ACGT"[("ACGT".index(b[place]) + 1) % 4]
    for reads in ([a, "".join(b)], [naive_kmers.reverse_complement(a), "".join(b)]):
        # int(0.1 * 40) and one to spare
        assert bool(join(reads, 11, rule=Rule(1, 40, 0.1, 1))) == (n_apart <= 5)
        assert not join(reads, 11, rule=Rule(1, 41, 0.1, 1))


def test_bucket_cap_holds_exactly():
    reads = ["ACCATGATTACAGGTT"] * 12
    assert len(join(reads, 8, max_bucket_size=12)) == 66
    thinned = join(reads, 8, max_bucket_size=11)
    assert thinned.keys() == {(a, b) for a in range(12) for b in range(a + 1, min(a + 9, 12))}


def mirrored(votes, is_reverse, diagonal, length_a, length_b):
    """The same pair with its reads in the other order."""
    return votes, is_reverse, diagonal + length_b - length_a if is_reverse else -diagonal


def test_permuted_reads_give_permuted_pairs():
    reads = genome_reads(120, 60, 0.01, seed=9)
    reads = [read[: 60 - i % 20] for i, read in enumerate(reads)]
    rule = Rule(2, 25, 0.05, 1)
    permutation = np.random.default_rng(4).permutation(len(reads))
    before = join(reads, 13, 0.6, rule=rule)
    after = join([reads[i] for i in permutation], 13, 0.6, rule=rule)
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
    seen_from_behind = {
        (a, b): (votes, is_reverse, len(reads[a]) - len(reads[b]) - diagonal)
        for (a, b), (votes, is_reverse, diagonal) in after.items()
    }
    assert seen_from_behind == before
    assert len(before) > 100


@pytest.mark.parametrize("max_bucket_size", [5, 256])
def test_stretches_of_first_reads_together_give_all_pairs(max_bucket_size):
    reads = genome_reads(80, 60, 0.0, seed=5, genome_length=500)
    entries, _, layout = buckets_of(reads, 13, 1.0, max_bucket_size)
    whole, counts, _ = joined(entries, layout, packed(reads), ANY, (0, 80))
    edges = [0, 1, 1, 30, 79, 80]
    parts = [joined(entries, layout, packed(reads), ANY, edges[i : i + 2])[:2] for i in range(5)]
    for column in range(5):
        pieces = np.concatenate([pairs[column] for pairs, _ in parts])
        np.testing.assert_array_equal(pieces, whole[column], strict=True)
    assert tuple(map(sum, zip(*(c for _, c in parts), strict=True))) == counts
    assert whole.votes.size > 200


@pytest.mark.parametrize("room", [1, 50, 10**6])
def test_full_room_is_emptied_and_the_join_goes_on(room):
    reads = genome_reads(150, 60, 0.02, seed=5, genome_length=1500)
    rule = Rule(1, 20, 0.05, 0)
    expected, counts, _ = outcome(reads, 11, 0.1, 256, rule, room=10**5)
    found, same_counts, fillings = outcome(reads, 11, 0.1, 256, rule, room=room)
    assert (found, same_counts) == (expected, counts)
    assert (fillings > 5) == (room < 10**6)


def test_read_numbers_beyond_32_bits():
    reads = genome_reads(30, 60, 0.02, seed=6, genome_length=300)
    shift = 2**40 + 5
    rule = Rule(2, 20, 0.06, 1)
    plain, counts, _ = outcome(reads, 11, 1.0, 10, rule)
    shifted, same_counts, _ = outcome(reads, 11, 1.0, 10, rule, first_read=shift)
    assert shifted == {(a + shift, b + shift): values for (a, b), values in plain.items()}
    assert same_counts == counts
    assert len(plain) > 50


def test_long_reads_keep_their_diagonal():
    generator = np.random.default_rng(7)
    genome = "".join(generator.choice(list("ACGT"), 30_000))
    a, b = genome[:20_000], naive_kmers.reverse_complement(genome[12_345:])
    exact = Rule(1, 20_000 - 12_345, 0.0, 0)
    assert join([a, b], 21, 0.05, rule=exact)[0, 1][1:] == (1, 12_345)


def test_more_entries_than_places_have_bits_for_are_refused():
    entries = np.broadcast_to(np.uint64(0), 2**32)  # takes no memory
    _, _, layout = buckets_of(["ACGT"], 2, 1.0, 5)
    with pytest.raises(OverflowError, match="4294967296 keys at a time"):
        index_rows(entries, layout, 0, 1)
