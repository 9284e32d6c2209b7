"""Shards and stripes of first reads: the second half of the join, spread over MPI ranks by read.

The pairs are stored in shards, each with the pairs of a range of first reads. The ranges follow
from the votes alone, so that they are the same for any number of ranks and any memory. Each rank
makes the pairs of consecutive shards, stripe by stripe: the shards of a stripe, on all ranks, are
joined together, and fit into memory. For each stripe a rank receives, from the buckets of all
ranks, the entries of its first reads and of later ones (buckets.py).
"""

import time
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from readkin.join.buckets import BucketStore
from readkin.join.memory_share import MemoryShare
from readkin.kernels.join.candidates import Candidates
from readkin.kernels.join.hash_buckets import BucketCounts, count_votes, select_entries
from readkin.kernels.join.key_entries import EntryLayout
from readkin.kernels.join.lsh_join import PairCounts, PairFilter, index_rows, join_rows
from readkin.kernels.join.pair_buffer import (
    PairBuffer,
    empty_buffer,
    enlarged,
    rows_of_reads,
    sorted_candidates,
)
from readkin.kernels.sequences.packed_bases import PackedReads
from readkin.parallel.mpi import Ranks, joined, weighted_split

MOST_BLOCKS = 4096  # of first reads: granularity of shards
VOTES_PER_SHARD = 1 << 20
VOTES_PER_READ = 4  # a read takes as long as that many votes
BYTES_PER_ENTRY = 16  # while its stripe is joined
BYTES_PER_SENT_ENTRY = 20  # the same, if it comes from another rank
BYTES_PER_PAIR = 20  # while its stripe is joined
MOST_BYTES = 384 << 20  # of a stripe on a rank with few keys; larger ones are not faster
BYTES_PER_KEY = 16  # of a stripe on a rank with many keys; sorting these took twice as much
N_SAMPLES = 4  # blocks


class ReadsToJoin(NamedTuple):
    """All reads of the join.

    Attributes:
        packed: their bases.
        layout: of the entries of their keys.
    """

    packed: PackedReads
    layout: EntryLayout


class JoinCosts(NamedTuple):
    """Costs of the join per block of first reads, over all ranks.

    Attributes:
        n_reads: reads.
        block_bits: read r is in block ``r >> block_bits``.
        votes: int64 (blocks,), pairs of keys.
        capped: int64 (blocks,), pairs of keys in capped buckets.
        entries: number of entries in buckets within the cap.
        buckets: number of these buckets.
    """

    n_reads: int
    block_bits: int
    votes: np.ndarray
    capped: np.ndarray
    entries: int
    buckets: int

    def first_read(self, block: int) -> int:
        """Return the first read of a block; the number of reads for the end of the last block."""
        return min(int(block) << self.block_bits, self.n_reads)


class Stripe(NamedTuple):
    """First reads whose pairs are made together.

    Attributes:
        bounds: edges of shards, as blocks; rank r joins the shards between ``bounds[r]``.
        votes: pairs of keys, on all ranks together.
    """

    bounds: list[np.ndarray]
    votes: int


class StripePairs(NamedTuple):
    """The pairs of a rank's share of a stripe.

    Attributes:
        buffer: pairs in the order in which they were made.
        row_of: int32 (reads,), row of the buffer of each first read.
        first_read: first one of these reads.
        counts: of the pairs.
        votes: from which the pairs were made.
        seconds: that this took, without the exchange of entries.
    """

    buffer: PairBuffer
    row_of: np.ndarray
    first_read: int
    counts: PairCounts
    votes: int
    seconds: float

    def of_reads(self, first: int, end: int) -> Candidates:
        """Return the pairs with first reads ``first:end``, in order."""
        rows = self.row_of[first - self.first_read : end - self.first_read]
        return sorted_candidates(self.buffer, rows, first)


def count_costs(
    store: BucketStore, layout: EntryLayout, n_reads: int, counts: BucketCounts, ranks: Ranks
) -> JoinCosts:
    """Count the costs of each block of first reads; all ranks must call it.

    Args:
        store: buckets of this rank.
        layout: of the entries.
        n_reads: reads.
        counts: of the buckets of all ranks.
        ranks: all ranks.
    """
    block_bits = max((n_reads - 1) // MOST_BLOCKS, 0).bit_length()
    own = np.zeros((2, max(-(-n_reads >> block_bits), 1)), np.int64)
    for entries in store.arrays():
        count_votes(entries, layout, np.uint64(block_bits), own[0], own[1])
    votes, capped = ranks.total(own)
    return JoinCosts(n_reads, block_bits, votes, capped, counts.uncapped, counts.uncapped_buckets)


def shard_edges(costs: JoinCosts) -> np.ndarray:
    """Return the edges of the shards, as blocks; int64 (shards + 1,)."""
    n_shards = max(-(-int(costs.votes.sum()) // VOTES_PER_SHARD), 1)
    return np.unique(weighted_split(_weights(costs), n_shards))


def _weights(costs: JoinCosts) -> np.ndarray:
    """Return the work of each block, in votes."""
    return costs.votes + (VOTES_PER_READ << costs.block_bits)


def plan_stripes(
    costs: JoinCosts, edges: np.ndarray, pairs_per_vote: float, memory: MemoryShare, ranks: Ranks
) -> list[Stripe]:
    """Divide the shards among the ranks, and those of each rank into stripes that fit into memory.

    A rank's share of a stripe has at least one shard, if the rank has any left.

    Args:
        costs: of all blocks.
        edges: of the shards, see ``shard_edges``.
        pairs_per_vote: expected ratio.
        memory: of each rank.
        ranks: all ranks.
    """
    weights = np.add.reduceat(_weights(costs), edges[:-1])
    shares = list(pairwise(weighted_split(weights, ranks.size).tolist()))
    # All buckets are searched for each stripe: the time of small stripes would grow with the square
    # of the number of reads.
    most = max(MOST_BYTES, BYTES_PER_KEY * costs.entries // ranks.size)
    available = max(min(memory.n_bytes // 2, most), 1)
    n_stripes = max(
        _stripes_needed(costs, edges[first : end + 1], pairs_per_vote, available, ranks.size)
        for first, end in shares
    )
    cuts = [first + weighted_split(weights[first:end], n_stripes) for first, end in shares]
    stripes = []
    for number in range(n_stripes):
        parts = [cut[number : number + 2].tolist() for cut in cuts]
        bounds = [edges[first : end + 1] for first, end in parts]
        votes = sum(int(costs.votes[own[0] : own[-1]].sum()) for own in bounds)
        stripes.append(Stripe(bounds, votes))
    return stripes


def _stripes_needed(
    costs: JoinCosts, edges: np.ndarray, pairs_per_vote: float, available: int, n_ranks: int
) -> int:
    """Return the number of stripes in which the shards between ``edges`` fit into memory.

    A bucket is sent if it has a read of the stripe; reads are expected to be in buckets at random.
    """
    share = slice(edges[0], edges[-1])
    votes, capped = int(costs.votes[share].sum()), int(costs.capped[share].sum())
    size = costs.entries / max(costs.buckets, 1)
    per_entry = BYTES_PER_ENTRY if n_ranks == 1 else BYTES_PER_SENT_ENTRY
    for n_stripes in range(1, len(edges) - 1):
        part = (edges[-1] - edges[0]) / costs.votes.size / n_stripes
        entries = costs.entries * (1 - (1 - part) ** size) + 2 * capped / n_stripes
        n_bytes = votes / n_stripes * pairs_per_vote * BYTES_PER_PAIR + entries * per_entry
        if n_bytes <= available:
            return n_stripes
    return max(len(edges) - 1, 1)


def sample_stripes(costs: JoinCosts, ranks: Ranks) -> list[Stripe]:
    """Return stripes of a sample of the first reads, distributed over all reads."""
    n_blocks = costs.votes.size
    n_stripes = max(N_SAMPLES // ranks.size, 1)
    starts = np.linspace(0, n_blocks, n_stripes * ranks.size, False).astype(np.int64)
    ends = np.minimum(starts + 1, np.append(starts[1:], n_blocks))
    bounds = np.stack([starts, ends], axis=1).reshape(n_stripes, ranks.size, 2)
    return [Stripe(list(of_ranks), 0) for of_ranks in bounds]


def join_stripe(
    store: BucketStore,
    stripe: Stripe,
    costs: JoinCosts,
    reads: ReadsToJoin,
    pair_filter: PairFilter,
    pairs_per_vote: float,
    ranks: Ranks,
) -> StripePairs:
    """Make this rank's pairs of a stripe; all ranks must call it.

    Args:
        store: buckets of this rank.
        stripe: first reads to join.
        costs: which reads are in which block.
        reads: all reads.
        pair_filter: which pairs to keep.
        pairs_per_vote: expected ratio, at most 1; it decides the first capacity for pairs.
        ranks: all ranks.
    """
    entries = _exchange_entries(store, stripe, costs, reads.layout, ranks)
    started = time.perf_counter()
    own = stripe.bounds[ranks.rank]
    first, end = costs.first_read(own[0]), costs.first_read(own[-1])
    rows = index_rows(entries, reads.layout, first, end - first)
    votes = int(rows.votes.sum())
    # The buffer must always have capacity for the votes of the largest row.
    largest_row = int(rows.votes.max(initial=0))
    capacity = int(votes * min(1.2 * pairs_per_vote, 1)) + largest_row
    buffer = empty_buffer(rows.votes.size, capacity)
    counts = np.zeros(len(PairCounts._fields), np.int64)
    row = 0
    while row < rows.votes.size:
        row, counts_of_rows = join_rows(
            entries, rows, reads.layout, reads.packed, pair_filter, row, buffer
        )
        counts += counts_of_rows
        if row < rows.votes.size:
            capacity += capacity // 2 + largest_row
            buffer = enlarged(buffer, capacity)
    return StripePairs(
        buffer,
        rows_of_reads(rows.reads, first, end - first),
        first,
        PairCounts(*counts.tolist()),
        votes,
        time.perf_counter() - started,
    )


def _exchange_entries(
    store: BucketStore, stripe: Stripe, costs: JoinCosts, layout: EntryLayout, ranks: Ranks
) -> np.ndarray:
    """Return the entries, of the buckets of all ranks, for this rank's share of a stripe."""
    rank_of_block = np.full(costs.votes.size, -1, np.int32)
    for rank, bounds in enumerate(stripe.bounds):
        rank_of_block[bounds[0] : bounds[-1]] = rank
    received: list[np.ndarray] = []
    for entries in _arrays_on_all_ranks(store, ranks):
        parts = select_entries(
            entries, layout, rank_of_block, np.uint64(costs.block_bits), ranks.size
        )
        received += ranks.exchange(parts)
    return joined(received)


def _arrays_on_all_ranks(store: BucketStore, ranks: Ranks) -> Iterator[np.ndarray]:
    """Yield the arrays of the store, then empty ones, so that all ranks have the same number."""
    yield from store.arrays()
    for _ in range(max(ranks.all_gather(store.n_arrays)) - store.n_arrays):
        yield np.empty(0, np.uint64)
