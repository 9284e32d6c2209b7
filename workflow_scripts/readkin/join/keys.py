"""What the join takes from the embeddings: bases, keys, and which reads are exact duplicates."""

import json
from collections.abc import Iterator
from itertools import pairwise

import h5py
import numpy as np

from readkin.join.distributed import JoinedReads, Keys, KeySource
from readkin.kernels.join.candidates import Candidates
from readkin.kernels.join.duplicates import Duplicates, find_duplicates
from readkin.kernels.join.key_entries import layout_for, pack_entries
from readkin.kernels.kmers.signatures import KeySettings, largest_hash
from readkin.kernels.sequences.packed_bases import PackedReads, packed_reads
from readkin.parallel.mpi import Ranks, weighted_split

KEYS_AT_A_TIME = 1 << 18


def read_bases(file: h5py.File, ranks: Ranks) -> JoinedReads:
    """The bases of all reads, once per node.

    Raises:
        OverflowError: if reads and positions do not fit into a key's entry.
    """

    def arrays() -> Iterator[np.ndarray]:
        packed = packed_reads(file["sequence/packed"][:], file["read_length"][:])
        yield packed.words
        yield packed.first_word_and_length

    words, places = ranks.one_per_node(arrays)
    key_k = json.loads(file.attrs["parameters"])["key_k"]
    layout = layout_for(len(places), int(places[:, 1].max(initial=0)), key_k)
    return JoinedReads(PackedReads(words, places, np.int64(0)), layout)


def duplicates_of(file: h5py.File, reads: PackedReads, min_length: int, ranks: Ranks) -> Duplicates:
    """Exact duplicates among all reads of at least ``min_length`` bases; the same on all ranks."""
    hashes = file["sequence/hash"][:]
    mine = (hashes % np.uint64(ranks.size)).astype(np.int64) == ranks.rank
    mine &= reads.lengths >= min_length
    index = np.flatnonzero(mine).astype(np.uint64)
    own = find_duplicates(index, hashes[mine], reads)
    parts = zip(*ranks.all_gather(own), strict=True)
    found = Duplicates(*map(np.concatenate, parts))
    order = np.lexsort((found.duplicate, found.original))
    return Duplicates(*(column[order] for column in found))


def stars_of(duplicates: Duplicates, key_counts: np.ndarray) -> Candidates:
    """Each duplicate as pair with its original, all keys being shared."""
    return Candidates(
        duplicates.original,
        duplicates.duplicate,
        key_counts[duplicates.original].astype(np.uint32),
        duplicates.is_reverse,
        np.zeros(duplicates.original.size, np.int32),
    )


def key_source(
    file: h5py.File, reads: JoinedReads, is_duplicate: np.ndarray, ranks: Ranks
) -> KeySource:
    """This rank's share of the keys: of whole reads, as many as the other ranks have.

    Args:
        file: the embeddings.
        reads: all reads.
        is_duplicate: bool (n,), reads to leave out.
        ranks: all of them.
    """
    bounds = file["keys/indptr"][:].astype(np.int64)
    counts = np.diff(bounds)
    shares = weighted_split(counts, ranks.size)
    # A block ends with a read, and has keys of one read at least.
    cuts = [
        np.unique(
            np.searchsorted(
                bounds, np.arange(bounds[first], bounds[end] + KEYS_AT_A_TIME, KEYS_AT_A_TIME)
            ).clip(first, end)
        )
        for first, end in pairwise(shares.tolist())
    ]
    n_blocks = max(len(of_rank) for of_rank in cuts) - 1
    own = np.pad(cuts[ranks.rank], (0, n_blocks + 1 - len(cuts[ranks.rank])), "edge")

    def blocks() -> Iterator[Keys]:
        for first, end in pairwise(own.tolist()):
            keys = slice(int(bounds[first]), int(bounds[end]))
            read = np.repeat(np.arange(first, end), counts[first:end])
            hashes, place = file["keys/hash"][keys], file["keys/place"][keys]
            if is_duplicate[first:end].any():
                kept = ~is_duplicate[read]
                read, hashes, place = read[kept], hashes[kept], place[kept]
            length = reads.packed.lengths[read]
            yield Keys(hashes, pack_entries(read.astype(np.uint64), place, length, reads.layout))

    parameters = json.loads(file.attrs["parameters"])
    settings = KeySettings(*(parameters[f"key_{name}"] for name in KeySettings._fields))
    n_keys = int(counts[~is_duplicate].sum())
    return KeySource(blocks, n_keys, largest_hash(settings))
