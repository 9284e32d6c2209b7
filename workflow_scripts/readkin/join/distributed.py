"""The join spread over MPI ranks: keys go to ranks by hash, buckets to the owners of their reads.

Each rank owns a range of hashes and sorts its keys into buckets, in several passes over parts of
its range where memory is short. Candidates then are made in stripes, runs of first reads, each rank
having a share of a stripe: for it, it gets from all ranks what the buckets hold of these reads and
of later ones. So stripe after stripe and rank after rank the pairs are in order, whatever the
number of ranks, passes and stripes.
"""

import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil

from readkin.join.bucket_store import BucketStore
from readkin.kernels.join.candidates import Candidates
from readkin.kernels.join.hash_buckets import (
    BucketCounts,
    count_votes,
    cut_out,
    make_buckets,
    sort_by_hash,
)
from readkin.kernels.join.joined_rows import empty_rows, in_order_of_reads, with_room
from readkin.kernels.join.key_entries import EntryLayout
from readkin.kernels.join.lsh_join import PairCounts, Rule, index_rows, join_rows
from readkin.kernels.radix_sort import partition
from readkin.kernels.sequences.packed_bases import PackedReads
from readkin.parallel.mpi import Ranks, weighted_split

N_BLOCKS = 4096  # of first reads: how finely stripes and ranks share the work
BYTES_PER_KEY = 56  # while it is exchanged and sorted
BYTES_PER_ENTRY = 40  # while its stripe is joined
BYTES_PER_READ = 40  # on each rank: counts, hashes, partners
BYTES_PER_PAIR = 80  # until it is written
SAMPLES, SAMPLE_PART = 4, 2048  # reads are joined on trial: 4 times the 2048th part of all
LEAST_MEMORY = 64 << 20  # bytes for a rank's arrays


class Keys(NamedTuple):
    """Keys of some reads.

    Attributes:
        hashes: uint64 (keys,).
        entries: uint64 (keys,), see kernels/join/key_entries.py; reads rise from call to call.
    """

    hashes: np.ndarray
    entries: np.ndarray


class KeySource(NamedTuple):
    """This rank's share of the keys.

    Attributes:
        blocks: gives them block by block, each time it is called; as often on every rank.
        n_keys: of all ranks together, about.
        largest: no hash is above it.
    """

    blocks: Callable[[], Iterator[Keys]]
    n_keys: int
    largest: int


class JoinedReads(NamedTuple):
    """All reads that take part.

    Attributes:
        packed: their bases.
        layout: of entries that speak of them.
    """

    packed: PackedReads
    layout: EntryLayout


class Stripe(NamedTuple):
    """First reads whose pairs are made at one time.

    Attributes:
        edges: read at which each rank's share begins, and the end of the last.
        votes: pairs of keys, on all ranks together.
    """

    edges: list[int]
    votes: int


class StripePairs(NamedTuple):
    """What a rank made of its share of a stripe: pairs, their counts, from how many votes, and how
    long that took, without fetching the buckets."""

    pairs: Candidates
    counts: PairCounts
    votes: int
    seconds: float


class MemoryShare(NamedTuple):
    """Bytes that a rank may use for its arrays, and where it keeps what does not fit."""

    n_bytes: int
    folder: Path


def share_of_memory(total: int, folder: Path, ranks: Ranks) -> MemoryShare | None:
    """What is left of ``total`` bytes for the arrays of each rank; None if that is too little."""
    in_use = max(ranks.all_gather(psutil.Process().memory_info().rss))
    left = total // ranks.size - in_use
    return MemoryShare(left, folder) if left >= LEAST_MEMORY else None


def beside_reads(memory: MemoryShare, reads: PackedReads, ranks: Ranks) -> MemoryShare:
    """What is left to this rank beside the reads, of which each node has one copy."""
    taken = (reads.words.nbytes + reads.first_word_and_length.nbytes) // ranks.size
    taken += BYTES_PER_READ * len(reads.lengths)
    left = max(memory.n_bytes - taken, min(memory.n_bytes, LEAST_MEMORY))
    return memory._replace(n_bytes=left)


def bucket_keys(
    source: KeySource, max_bucket_size: int, layout: EntryLayout, memory: MemoryShare, ranks: Ranks
) -> tuple[BucketStore, BucketCounts]:
    """The buckets of this rank's range of hashes, and their counts over all ranks."""
    own_keys = source.n_keys // ranks.size
    passes = -(-own_keys * BYTES_PER_KEY // max(memory.n_bytes // 2, 1)) or 1
    fits = own_keys * 8 <= memory.n_bytes // 4
    store = BucketStore(None if fits else memory.folder)
    totals = np.zeros(len(BucketCounts._fields), np.int64)
    largest = 0
    parts = ranks.size * passes
    step = np.uint64(source.largest // parts + 1 if parts > 1 else 1)
    for number in range(passes):
        hashes, entries = _exchanged(source, step, number, passes, ranks)
        hashes, entries = sort_by_hash(hashes, entries)
        entries, counts = make_buckets(hashes, entries, max_bucket_size, layout)
        store.add(entries)
        totals += counts
        largest = max(largest, counts.largest)
        del hashes, entries
    summed = BucketCounts(*(ranks.sum(int(total)) for total in totals))
    return store, summed._replace(largest=max(ranks.all_gather(largest)))


def _exchanged(
    source: KeySource, step: np.uint64, number: int, passes: int, ranks: Ranks
) -> tuple[np.ndarray, np.ndarray]:
    """The keys of pass ``number`` in this rank's range, reads rising."""
    # Rank by rank, as those of a rank are all before those of the next one.
    hashes: list[list[np.ndarray]] = [[] for _ in range(ranks.size)]
    entries: list[list[np.ndarray]] = [[] for _ in range(ranks.size)]
    for keys in source.blocks():
        columns = keys
        bounds = np.array([0, keys.hashes.size])
        if ranks.size * passes > 1:
            part = (keys.hashes // step).astype(np.int64)
            mine = part % passes == number
            order, bounds = partition(part[mine] // passes, ranks.size)
            columns = Keys(*(column[mine][order] for column in keys))
        for column, received in zip(columns, (hashes, entries), strict=True):
            pieces = ranks.exchange(np.split(column, bounds[1:-1]))
            for of_rank, piece in zip(received, pieces, strict=True):
                of_rank.append(piece)
    return _joined(hashes), _joined(entries)


def _joined(pieces: list[list[np.ndarray]]) -> np.ndarray:
    """All pieces as one array; they are given up."""
    flat = [piece for of_rank in pieces for piece in of_rank]
    pieces.clear()
    return np.concatenate(flat) if flat else np.empty(0, np.uint64)


class WorkPlan(NamedTuple):
    """What making pairs costs, per block of first reads and over all ranks.

    Attributes:
        reads_per_block: reads.
        votes: int64 (blocks,), pairs of keys.
        crowded: int64 (blocks,), of these in crowded buckets.
        entries: in whole buckets.
    """

    reads_per_block: int
    votes: np.ndarray
    crowded: np.ndarray
    entries: int


def plan_work(
    store: BucketStore, layout: EntryLayout, n_reads: int, joined: int, ranks: Ranks
) -> WorkPlan:
    """Count what each block of first reads costs.

    Args:
        store: buckets of this rank.
        layout: of the entries.
        n_reads: reads.
        joined: entries in whole buckets, of all ranks.
    """
    reads_per_block = max(-(-n_reads // N_BLOCKS), 1)
    own = np.zeros((2, -(-max(n_reads, 1) // reads_per_block)), np.int64)
    for entries in store.pieces():
        count_votes(entries, layout, reads_per_block, own[0], own[1])
    votes, crowded = np.sum(ranks.all_gather(own), axis=0)
    return WorkPlan(reads_per_block, votes, crowded, joined)


def plan_stripes(
    plan: WorkPlan, n_reads: int, pairs_per_vote: float, memory: MemoryShare, ranks: Ranks
) -> list[Stripe]:
    """Cut the first reads into stripes that fit into memory, each into one share per rank.

    A stripe has one block at least, the ``N_BLOCKS``-th part of the reads.
    """
    # A bucket is sent at most once a stripe and rank, and to one in two on average.
    whole = plan.entries * BYTES_PER_ENTRY // ranks.size
    room = max(memory.n_bytes // 2, 1)
    per_vote = BYTES_PER_PAIR * pairs_per_vote / ranks.size
    cost = plan.votes * per_vote + plan.crowded * (2 * BYTES_PER_ENTRY / ranks.size)
    most = max(room - whole, room // 4)
    filled = np.floor((np.cumsum(cost) - cost / 2) / most).astype(np.int64)
    cuts = [0, *(np.flatnonzero(np.diff(filled)) + 1).tolist(), plan.votes.size]
    stripes = []
    for first, end in pairwise(cuts):
        shares = first + weighted_split(plan.votes[first:end], ranks.size)
        edges = [min(int(block) * plan.reads_per_block, n_reads) for block in shares]
        stripes.append(Stripe(edges, int(plan.votes[first:end].sum())))
    return stripes


def join_stripe(
    store: BucketStore,
    stripe: Stripe,
    reads: JoinedReads,
    rule: Rule,
    pairs_per_vote: float,
    ranks: Ranks,
) -> StripePairs:
    """This rank's pairs of a stripe, in order; all ranks must call it.

    Args:
        store: buckets of this rank.
        stripe: what to join.
        reads: all reads.
        rule: which pairs to keep.
        pairs_per_vote: to be expected, at most 1; memory is taken for these first.
        ranks: all of them.
    """
    received: list[np.ndarray] = []
    for pieces in _pieces_of_all(store, ranks):
        parts = [cut_out(pieces, reads.layout, first, end) for first, end in pairwise(stripe.edges)]
        received += ranks.exchange(parts)
    entries = np.concatenate(received)
    received.clear()
    started = time.perf_counter()
    first, end = stripe.edges[ranks.rank : ranks.rank + 2]
    rows = index_rows(entries, reads.layout, first, end - first)
    votes = int(rows.votes.sum())
    most = int(rows.votes.max(initial=0))  # of a row: so much room is always gone on with
    room = int(votes * min(1.2 * pairs_per_vote, 1)) + most
    joined, counts = empty_rows(rows.votes.size, room), np.zeros(len(PairCounts._fields), np.int64)
    row = 0
    while row < rows.votes.size:
        row, of_these = join_rows(entries, rows, reads.layout, reads.packed, rule, row, joined)
        counts += of_these
        if row < rows.votes.size:
            room += room // 2 + most
            joined = with_room(joined, room)
    pairs = in_order_of_reads(joined, rows.reads, first, end - first)
    seconds = time.perf_counter() - started
    return StripePairs(pairs, PairCounts(*counts.tolist()), votes, seconds)


def _pieces_of_all(store: BucketStore, ranks: Ranks) -> Iterator[np.ndarray]:
    """The pieces of the store; empty ones at the end, so that all ranks have as many."""
    yield from store.pieces()
    for _ in range(max(ranks.all_gather(store.n_pieces)) - store.n_pieces):
        yield np.empty(0, np.uint64)


def sample_stripes(n_reads: int, ranks: Ranks) -> list[Stripe]:
    """Some first reads, spread over all, to be joined on trial."""
    stripes = []
    size = max(n_reads // SAMPLE_PART, 1)
    for number in range(SAMPLES):
        first = n_reads * number // SAMPLES
        end = min(first + size, n_reads)
        edges = [first + (end - first) * rank // ranks.size for rank in range(ranks.size + 1)]
        stripes.append(Stripe(edges, 0))
    return stripes
