"""First reads are divided into stripes without loss, for any number of ranks and any memory."""

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from readkin.join import stripes as join_stripes
from readkin.join.buckets import KeyBlock, KeySource, bucket_keys
from readkin.join.memory_share import MemoryShare
from readkin.join.stripes import (
    JoinCosts,
    ReadsToJoin,
    Stripe,
    count_costs,
    join_stripe,
    plan_stripes,
    sample_stripes,
)
from readkin.kernels.join.candidates import Candidates
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


@pytest.mark.parametrize("n_blocks", [1, 7, 4096])
def test_every_vote_is_counted(monkeypatch, store, expected, n_blocks):
    monkeypatch.setattr(join_stripes, "N_BLOCKS", n_blocks)
    costs = count_costs(store[0], LAYOUT, len(READS), store[1].uncapped, OneProcess())
    assert costs.votes.sum() == expected.n_votes
    assert 0 < costs.capped.sum() < costs.votes.sum()
    assert costs.entries == store[1].uncapped
    assert (len(costs.votes) - 1) * costs.reads_per_block < len(READS)
    assert len(READS) <= len(costs.votes) * costs.reads_per_block


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("n_bytes", [100, 50_000, 10**9])
def test_stripes_cover_all_reads_in_order(size, n_bytes):
    generator = np.random.default_rng(size)
    votes = generator.integers(0, 50, 200)
    costs = JoinCosts(3, votes, votes // 2, 1000)
    ranks = SimpleNamespace(size=size)
    stripes = plan_stripes(costs, 598, 1.0, MemoryShare(n_bytes, Path()), ranks)
    assert all(len(stripe.edges) == size + 1 for stripe in stripes)
    edges = [edge for stripe in stripes for edge in stripe.edges]
    assert edges == sorted(edges)
    assert (edges[0], edges[-1]) == (0, 598)
    assert all(a.edges[-1] == b.edges[0] for a, b in pairwise(stripes))
    assert sum(stripe.votes for stripe in stripes) == votes.sum()
    if n_bytes == 10**9:
        assert len(stripes) == 1
    elif n_bytes == 100:  # about one block each
        assert len(stripes) > 150
    else:
        bytes_per_vote = 80 / size + 40 / size  # of the pair, and of the capped half
        assert 1 < len(stripes) < 150
        assert all(stripe.votes * bytes_per_vote < n_bytes for stripe in stripes)


def test_fewer_pairs_per_vote_need_fewer_stripes():
    votes = np.full(400, 1000)
    costs = JoinCosts(1, votes, np.zeros_like(votes), 0)
    numbers = [
        len(plan_stripes(costs, 400, share, MemoryShare(10**6, Path()), OneProcess()))
        for share in (1.0, 0.1, 0.001)
    ]
    assert numbers[0] > numbers[1] > numbers[2] == 1


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("n_bytes", [20_000, 10**8])
@pytest.mark.parametrize("pairs_per_vote", [1.0, 0.0])
def test_stripes_of_all_ranks_make_all_pairs_in_order(
    tmp_path, expected, size, n_bytes, pairs_per_vote
):
    def work(ranks):
        memory = MemoryShare(n_bytes, tmp_path)
        store, counts = bucket_keys(source_of(ranks), MAX_BUCKET_SIZE, LAYOUT, memory, ranks)
        with store:
            costs = count_costs(store, LAYOUT, len(READS), counts.uncapped, ranks)
            stripes = plan_stripes(costs, len(READS), 1.0, memory, ranks)
            return [
                join_stripe(store, stripe, ALL_READS, FILTER, pairs_per_vote, ranks)
                for stripe in stripes
            ]

    of_ranks = on_ranks(size, work)
    assert (len(of_ranks[0]) > 10) == (n_bytes == 20_000)
    in_order = [part for stripe in zip(*of_ranks, strict=True) for part in stripe]
    pairs = Candidates(*map(np.concatenate, zip(*(part.pairs for part in in_order), strict=True)))
    assert as_dictionary(pairs) == expected.pairs
    counts = np.sum([part.counts for part in in_order], axis=0).tolist()
    assert counts == [len(expected.pairs), *expected.dropped()]
    assert sum(part.votes for part in in_order) == expected.n_votes


@pytest.mark.parametrize("n_reads", [0, 1, 3, 5000])
@pytest.mark.parametrize("size", [1, 3])
def test_samples_are_ranges_of_reads(n_reads, size):
    stripes = sample_stripes(n_reads, SimpleNamespace(size=size))
    for stripe in stripes:
        assert len(stripe.edges) == size + 1
        assert stripe.edges == sorted(stripe.edges)
        assert 0 <= stripe.edges[0] <= stripe.edges[-1] <= n_reads
    assert any(stripe.edges[-1] > stripe.edges[0] for stripe in stripes) == (n_reads > 0)
    if n_reads == 5000:
        assert [stripe.edges[0] for stripe in stripes] == [0, 1250, 2500, 3750]


def test_capacity_grows_if_there_are_more_pairs_than_expected(tmp_path):
    """Each read has one vote, and the first capacity is that of one pair."""
    kmers = np.random.default_rng(6).choice(list("ACGT"), (50, K))
    reads = ["".join(bases) for bases in kmers for _ in range(2)]
    hashes, entries, layout = entries_of(reads, K, 1.0)
    source = KeySource(lambda: iter([KeyBlock(hashes, entries)]), hashes.size, int(hashes.max()))
    memory, ranks = MemoryShare(10**8, tmp_path), OneProcess()
    store, _ = bucket_keys(source, MAX_BUCKET_SIZE, layout, memory, ranks)
    all_reads = ReadsToJoin(packed(reads), layout)
    with store:
        stripe = Stripe([0, len(reads)], 50)
        result = join_stripe(store, stripe, all_reads, PairFilter(1, 1, 0.0, 0), 0.0, ranks)
    assert list(as_dictionary(result.pairs)) == [(i, i + 1) for i in range(0, 100, 2)]
