"""The join as a whole: keys in, pairs out, on all ranks."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from readkin.formats.counts import Flow
from readkin.join import distributed as distributed_join
from readkin.join.distributed import JoinedReads, KeySource, MemoryShare, WorkPlan
from readkin.kernels.join.candidates import Candidates
from readkin.kernels.join.duplicates import find_duplicates
from readkin.kernels.join.hash_buckets import BucketCounts
from readkin.kernels.join.key_entries import layout_for, pack_entries
from readkin.kernels.join.lsh_join import PairCounts, Rule
from readkin.kernels.join.merged_pairs import merge_pairs
from readkin.kernels.sequences.packed_bases import PackedReads, packed_reads
from readkin.parallel.mpi import OneProcess, Ranks
from readkin.progress import Progress, log, with_prefix

MUCH_WORK = 20_000_000  # votes from which on a sample is joined first, to tell what is to come
BYTES_IN_FILE = 25  # of a pair


class Joined(NamedTuple):
    """What became of keys and pairs, over all ranks."""

    keys: BucketCounts
    votes: int
    pairs: PairCounts


def join(
    source: KeySource,
    reads: JoinedReads,
    stars: Candidates,
    rule: Rule,
    max_bucket_size: int,
    memory: MemoryShare,
    ranks: Ranks,
    write: Callable[[Candidates], None],
) -> Joined:
    """Make all pairs and hand them, in order, to ``write`` on the root.

    Args:
        source: this rank's keys.
        reads: all reads.
        stars: pairs to be written with the others, in order; the same on all ranks.
        rule: which pairs to keep.
        max_bucket_size: reads; see kernels/join/hash_buckets.py.
        memory: of this rank.
        ranks: all must call this.
        write: takes pairs.
    """
    n_reads = len(reads.packed.lengths)
    store, keys = distributed_join.bucket_keys(source, max_bucket_size, reads.layout, memory, ranks)
    with store:
        plan = distributed_join.plan_work(store, reads.layout, n_reads, keys.joined, ranks)
        total = int(plan.votes.sum())
        pairs_per_vote = 1.0
        if total > MUCH_WORK:
            pairs_per_vote = _announced(store, plan, reads, rule, ranks)
        stripes = distributed_join.plan_stripes(plan, n_reads, pairs_per_vote, memory, ranks)
        counts = np.zeros(len(PairCounts._fields), np.int64)
        with Progress("join", total, "votes", ranks.is_root) as progress:
            for stripe in stripes:
                made = distributed_join.join_stripe(
                    store, stripe, reads, rule, pairs_per_vote, ranks
                )
                counts += made.counts
                first, end = np.searchsorted(
                    stars.read_a, np.array(stripe.edges[ranks.rank : ranks.rank + 2], np.uint64)
                )
                pairs = merge_pairs(
                    made.pairs, Candidates(*(column[first:end] for column in stars))
                )
                pieces = ranks.gather(pairs)
                for piece in pieces or []:
                    write(piece)
                progress.advance(stripe.votes)
    return Joined(keys, total, PairCounts(*(ranks.sum(int(count)) for count in counts)))


def flows_of(
    joined: Joined, n_keys: int, lost_keys: int, n_duplicates: int, thinned_out: int
) -> list[Flow]:
    """What became of keys and pairs."""
    keys, pairs = joined.keys, joined.pairs
    of_keys = {"key of an exact duplicate": lost_keys, "key seen in one read only": keys.alone}
    of_pairs = {
        "fewer votes than min_votes": pairs.few_votes,
        "overlap shorter than min_overlap_bp": pairs.short_overlap,
        "more mismatches than max_mismatch_rate": pairs.many_mismatches,
        "beyond max_pairs_per_read": thinned_out,
    }
    kept = pairs.kept + n_duplicates - thinned_out
    return [
        Flow("keys", n_keys, keys.joined + keys.crowded, of_keys),
        Flow("pairs", kept + sum(of_pairs.values()), kept, of_pairs),
    ]


def _announced(
    store: distributed_join.BucketStore,
    plan: WorkPlan,
    reads: JoinedReads,
    rule: Rule,
    ranks: Ranks,
) -> float:
    """Join a sample, say what all will take, and return the pairs to expect per vote."""
    n_reads = len(reads.packed.lengths)
    found = votes = 0
    seconds = 0.0
    for stripe in distributed_join.sample_stripes(n_reads, ranks):
        sample = distributed_join.join_stripe(store, stripe, reads, rule, 1.0, ranks)
        found += ranks.sum(sample.pairs.votes.size)
        votes += ranks.sum(sample.votes)
        seconds += sum(ranks.all_gather(sample.seconds)) / ranks.size
    total = int(plan.votes.sum())
    if ranks.is_root:
        pairs = found * total // max(votes, 1)
        log.info(
            "join: %s shared keys to go through, about %s candidate pairs, %sB and %.0f s",
            with_prefix(total),
            with_prefix(pairs),
            with_prefix(pairs * BYTES_IN_FILE),
            seconds * total / max(votes, 1),
        )
    return found / max(votes, 1)


def compile_kernels() -> None:
    """Compile all kernels of the join, or load them from the cache."""
    # Shared arrays are read-only, which Numba compiles for apart.
    arrays = packed_reads(np.zeros(2, np.uint8), np.full(2, 4, np.uint32))
    words, places = OneProcess().one_per_node(lambda: arrays[:2])
    packed = PackedReads(words, places, np.int64(0))
    layout = layout_for(2, 4, 1)
    read = np.arange(2, dtype=np.uint64)
    entries = pack_entries(read, np.zeros(2, np.uint32), packed.lengths, layout)
    keys = distributed_join.Keys(np.ones(2, np.uint64), entries)
    source = KeySource(lambda: iter([keys]), 2, 1)
    memory, ranks = MemoryShare(1 << 20, Path()), OneProcess()
    store, counts = distributed_join.bucket_keys(source, 2, layout, memory, ranks)
    distributed_join.plan_work(store, layout, 2, counts.joined, ranks)
    stripe = distributed_join.Stripe([0, 2], 1)
    rule = Rule(1, 1, 0.0, 0)
    made = distributed_join.join_stripe(
        store, stripe, JoinedReads(packed, layout), rule, 1.0, ranks
    )
    merge_pairs(made.pairs, made.pairs)
    find_duplicates(read, np.ones(2, np.uint64), packed)
