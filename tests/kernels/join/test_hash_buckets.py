"""Buckets contain the keys that several reads share; ranges of reads get all of theirs."""

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readkin.kernels.join import hash_buckets
from readkin.kernels.join.hash_buckets import (
    BucketCounts,
    count_votes,
    keys_of_pass,
    sort_by_hash,
)
from readkin.kernels.join.key_entries import CAPPED, LAST, canonical_position, read_of
from support import naive_join
from support.genome_reads import genome_reads
from support.kernel_join import buckets_of, entries_of, select_ranges

READS = st.lists(st.text("ACGT", max_size=25) | st.text("AC", max_size=20), max_size=25)
NO_FLAGS = ~(LAST | CAPPED)


@pytest.mark.parametrize(("n_ranks", "passes"), [(1, 1), (1, 3), (4, 1), (3, 2)])
@pytest.mark.parametrize("size", [0, 1, 500])
def test_each_key_is_in_one_pass_and_on_one_rank(n_ranks, passes, size):
    hashes = np.random.default_rng(size).integers(0, 1000, size, np.uint64)
    entries = np.arange(size, dtype=np.uint64)
    step = -(-1000 // (n_ranks * passes))
    for number in range(passes):
        kept = keys_of_pass(hashes, entries, np.uint64(step), number, passes, n_ranks)
        for rank, (first, end) in enumerate(pairwise(kept[2].tolist())):
            expected = np.flatnonzero(hashes // step == rank * passes + number)
            np.testing.assert_array_equal(kept[0][first:end], hashes[expected], strict=True)
            np.testing.assert_array_equal(kept[1][first:end], entries[expected], strict=True)
        assert kept[2][-1] == kept[0].size == kept[1].size


def assert_sorted(hashes):
    entries = np.arange(hashes.size, dtype=np.uint64)
    order = np.argsort(hashes, kind="stable")
    expected = hashes[order], entries[order]
    found = sort_by_hash(hashes.copy(), entries.copy())
    for column, wanted in zip(found, expected, strict=True):
        np.testing.assert_array_equal(column, wanted, strict=True)


def hashes_of(kind, size):
    generator = np.random.default_rng(size)
    if kind == "even":
        return generator.integers(0, 2**64, size, np.uint64)
    if kind == "equal":
        return np.full(size, 2**63 + 7, np.uint64)
    if kind == "few values":
        return generator.integers(2**40, 2**40 + 5, size, np.uint64)
    # Clustered: all but the lowest bits agree, except in one hash, so that the passes over the
    # leading bits sort nothing and the insertion sort does all the work.
    clustered = np.uint64(2**50) + generator.integers(0, 50, size, np.uint64)
    clustered[size // 2 :][:1] = 2**64 - 1
    return clustered


@pytest.mark.parametrize("kind", ["even", "equal", "few values", "clustered"])
@pytest.mark.parametrize("size", [0, 1, 2, 3, 300])
def test_sorting_is_stable(kind, size):
    assert_sorted(hashes_of(kind, size))


@pytest.mark.parametrize("size", [1023, 1024, 1025])
@pytest.mark.parametrize("kind", ["even", "few values"])
def test_two_and_three_passes_give_the_same_order(monkeypatch, kind, size):
    passes = []
    scatter = hash_buckets.scatter_by_digit

    def counted(*arguments):
        passes.append(1)
        scatter(*arguments)

    monkeypatch.setattr(hash_buckets, "scatter_by_digit", counted)
    monkeypatch.setattr(hash_buckets, "BITS_IN_TWO_PASSES", 10)
    assert_sorted(hashes_of(kind, size))
    assert len(passes) == (2 if size < 1024 else 3)


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(2**64 - 9, 2**64 - 1), max_size=60))
def test_any_hashes_are_sorted(hashes):
    assert_sorted(np.array(hashes, np.uint64))


def as_buckets(entries, layout):
    """Return [(is_capped, [(read, canonical position)])] of entries with flags."""
    found, bucket = [], []
    for entry in entries:
        key = int(read_of(entry, layout)), int(canonical_position(entry, layout))
        bucket.append((bool(entry & CAPPED), key))
        if entry & LAST:
            assert len({is_capped for is_capped, _ in bucket}) == 1
            found.append((bucket[0][0], [key for _, key in bucket]))
            bucket = []
    assert not bucket
    return found


@given(READS, st.integers(2, 6), st.integers(1, 12))
def test_buckets_equal_the_naive_ones(reads, k, max_bucket_size):
    entries, counts, layout = buckets_of(reads, k, 0.8, max_bucket_size)
    expected = []
    naive = naive_join.buckets_of(reads, k, 0.8, 1)
    for hashed in sorted(naive):
        keys = [
            (read, len(reads[read]) - k - position if is_reverse else position)
            for read, position, is_reverse in naive[hashed]
        ]
        if len(keys) > max_bucket_size and len(keys) > 1:
            expected.append((True, sorted(keys, key=lambda key: key[1])))
        elif len(keys) > 1:
            expected.append((False, keys))
    assert as_buckets(entries, layout) == expected
    sizes = [len(bucket) for bucket in naive.values()]
    assert counts == naive_join.bucket_counts(sizes, max_bucket_size)
    assert isinstance(counts, BucketCounts)
    assert all(type(count) is int for count in counts)
    assert counts.uncapped + counts.singletons + counts.capped == sum(sizes)


def naive_pairs(reads, k, max_bucket_size):
    """Return a Counter of the pairs of keys that are compared."""
    pairs = Counter()
    for bucket in naive_join.buckets_of(reads, k, 0.8, 1).values():
        for one, other in naive_join.compared(bucket, reads, k, max_bucket_size):
            pairs[one, other] += 1
    return pairs


def pairs_of(entries, reads, layout, k, first_read, end_read):
    """Return a Counter of the pairs of keys in buckets whose first read is in the range."""
    positions = defaultdict(int)
    for entry in entries:
        is_reverse = int(entry) & 1
        read, canonical = int(read_of(entry, layout)), int(canonical_position(entry, layout))
        position = len(reads[read]) - k - canonical if is_reverse else canonical
        positions[int(entry & NO_FLAGS)] = read, position, is_reverse
    pairs, bucket = Counter(), []
    for entry in entries:
        bucket.append(positions[int(entry & NO_FLAGS)])
        if entry & LAST:
            for i, one in enumerate(bucket):
                if first_read <= one[0] < end_read:
                    for other in bucket[i + 1 :]:
                        pairs[one, other] += 1
            bucket = []
    assert not bucket
    return pairs


@given(READS, st.integers(2, 5), st.integers(1, 25), st.data())
def test_entries_of_ranges_contain_each_pair_once(reads, k, max_bucket_size, data):
    entries, _, layout = buckets_of(reads, k, 0.8, max_bucket_size)
    expected = naive_pairs(reads, k, max_bucket_size)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(reads)), max_size=4)))
    ranges = list(pairwise([0, *cuts, len(reads)]))
    for (first, end), selected in zip(ranges, select_ranges(entries, layout, ranges), strict=True):
        wanted = Counter({pair: n for pair, n in expected.items() if first <= pair[0][0] < end})
        assert pairs_of(selected, reads, layout, k, first, end) == wanted
        assert all(read_of(entry, layout) >= first for entry in selected)
        assert bool(selected.size) == bool(wanted)


def test_capped_buckets_pair_neighbours_only():
    reads = genome_reads(60, 60, 0.0, seed=2, genome_length=90)
    n_all = sum(naive_pairs(reads, 8, 1000).values())
    capped = naive_pairs(reads, 8, 10)
    entries, counts, layout = buckets_of(reads, 8, 0.8, 10)
    (selected,) = select_ranges(entries, layout, [(0, len(reads))])
    assert pairs_of(selected, reads, layout, 8, 0, len(reads)) == capped
    assert counts.capped_buckets > 10
    assert counts.pairs_left_out == n_all - sum(capped.values()) > 1000
    hashes, *_ = entries_of(reads, 8, 0.8)
    assert sum(capped.values()) < hash_buckets.NEIGHBOURS * hashes.size + 10 * hashes.size


@given(READS, st.integers(1, 25), st.integers(0, 2))
def test_votes_are_counted_for_the_block_of_the_first_read(reads, max_bucket_size, block_bits):
    entries, _, layout = buckets_of(reads, 3, 0.8, max_bucket_size)
    n_blocks = -(-len(reads) >> block_bits)
    votes, capped = np.zeros((2, n_blocks), np.int64)
    count_votes(entries, layout, np.uint64(block_bits), votes, capped)
    expected = np.zeros((2, n_blocks), np.int64)
    for bucket in naive_join.buckets_of(reads, 3, 0.8, 1).values():
        for one, _ in naive_join.compared(bucket, reads, 3, max_bucket_size):
            expected[0, one[0] >> block_bits] += 1
            expected[1, one[0] >> block_bits] += len(bucket) > max_bucket_size
    assert (votes.tolist(), capped.tolist()) == tuple(expected.tolist())
