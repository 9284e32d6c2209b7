"""The join as a whole, from keys to candidate pairs, on all ranks."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from readkin.join.buckets import BucketStore, KeyBlock, KeySource, bucket_keys
from readkin.join.memory_share import MemoryShare
from readkin.join.pair_cap import PairCap, PartnerCounts
from readkin.join.stripes import (
    JoinCosts,
    ReadsToJoin,
    count_costs,
    join_stripe,
    plan_stripes,
    sample_stripes,
    shard_edges,
)
from readkin.kernels.join.candidates import Candidates, merge_candidates
from readkin.kernels.join.duplicates import find_duplicates
from readkin.kernels.join.hash_buckets import BucketCounts
from readkin.kernels.join.key_entries import layout_for, pack_entries
from readkin.kernels.join.lsh_join import PairCounts, PairFilter
from readkin.kernels.radix_sort import partition
from readkin.kernels.sequences.packed_bases import PackedReads, packed_reads
from readkin.parallel.mpi import OneProcess, Ranks
from readkin.progress import Progress, log, with_prefix

SAMPLE_ABOVE_VOTES = 20_000_000  # a smaller join is faster than its estimate
BYTES_IN_FILE = 25  # of a pair


class JoinCounts(NamedTuple):
    """Numbers of keys, votes and pairs over all ranks."""

    keys: BucketCounts
    votes: int
    pairs: PairCounts


class PairsOfShard(NamedTuple):
    """Pairs of a shard.

    Attributes:
        number: of the shard, from 0.
        first_read, end_read: range of the first reads.
        pairs: all pairs with these first reads, in order.
    """

    number: int
    first_read: int
    end_read: int
    pairs: Candidates


def join_keys(
    source: KeySource,
    reads: ReadsToJoin,
    duplicates: Candidates,
    pair_filter: PairFilter,
    max_bucket_size: int,
    memory: MemoryShare,
    ranks: Ranks,
    write: Callable[[PairsOfShard], None],
) -> JoinCounts:
    """Make all candidate pairs; all ranks must call it.

    Args:
        source: this rank's keys.
        reads: all reads.
        duplicates: pairs that are merged into the others, in order; the same on all ranks.
        pair_filter: which pairs to keep.
        max_bucket_size: reads; see kernels/join/hash_buckets.py.
        memory: of this rank.
        ranks: all ranks.
        write: takes this rank's pairs, shard by shard, in order; the shards of a rank precede those
            of the next rank.
    """
    n_reads = len(reads.packed.lengths)
    store, keys = bucket_keys(source, max_bucket_size, reads.layout, memory, ranks)
    with store:
        costs = count_costs(store, reads.layout, n_reads, keys, ranks)
        edges = shard_edges(costs)
        n_votes = int(costs.votes.sum())
        pairs_per_vote = 1.0
        if n_votes > SAMPLE_ABOVE_VOTES:
            pairs_per_vote = _log_estimate(store, costs, reads, pair_filter, ranks)
        counts = np.zeros(len(PairCounts._fields), np.int64)
        with Progress("join", n_votes, "votes", ranks.is_root) as progress:
            for stripe in plan_stripes(costs, edges, pairs_per_vote, memory, ranks):
                joined = join_stripe(
                    store, stripe, costs, reads, pair_filter, pairs_per_vote, ranks
                )
                counts += joined.counts
                for first_block, end_block in pairwise(stripe.bounds[ranks.rank].tolist()):
                    first, end = costs.first_read(first_block), costs.first_read(end_block)
                    pairs = joined.of_reads(first, end)
                    rows = slice(*np.searchsorted(duplicates.read_a, [first, end]).tolist())
                    pairs = merge_candidates(pairs, duplicates.rows(rows))
                    number = int(np.searchsorted(edges, first_block))
                    write(PairsOfShard(number, first, end, pairs))
                progress.advance(stripe.votes)
    return JoinCounts(keys, n_votes, PairCounts(*ranks.total(counts).tolist()))


def _log_estimate(
    store: BucketStore,
    costs: JoinCosts,
    reads: ReadsToJoin,
    pair_filter: PairFilter,
    ranks: Ranks,
) -> float:
    """Join a sample, log the expected size and time of the join, and return the pairs per vote."""
    own = np.zeros(3)
    for stripe in sample_stripes(costs, ranks):
        sample = join_stripe(store, stripe, costs, reads, pair_filter, 1.0, ranks)
        own += sample.counts.kept, sample.votes, sample.seconds
    n_pairs, n_votes, seconds = ranks.total(own).tolist()
    n_votes = max(n_votes, 1.0)
    total = int(costs.votes.sum())
    if ranks.is_root:
        expected_pairs = n_pairs * total / n_votes
        log.info(
            "join: %s shared keys; expected: %s candidate pairs, %sB, %.0f s",
            with_prefix(total),
            with_prefix(expected_pairs),
            with_prefix(expected_pairs * BYTES_IN_FILE),
            seconds / ranks.size * total / n_votes,
        )
    return n_pairs / n_votes


def compile_kernels() -> None:
    """Compile all kernels of the join, or load them from the cache."""
    # Shared arrays are read-only, for which Numba compiles separate code.
    reads = packed_reads(np.zeros(2, np.uint8), np.full(2, 4, np.uint32))
    words, first_word_and_length = OneProcess().one_per_node(
        lambda: [reads.words, reads.first_word_and_length]
    )
    packed = PackedReads(words, first_word_and_length, np.int64(0))
    layout = layout_for(2, 4, 1)
    read = np.arange(2, dtype=np.uint64)
    entries = pack_entries(read, np.zeros(2, np.uint32), packed.lengths, layout)
    keys = KeyBlock(np.ones(2, np.uint64), entries)
    source = KeySource(lambda: iter([keys]), 2, 1)
    # Too little memory for one pass, so that what divides the keys is compiled, too.
    memory, ranks = MemoryShare(128, Path()), OneProcess()
    store, counts = bucket_keys(source, 2, layout, memory, ranks)
    costs = count_costs(store, layout, 2, counts, ranks)
    (stripe,) = plan_stripes(costs, shard_edges(costs), 1.0, memory, ranks)
    pair_filter = PairFilter(1, 1, 0.0, 0)
    all_reads = ReadsToJoin(packed, layout)
    pairs = join_stripe(store, stripe, costs, all_reads, pair_filter, 1.0, ranks).of_reads(0, 2)
    merge_candidates(pairs, pairs)
    partners = PartnerCounts(np.zeros(2, np.bool_))
    partners.add(pairs.pair_votes)
    list(PairCap(lambda: iter([pairs.pair_votes]), partners, 0, ranks).stays())
    partition(np.zeros(2, np.int64), 1)
    find_duplicates(read, np.ones(2, np.uint64), packed)
