"""Inputs of the join from the embeddings: bases, exact duplicates, and keys."""

import json
from collections.abc import Iterator
from itertools import pairwise

import h5py
import numpy as np

from readkin.join.buckets import KeyBlock, KeySource
from readkin.join.stripes import ReadsToJoin
from readkin.kernels.join.candidates import Candidates
from readkin.kernels.join.duplicates import Duplicates, find_duplicates
from readkin.kernels.join.key_entries import layout_for, pack_entries
from readkin.kernels.kmers.signatures import KeySettings, largest_hash
from readkin.kernels.radix_sort import partition
from readkin.kernels.sequences.packed_bases import (
    PackedReads,
    bounds_of_reads,
    move_to_words,
)
from readkin.parallel.mpi import Ranks, joined, weighted_split

KEYS_PER_BLOCK = 1 << 18


def read_bases(file: h5py.File, ranks: Ranks) -> ReadsToJoin:
    """Read the bases of all reads, one copy per node; all ranks must call it.

    Each rank of a node reads its share.

    Args:
        file: the embeddings.
        ranks: all ranks.

    Raises:
        OverflowError: if the reads are too many for their length, see ``layout_for``.
    """

    length = file["read_length"][:]
    first_byte, first_word, n_words = bounds_of_reads(length)

    def fill(arrays: list[np.ndarray], part: int, parts: int) -> None:
        words, first_word_and_length = arrays
        first, end = length.size * part // parts, length.size * (part + 1) // parts
        first_word_and_length[first:end, 0] = first_word[first:end]
        first_word_and_length[first:end, 1] = length[first:end]
        packed = file["sequence/packed"][first_byte[first] : first_byte[end]]
        n_bytes = np.diff(first_byte[first : end + 1])
        move_to_words(packed, n_bytes, first_word[first:end], words.view(np.uint8))

    shapes = [((n_words,), np.uint64), ((length.size, 2), np.int64)]
    words, first_word_and_length = ranks.filled_on_node(shapes, fill)
    packed = PackedReads(words, first_word_and_length, np.int64(0))
    key_k = json.loads(file.attrs["parameters"])["key_k"]
    layout = layout_for(len(packed.lengths), int(packed.lengths.max(initial=0)), key_k)
    return ReadsToJoin(packed, layout)


def find_all_duplicates(
    file: h5py.File, reads: PackedReads, min_length: int, ranks: Ranks
) -> Duplicates:
    """Find the exact duplicates among all reads; all ranks must call it.

    Args:
        file: the embeddings.
        reads: bases of all reads.
        min_length: bases outside of stretches of low complexity; reads with fewer are ignored.
        ranks: all ranks.

    Returns:
        All duplicates, on every rank.
    """
    n_reads = len(reads.lengths)
    own = slice(n_reads * ranks.rank // ranks.size, n_reads * (ranks.rank + 1) // ranks.size)
    hashes = file["sequence/hash"][own]
    is_compared = reads.lengths[own] - file["low_complexity"][own] >= min_length
    index = own.start + np.flatnonzero(is_compared)
    hashes = hashes[is_compared]
    # Equal hashes are compared on one rank.
    order, bounds = partition((hashes % np.uint64(ranks.size)).astype(np.int64), ranks.size)
    index, hashes = (
        joined(ranks.exchange(np.split(column[order], bounds[1:-1])))
        for column in (index.astype(np.uint64), hashes)
    )
    found = find_duplicates(index, hashes, reads)
    of_ranks = zip(*ranks.all_gather(found), strict=True)
    duplicates = Duplicates(*map(np.concatenate, of_ranks))
    order = np.lexsort((duplicates.duplicate, duplicates.original))
    return Duplicates(*(column[order] for column in duplicates))


def duplicate_pairs(duplicates: Duplicates, key_counts: np.ndarray) -> Candidates:
    """Return the pairs of each duplicate and its original, which share all keys.

    Args:
        duplicates: all of them.
        key_counts: keys of each read (reads,).
    """
    return Candidates(
        read_a=duplicates.original,
        read_b=duplicates.duplicate,
        votes=key_counts[duplicates.original].astype(np.uint32),
        is_reverse=duplicates.is_reverse,
        diagonal=np.zeros(duplicates.original.size, np.int32),
    )


def key_source(
    file: h5py.File, reads: ReadsToJoin, is_duplicate: np.ndarray, ranks: Ranks
) -> KeySource:
    """Return this rank's share of the keys: consecutive reads, with as many keys as other ranks.

    Args:
        file: the embeddings.
        reads: all reads.
        is_duplicate: bool (reads,), reads to leave out.
        ranks: all ranks.
    """
    bounds = file["keys/indptr"][:].astype(np.int64)
    counts = np.diff(bounds)
    shares = weighted_split(counts, ranks.size)
    first, end = shares[ranks.rank : ranks.rank + 2].tolist()
    # A block consists of whole reads, at least one.
    edges = np.arange(bounds[first], bounds[end] + KEYS_PER_BLOCK, KEYS_PER_BLOCK)
    cuts = np.unique(np.searchsorted(bounds, edges).clip(first, end))

    def blocks() -> Iterator[KeyBlock]:
        for first, end in pairwise(cuts.tolist()):
            keys = slice(int(bounds[first]), int(bounds[end]))
            read = np.repeat(np.arange(first, end), counts[first:end])
            hashes, position = file["keys/hash"][keys], file["keys/place"][keys]
            if is_duplicate[first:end].any():
                kept = ~is_duplicate[read]
                read, hashes, position = read[kept], hashes[kept], position[kept]
            length = reads.packed.lengths[read]
            entries = pack_entries(read.astype(np.uint64), position, length, reads.layout)
            yield KeyBlock(hashes, entries)

    parameters = json.loads(file.attrs["parameters"])
    settings = KeySettings(*(parameters[f"key_{name}"] for name in KeySettings._fields))
    n_keys = int(counts[~is_duplicate].sum())
    return KeySource(blocks, n_keys, largest_hash(settings))
