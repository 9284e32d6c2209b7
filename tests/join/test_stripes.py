"""First reads are divided into shards and stripes, for any number of ranks and any memory."""

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from readkin.join import stripes as join_stripes
from readkin.join.buckets import KeyBlock, KeySource, bucket_keys
from readkin.join.memory_share import MemoryShare
from readkin.join.stripes import (
    BYTES_PER_PAIR,
    JoinCosts,
    ReadsToJoin,
    count_costs,
    join_stripe,
    plan_stripes,
    sample_stripes,
    shard_edges,
)
from readkin.kernels.join.candidates import Candidates
from readkin.kernels.join.hash_buckets import BucketCounts
from readkin.kernels.join.lsh_join import PairFilter
from readkin.parallel.mpi import OneProcess
from support import naive_join
from support.join_inputs import (
    ALL_READS,
    FILTER,
    FRACTION,
    LAYOUT,
    MAX_BUCKET_SIZE,
    READS,
    K,
    source_of,
)
from support.kernel_join import as_dictionary, entries_of, packed
from support.thread_ranks import on_ranks


@pytest.fixture(scope="module")
def expected():
    return naive_join.join(READS, K, FRACTION, 1, MAX_BUCKET_SIZE, FILTER)


@pytest.fixture
def store():
    memory = MemoryShare(10**9, Path())
    return bucket_keys(source_of(OneProcess()), MAX_BUCKET_SIZE, LAYOUT, memory, OneProcess())


@pytest.mark.parametrize("most_blocks", [1, 7, 4096])
def test_every_vote_is_counted(monkeypatch, store, expected, most_blocks):
    monkeypatch.setattr(join_stripes, "MOST_BLOCKS", most_blocks)
    costs = count_costs(store[0], LAYOUT, len(READS), store[1], OneProcess())
    assert costs.votes.sum() == expected.n_votes
    assert 0 < costs.capped.sum() < costs.votes.sum()
    assert costs.entries == store[1].uncapped
    n_blocks = len(costs.votes)
    assert n_blocks <= most_blocks
    assert costs.first_read(n_blocks - 1) < costs.first_read(n_blocks) == len(READS)
    assert (costs.block_bits == 0) == (most_blocks == 4096)


@pytest.mark.parametrize("n_reads", [0, 1, 4095, 4096, 4097, 10**9])
def test_blocks_cover_all_reads(tmp_path, n_reads):
    store = SimpleNamespace(arrays=lambda: [])
    counts = BucketCounts(*[0] * 7)
    costs = count_costs(store, LAYOUT, n_reads, counts, OneProcess())
    n_blocks = len(costs.votes)
    assert n_blocks <= 4096
    assert costs.first_read(n_blocks) == n_reads
    assert costs.first_read(n_blocks - 1) < n_reads or n_reads == 0
    assert shard_edges(costs)[[0, -1]].tolist() == [0, n_blocks]


def costs_of(votes, n_reads, block_bits=0, capped=0, entries=0, buckets=0):
    return JoinCosts(n_reads, block_bits, votes, votes * capped // 2, entries, buckets)


@pytest.mark.parametrize("votes_per_shard", [1, 500, 10**9])
def test_shards_have_about_equal_votes(monkeypatch, votes_per_shard):
    monkeypatch.setattr(join_stripes, "VOTES_PER_SHARD", votes_per_shard)
    monkeypatch.setattr(join_stripes, "VOTES_PER_READ", 0)
    votes = np.random.default_rng(1).integers(0, 50, 200)
    edges = shard_edges(costs_of(votes, 200))
    assert (edges[0], edges[-1]) == (0, 200)
    assert (np.diff(edges) > 0).all()
    of_shards = np.add.reduceat(votes, edges[:-1])
    assert (of_shards <= votes_per_shard + 50).all()
    assert len(edges) - 1 == {1: 197, 500: 11, 10**9: 1}[votes_per_shard]


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("n_bytes", [100, 50_000, 10**9])
def test_stripes_cover_all_shards_in_order(monkeypatch, size, n_bytes):
    monkeypatch.setattr(join_stripes, "VOTES_PER_SHARD", 50)
    votes = np.random.default_rng(size).integers(0, 50, 200)
    costs = costs_of(votes, 798, block_bits=2, capped=1, entries=1000, buckets=100)
    edges = shard_edges(costs)
    ranks = SimpleNamespace(size=size)
    stripes = plan_stripes(costs, edges, 1.0, MemoryShare(n_bytes, Path()), ranks)
    found = [0]
    for rank in range(size):
        for stripe in stripes:
            assert stripe.bounds[rank][0] == found[-1]
            found += stripe.bounds[rank][1:].tolist()
    assert found == edges.tolist()
    assert sum(stripe.votes for stripe in stripes) == votes.sum()
    if n_bytes == 10**9:
        assert len(stripes) == 1
    elif n_bytes == 100:  # one shard each
        assert max(len(bounds) for stripe in stripes for bounds in stripe.bounds) <= 3
    else:
        assert 1 < len(stripes) < 50 / size
        for bounds in (bounds for stripe in stripes for bounds in stripe.bounds):
            assert votes[bounds[0] : bounds[-1]].sum() * BYTES_PER_PAIR < n_bytes


def test_fewer_pairs_per_vote_need_fewer_stripes(monkeypatch):
    monkeypatch.setattr(join_stripes, "VOTES_PER_SHARD", 1000)
    costs = costs_of(np.full(400, 1000), 400)
    memory = MemoryShare(10**6, Path())
    numbers = [
        len(plan_stripes(costs, shard_edges(costs), share, memory, OneProcess()))
        for share in (1.0, 0.2, 0.001)
    ]
    assert numbers[0] > numbers[1] > numbers[2] == 1


def test_many_keys_need_no_more_stripes_than_fewer(monkeypatch):
    monkeypatch.setattr(join_stripes, "VOTES_PER_SHARD", 1000)
    monkeypatch.setattr(join_stripes, "MOST_BYTES", 10**6)
    memory = MemoryShare(10**9, Path())

    def n_stripes(times):
        n = 400 * times
        costs = costs_of(np.full(n, 1000), n, entries=100_000 * times, buckets=20_000 * times)
        return len(plan_stripes(costs, shard_edges(costs), 1.0, memory, OneProcess()))

    assert n_stripes(10) == pytest.approx(n_stripes(100), abs=1)


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("n_bytes", [20_000, 10**8])
@pytest.mark.parametrize("pairs_per_vote", [1.0, 0.0])
def test_stripes_of_all_ranks_make_all_pairs_in_order(
    monkeypatch, tmp_path, expected, size, n_bytes, pairs_per_vote
):
    monkeypatch.setattr(join_stripes, "VOTES_PER_SHARD", 100)

    def work(ranks):
        memory = MemoryShare(n_bytes, tmp_path)
        store, counts = bucket_keys(source_of(ranks), MAX_BUCKET_SIZE, LAYOUT, memory, ranks)
        with store:
            costs = count_costs(store, LAYOUT, len(READS), counts, ranks)
            stripes = plan_stripes(costs, shard_edges(costs), 1.0, memory, ranks)
            joined = [
                join_stripe(store, stripe, costs, ALL_READS, FILTER, pairs_per_vote, ranks)
                for stripe in stripes
            ]
        edges = [stripe.bounds[ranks.rank] for stripe in stripes]
        pairs = [
            part.of_reads(costs.first_read(first), costs.first_read(end))
            for part, bounds in zip(joined, edges, strict=True)
            for first, end in pairwise(bounds)
        ]
        return joined, pairs

    of_ranks = on_ranks(size, work)
    assert (len(of_ranks[0][0]) > 10 // size) == (n_bytes == 20_000)
    in_order = [pairs for _, of_rank in of_ranks for pairs in of_rank]
    pairs = Candidates(*map(np.concatenate, zip(*in_order, strict=True)))
    assert as_dictionary(pairs) == expected.pairs
    joined = [part for of_rank, _ in of_ranks for part in of_rank]
    counts = np.sum([part.counts for part in joined], axis=0).tolist()
    assert counts == [len(expected.pairs), *expected.dropped()]
    assert sum(part.votes for part in joined) == expected.n_votes


@pytest.mark.parametrize("n_blocks", [1, 3, 3000])
@pytest.mark.parametrize("size", [1, 3, 8])
def test_samples_are_single_blocks(n_blocks, size):
    votes = np.ones(n_blocks, np.int64)
    stripes = sample_stripes(costs_of(votes, n_blocks), SimpleNamespace(size=size))
    assert all(len(stripe.bounds) == size for stripe in stripes)
    bounds = np.concatenate([bounds for stripe in stripes for bounds in stripe.bounds])
    assert bounds.tolist() == sorted(bounds.tolist())
    assert 0 <= bounds[0] <= bounds[-1] <= n_blocks
    lengths = (bounds[1::2] - bounds[::2]).tolist()
    assert sum(lengths) == min(n_blocks, len(lengths))
    assert max(lengths) == 1
    if n_blocks == 3000 and size == 1:
        assert bounds[::2].tolist() == [0, 750, 1500, 2250]


def test_capacity_grows_if_there_are_more_pairs_than_expected(tmp_path):
    """Each read has one vote, and the first capacity is that of one pair."""
    kmers = np.random.default_rng(6).choice(list("ACGT"), (50, K))
    reads = ["".join(bases) for bases in kmers for _ in range(2)]
    hashes, entries, layout = entries_of(reads, K, 1.0)
    source = KeySource(lambda: iter([KeyBlock(hashes, entries)]), hashes.size, int(hashes.max()))
    memory, ranks = MemoryShare(10**8, tmp_path), OneProcess()
    store, counts = bucket_keys(source, MAX_BUCKET_SIZE, layout, memory, ranks)
    all_reads = ReadsToJoin(packed(reads), layout)
    with store:
        costs = count_costs(store, layout, len(reads), counts, ranks)
        (stripe,) = plan_stripes(costs, shard_edges(costs), 1.0, memory, ranks)
        pair_filter = PairFilter(1, 1, 0.0, 0)
        result = join_stripe(store, stripe, costs, all_reads, pair_filter, 0.0, ranks)
    pairs = result.of_reads(0, len(reads))
    assert list(as_dictionary(pairs)) == [(i, i + 1) for i in range(0, 100, 2)]
