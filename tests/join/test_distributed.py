"""Keys are spread over ranks and passes, first reads over stripes, and nothing is lost."""

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from readkin.join import distributed as distributed_join
from readkin.join.distributed import (
    JoinedReads,
    Keys,
    KeySource,
    MemoryShare,
    Stripe,
    WorkPlan,
    beside_reads,
    bucket_keys,
    join_stripe,
    plan_stripes,
    plan_work,
    sample_stripes,
    share_of_memory,
)
from readkin.kernels.join.candidates import Candidates
from readkin.kernels.join.hash_buckets import BucketCounts
from readkin.kernels.join.key_entries import LAST
from readkin.kernels.join.lsh_join import Rule
from readkin.kernels.sequences.packed_bases import PackedReads
from readkin.parallel.mpi import OneProcess
from support import naive_join
from support.genome_reads import genome_reads
from support.kernel_join import as_dictionary, entries_of, packed
from support.thread_ranks import on_ranks

K, FRACTION, MAX_BUCKET_SIZE = 12, 0.5, 10
READS = genome_reads(150, 70, 0.02, seed=4, genome_length=1500)
READS += ["", "ACG", *genome_reads(30, 70, 0.02, seed=5, genome_length=90)]  # crowded buckets
RULE = Rule(2, 20, 0.06, 1)
HASHES, ENTRIES, LAYOUT = entries_of(READS, K, FRACTION)
ALL_READS = JoinedReads(packed(READS), LAYOUT)


@pytest.fixture(scope="module")
def expected():
    return naive_join.join(READS, K, FRACTION, 1, MAX_BUCKET_SIZE, RULE)


def source_of(ranks, n_blocks=3):
    """A rank's run of the keys, as they are in order of the reads."""
    edges = np.linspace(0, HASHES.size, ranks.size * n_blocks + 1).astype(int)
    own = edges[ranks.rank * n_blocks : (ranks.rank + 1) * n_blocks + 1]

    def blocks():
        for first, end in pairwise(own):
            yield Keys(HASHES[first:end].copy(), ENTRIES[first:end].copy())

    return KeySource(blocks, HASHES.size, int(HASHES.max()))


def buckets(pieces):
    """Set of buckets (tuples of entries)."""
    found = set()
    for piece in pieces:
        ends = np.flatnonzero(piece & LAST) + 1
        found |= {tuple(part.tolist()) for part in np.split(piece, ends) if part.size}
    return found


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize(("n_bytes", "is_spilled"), [(10_000, True), (10**8, False)])
def test_buckets_are_the_same_on_all_ranks_and_in_all_passes(
    tmp_path, expected, size, n_bytes, is_spilled
):
    def work(ranks):
        memory = MemoryShare(n_bytes, tmp_path)
        store, counts = bucket_keys(source_of(ranks), MAX_BUCKET_SIZE, LAYOUT, memory, ranks)
        with store:
            return list(store.pieces()), counts, store._file is not None

    made = on_ranks(size, work)
    assert {spilled for *_, spilled in made} == {is_spilled}
    n_passes = {len(pieces) for pieces, *_ in made}
    assert n_passes == {-(-HASHES.size // size * 56 // (n_bytes // 2))}
    assert (max(n_passes) > 5) == is_spilled
    wanted = BucketCounts(*naive_join.bucket_counts(expected.sizes, MAX_BUCKET_SIZE))
    assert {counts for _, counts, _ in made} == {wanted}
    whole = on_ranks(
        1,
        lambda ranks: bucket_keys(
            source_of(ranks), MAX_BUCKET_SIZE, LAYOUT, MemoryShare(10**9, tmp_path), ranks
        ),
    )[0][0]
    of_ranks = [buckets(pieces) for pieces, *_ in made]
    assert set.union(*of_ranks) == buckets(whole.pieces())
    assert sum(map(len, of_ranks)) == wanted.buckets + wanted.crowded_buckets > 100
    assert min(map(len, of_ranks)) > 0


@pytest.fixture
def store():
    memory = MemoryShare(10**9, Path())
    return bucket_keys(source_of(OneProcess()), MAX_BUCKET_SIZE, LAYOUT, memory, OneProcess())


@pytest.mark.parametrize("n_blocks", [1, 7, 4096])
def test_the_plan_counts_every_vote(monkeypatch, store, expected, n_blocks):
    monkeypatch.setattr(distributed_join, "N_BLOCKS", n_blocks)
    plan = plan_work(store[0], LAYOUT, len(READS), store[1].joined, OneProcess())
    assert plan.votes.sum() == expected.n_votes
    assert 0 < plan.crowded.sum() < plan.votes.sum()
    assert plan.entries == store[1].joined
    assert (len(plan.votes) - 1) * plan.reads_per_block < len(READS)
    assert len(READS) <= len(plan.votes) * plan.reads_per_block


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("n_bytes", [100, 50_000, 10**9])
def test_stripes_cover_all_reads_in_order(size, n_bytes):
    generator = np.random.default_rng(size)
    votes = generator.integers(0, 50, 200)
    plan = WorkPlan(3, votes, votes // 2, 1000)
    ranks = SimpleNamespace(size=size)
    stripes = plan_stripes(plan, 598, 1.0, MemoryShare(n_bytes, Path()), ranks)
    assert all(len(stripe.edges) == size + 1 for stripe in stripes)
    edges = [edge for stripe in stripes for edge in stripe.edges]
    assert edges == sorted(edges)
    assert (edges[0], edges[-1]) == (0, 598)
    assert all(a.edges[-1] == b.edges[0] for a, b in pairwise(stripes))
    assert sum(stripe.votes for stripe in stripes) == votes.sum()
    if n_bytes == 10**9:
        assert len(stripes) == 1
    elif n_bytes == 100:  # hardly more than a block
        assert len(stripes) > 150
    else:
        cost = 80 / size + 40 / size  # bytes of a vote, and of the crowded half
        assert 1 < len(stripes) < 150
        assert all(stripe.votes * cost < n_bytes for stripe in stripes)


def test_fewer_pairs_per_vote_make_fewer_stripes():
    votes = np.full(400, 1000)
    plan = WorkPlan(1, votes, np.zeros_like(votes), 0)
    numbers = [
        len(plan_stripes(plan, 400, share, MemoryShare(10**6, Path()), OneProcess()))
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
            plan = plan_work(store, LAYOUT, len(READS), counts.joined, ranks)
            stripes = plan_stripes(plan, len(READS), 1.0, memory, ranks)
            return [
                join_stripe(store, stripe, ALL_READS, RULE, pairs_per_vote, ranks)
                for stripe in stripes
            ]

    of_ranks = on_ranks(size, work)
    assert (len(of_ranks[0]) > 10) == (n_bytes == 20_000)
    in_order = [made for stripe in zip(*of_ranks, strict=True) for made in stripe]
    pairs = Candidates(*map(np.concatenate, zip(*(made.pairs for made in in_order), strict=True)))
    assert as_dictionary(pairs) == expected.pairs
    counts = np.sum([made.counts for made in in_order], axis=0).tolist()
    assert counts == [len(expected.pairs), *expected[1:4]]
    assert sum(made.votes for made in in_order) == expected.n_votes


@pytest.mark.parametrize("n_reads", [0, 1, 3, 5000])
@pytest.mark.parametrize("size", [1, 3])
def test_samples_are_stretches_of_reads(n_reads, size):
    stripes = sample_stripes(n_reads, SimpleNamespace(size=size))
    for stripe in stripes:
        assert len(stripe.edges) == size + 1
        assert stripe.edges == sorted(stripe.edges)
        assert 0 <= stripe.edges[0] <= stripe.edges[-1] <= n_reads
    assert any(stripe.edges[-1] > stripe.edges[0] for stripe in stripes) == (n_reads > 0)
    if n_reads == 5000:
        assert [stripe.edges[0] for stripe in stripes] == [0, 1250, 2500, 3750]


def test_memory_is_shared_by_the_ranks(monkeypatch, tmp_path):
    process = SimpleNamespace(memory_info=lambda: SimpleNamespace(rss=102_400_000))
    monkeypatch.setattr(distributed_join.psutil, "Process", lambda: process)
    found = on_ranks(2, lambda ranks: share_of_memory(10**9, tmp_path, ranks))
    assert found == [MemoryShare(500_000_000 - 102_400_000, tmp_path)] * 2
    least = distributed_join.LEAST_MEMORY
    assert share_of_memory(102_400_000 + least, tmp_path, OneProcess()) is not None
    assert share_of_memory(102_400_000 + least - 1, tmp_path, OneProcess()) is None


def test_reads_take_their_part_of_the_memory(tmp_path):
    n = 1_000_000
    reads = PackedReads(np.zeros(5 * n, np.uint64), np.zeros((n, 2), np.int64), np.int64(0))
    share = MemoryShare(500_000_000, tmp_path)
    for size in (1, 2):
        left = beside_reads(share, reads, SimpleNamespace(size=size))
        assert left.n_bytes == 500_000_000 - 56 * n // size - 40 * n
    small = MemoryShare(1000, tmp_path)
    assert beside_reads(small, reads, SimpleNamespace(size=1)) == small


def test_more_pairs_than_expected_find_room(tmp_path):
    """Each read has one vote, and room is taken for one pair: it has to grow all the same."""
    kmers = np.random.default_rng(6).choice(list("ACGT"), (50, K))
    reads = ["".join(letters) for letters in kmers for _ in range(2)]
    hashes, entries, layout = entries_of(reads, K, 1.0)
    source = KeySource(lambda: iter([Keys(hashes, entries)]), hashes.size, int(hashes.max()))
    memory, ranks = MemoryShare(10**8, tmp_path), OneProcess()
    store, _ = bucket_keys(source, MAX_BUCKET_SIZE, layout, memory, ranks)
    everything = JoinedReads(packed(reads), layout)
    with store:
        stripe = Stripe([0, len(reads)], 50)
        made = join_stripe(store, stripe, everything, Rule(1, 1, 0.0, 0), 0.0, ranks)
    assert list(as_dictionary(made.pairs)) == [(i, i + 1) for i in range(0, 100, 2)]
