"""The join spread over MPI ranks: keys go to ranks by hash, pairs by their first read.

Pairs come in stripes, runs of first reads with a bounded number of collisions, so that memory
stays bounded; within a stripe each rank has a run of first reads. Hence stripe after stripe and
rank after rank, the pairs are in order, whatever the number of ranks.
"""

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import h5py
import numpy as np

from kernels import kmer_signatures, lsh_join, radix_sort
from parallel.mpi_ranks import Ranks, weighted_split

N_BLOCKS = 4096  # of first reads: how finely stripes and ranks share the collisions


class Keys(NamedTuple):
    """Keys of some reads: hash, read_index, packed place (kernels/lsh_join.py)."""

    hashes: np.ndarray
    reads: np.ndarray
    places: np.ndarray


def read_keys(file: h5py.File, ranks: Ranks) -> Keys:
    """This rank's share of the keys, whole reads, as many keys as the other ranks have."""
    counts = file["keys/count"][:].astype(np.int64)
    bounds = weighted_split(counts, ranks.size)
    mine = slice(bounds[ranks.rank], bounds[ranks.rank + 1])
    start = int(counts[: mine.start].sum())
    keys = slice(start, start + int(counts[mine].sum()))
    reads = np.repeat(np.arange(mine.start, mine.stop, dtype=np.uint64), counts[mine])
    lengths = np.repeat(file["read_length"][mine], counts[mine])
    key_k = json.loads(file.attrs["parameters"])["key_k"]
    position, is_reverse = file["keys/position"][keys], file["keys/is_reverse"][keys]
    places = lsh_join.pack_places(position, is_reverse, lengths, key_k)
    return Keys(file["keys/hash"][keys], reads, places)


def send(columns: Sequence[np.ndarray], owner: np.ndarray, ranks: Ranks) -> list[np.ndarray]:
    """Send each row to its owner; rows come in by rank and keep their order."""
    if ranks.size == 1:
        return list(columns)
    order, bounds = radix_sort.partition(owner, ranks.size)
    parts = [np.split(column[order], bounds[1:-1]) for column in columns]
    return [np.concatenate(ranks.exchange(pieces)) for pieces in parts]


def bucket_keys(file: h5py.File, max_bucket_size: int, ranks: Ranks) -> lsh_join.Buckets:
    """The buckets of this rank's range of hashes, which lie evenly below the sampling threshold."""
    keys = read_keys(file, ranks)
    fraction = json.loads(file.attrs["parameters"])["key_fraction"]
    step = int(kmer_signatures.largest_key(fraction)) // ranks.size + 1
    owner = (keys.hashes // np.uint64(step)).astype(np.int64)
    hashes, reads, places = send(keys, owner, ranks)
    return lsh_join.find_buckets(hashes, reads, places, max_bucket_size)


class Stripe(NamedTuple):
    """First reads whose pairs are made at one time.

    Attributes:
        edges: read_index at which each rank's share begins, and the end of the last.
        collisions: pairs before collapsing, on all ranks together.
    """

    edges: list[int]
    collisions: int


def plan_stripes(
    buckets: lsh_join.Buckets, n_reads: int, ranks: Ranks, most_collisions: int
) -> list[Stripe]:
    """Cut the first reads into stripes with about ``most_collisions`` collisions at most, each
    into one share per rank.

    A stripe may have more by those of one block, the ``N_BLOCKS``-th part of the reads.
    """
    own = lsh_join.collisions_per_block(buckets, n_reads, N_BLOCKS)
    collisions = np.sum(ranks.all_gather(own), axis=0)
    filled = np.maximum(np.cumsum(collisions) - 1, 0) // most_collisions
    cuts = [0, *(np.flatnonzero(np.diff(filled)) + 1).tolist(), N_BLOCKS]
    stripes = []
    for first, end in pairwise(cuts):
        shares = first + weighted_split(collisions[first:end], ranks.size)
        edges = [-(-int(block) * n_reads // N_BLOCKS) for block in shares]
        stripes.append(Stripe(edges, int(collisions[first:end].sum())))
    return stripes


def join_stripe(buckets: lsh_join.Buckets, stripe: Stripe, ranks: Ranks) -> lsh_join.Pairs:
    """This rank's pairs of a stripe, collapsed and in order; all ranks must call it."""
    votes = lsh_join.collide(buckets, stripe.edges[0], stripe.edges[-1])
    inner = np.array(stripe.edges[1:-1], np.uint64)
    owner = np.searchsorted(inner, votes[0], side="right")
    read_a, read_b, code = send(votes, owner, ranks)
    return lsh_join.collapse((read_a, read_b, code))
