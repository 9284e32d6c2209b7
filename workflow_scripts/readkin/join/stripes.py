"""Stripes of first reads: the second half of the join, spread over MPI ranks by read.

Candidates are made stripe by stripe, a stripe being a range of first reads. Each rank joins its
share of a stripe: it receives, from the buckets of all ranks, the entries of these reads and of
later ones (buckets.py). The pairs are therefore in order from stripe to stripe and from rank to
rank, for any number of ranks, passes and stripes.
"""

import time
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from readkin.join.buckets import BucketStore
from readkin.join.memory_share import MemoryShare
from readkin.kernels.join.candidates import Candidates
from readkin.kernels.join.hash_buckets import count_votes, select_entries
from readkin.kernels.join.key_entries import EntryLayout
from readkin.kernels.join.lsh_join import PairCounts, PairFilter, index_rows, join_rows
from readkin.kernels.join.pair_buffer import empty_buffer, enlarged, sorted_candidates
from readkin.kernels.sequences.packed_bases import PackedReads
from readkin.parallel.mpi import Ranks, weighted_split

N_BLOCKS = 4096  # of first reads: granularity of stripes and shares
BYTES_PER_JOINED_ENTRY = 40  # while its stripe is joined
BYTES_PER_PAIR = 80  # until it is written
N_SAMPLES, SAMPLE_PART = 4, 2048  # the sample is 4 times the 2048th part of the reads


class ReadsToJoin(NamedTuple):
    """All reads of the join.

    Attributes:
        packed: their bases.
        layout: of the entries of their keys.
    """

    packed: PackedReads
    layout: EntryLayout


class Stripe(NamedTuple):
    """First reads whose pairs are made together.

    Attributes:
        edges: first read of each rank's share, and the end of the last share.
        votes: pairs of keys, on all ranks together.
    """

    edges: list[int]
    votes: int


class StripePairs(NamedTuple):
    """The pairs of a rank's share of a stripe.

    Attributes:
        pairs: candidates, in order.
        counts: of the pairs.
        votes: from which the pairs were made.
        seconds: that this took, without the exchange of entries.
    """

    pairs: Candidates
    counts: PairCounts
    votes: int
    seconds: float


class JoinCosts(NamedTuple):
    """Costs of the join per block of first reads, over all ranks.

    Attributes:
        reads_per_block: reads.
        votes: int64 (blocks,), pairs of keys.
        capped: int64 (blocks,), pairs of keys in capped buckets.
        entries: number of entries in buckets within the cap.
    """

    reads_per_block: int
    votes: np.ndarray
    capped: np.ndarray
    entries: int


def count_costs(
    store: BucketStore, layout: EntryLayout, n_reads: int, n_uncapped: int, ranks: Ranks
) -> JoinCosts:
    """Count the costs of each block of first reads; all ranks must call it.

    Args:
        store: buckets of this rank.
        layout: of the entries.
        n_reads: reads.
        n_uncapped: entries in buckets within the cap, of all ranks.
        ranks: all ranks.
    """
    reads_per_block = max(-(-n_reads // N_BLOCKS), 1)
    own = np.zeros((2, -(-max(n_reads, 1) // reads_per_block)), np.int64)
    for entries in store.arrays():
        count_votes(entries, layout, reads_per_block, own[0], own[1])
    votes, capped = np.sum(ranks.all_gather(own), axis=0)
    return JoinCosts(reads_per_block, votes, capped, n_uncapped)


def plan_stripes(
    costs: JoinCosts, n_reads: int, pairs_per_vote: float, memory: MemoryShare, ranks: Ranks
) -> list[Stripe]:
    """Cut the first reads into stripes that fit into memory, and each stripe into shares of ranks.

    A stripe has at least one block, the ``N_BLOCKS``-th part of the reads.

    Args:
        costs: of all blocks.
        n_reads: reads.
        pairs_per_vote: expected ratio.
        memory: of each rank.
        ranks: all ranks.
    """
    # A bucket is sent at most once to each rank and stripe, and on average to half of them.
    uncapped_bytes = costs.entries * BYTES_PER_JOINED_ENTRY // ranks.size
    available = max(memory.n_bytes // 2, 1)
    per_vote = BYTES_PER_PAIR * pairs_per_vote / ranks.size
    n_bytes = costs.votes * per_vote + costs.capped * (2 * BYTES_PER_JOINED_ENTRY / ranks.size)
    most = max(available - uncapped_bytes, available // 4)
    stripe_of_block = np.floor((np.cumsum(n_bytes) - n_bytes / 2) / most).astype(np.int64)
    cuts = [0, *(np.flatnonzero(np.diff(stripe_of_block)) + 1).tolist(), costs.votes.size]
    stripes = []
    for first, end in pairwise(cuts):
        shares = first + weighted_split(costs.votes[first:end], ranks.size)
        edges = [min(int(block) * costs.reads_per_block, n_reads) for block in shares]
        stripes.append(Stripe(edges, int(costs.votes[first:end].sum())))
    return stripes


def sample_stripes(n_reads: int, ranks: Ranks) -> list[Stripe]:
    """Return stripes of a sample of the first reads, distributed over all reads."""
    stripes = []
    size = max(n_reads // SAMPLE_PART, 1)
    for number in range(N_SAMPLES):
        first = n_reads * number // N_SAMPLES
        end = min(first + size, n_reads)
        edges = [first + (end - first) * rank // ranks.size for rank in range(ranks.size + 1)]
        stripes.append(Stripe(edges, 0))
    return stripes


def join_stripe(
    store: BucketStore,
    stripe: Stripe,
    reads: ReadsToJoin,
    pair_filter: PairFilter,
    pairs_per_vote: float,
    ranks: Ranks,
) -> StripePairs:
    """Make this rank's pairs of a stripe; all ranks must call it.

    Args:
        store: buckets of this rank.
        stripe: first reads to join.
        reads: all reads.
        pair_filter: which pairs to keep.
        pairs_per_vote: expected ratio, at most 1; it decides the first capacity for pairs.
        ranks: all ranks.
    """
    entries = _exchange_entries(store, stripe, reads.layout, ranks)
    started = time.perf_counter()
    first, end = stripe.edges[ranks.rank : ranks.rank + 2]
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
    pairs = sorted_candidates(buffer, rows.reads, first, end - first)
    seconds = time.perf_counter() - started
    return StripePairs(pairs, PairCounts(*counts.tolist()), votes, seconds)


def _exchange_entries(
    store: BucketStore, stripe: Stripe, layout: EntryLayout, ranks: Ranks
) -> np.ndarray:
    """Return the entries, of the buckets of all ranks, for this rank's share of a stripe."""
    received: list[np.ndarray] = []
    for entries in _arrays_on_all_ranks(store, ranks):
        parts = [
            select_entries(entries, layout, first, end) for first, end in pairwise(stripe.edges)
        ]
        received += ranks.exchange(parts)
    return np.concatenate(received)


def _arrays_on_all_ranks(store: BucketStore, ranks: Ranks) -> Iterator[np.ndarray]:
    """Yield the arrays of the store, then empty ones, so that all ranks have the same number."""
    yield from store.arrays()
    for _ in range(max(ranks.all_gather(store.n_arrays)) - store.n_arrays):
        yield np.empty(0, np.uint64)
