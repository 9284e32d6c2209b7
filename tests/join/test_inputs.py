"""Inputs of the join: each key is read on one rank, and duplicates are found on both strands."""

import h5py
import numpy as np
import pytest

from readkin.join.buckets import bucket_keys
from readkin.join.inputs import duplicate_pairs, find_all_duplicates, key_source, read_bases
from readkin.join.memory_share import MemoryShare
from readkin.kernels.join.key_entries import forward_position, read_of
from readkin.kernels.kmers.signatures import KEY_SCHEMES
from support import naive_kmers
from support.embedded_reads import FRACTION, KEY_K, SEED, embed
from support.genome_reads import genome_reads
from support.thread_ranks import on_ranks

READS = [*genome_reads(80, 60, 0.02, seed=2, genome_length=900), "", "ACG"]
READS += [READS[5], naive_kmers.reverse_complement(READS[7]), READS[5]]


def keys_of(read, scheme):
    """Return {(hash, position)} of a read."""
    found = naive_kmers.signature_by(scheme, read, KEY_K, FRACTION, SEED)
    return {(hashed, position) for hashed, position, _ in found}


@pytest.fixture(scope="module", params=KEY_SCHEMES)
def embedded(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, embed(folder, READS, scheme=request.param)


@pytest.mark.parametrize("n_ranks", [1, 2, 3])
def test_each_key_is_on_one_rank_and_in_one_bucket(embedded, n_ranks, tmp_path):
    scheme, path = embedded

    def on_rank(ranks):
        with h5py.File(path) as file:
            reads = read_bases(file, ranks)
            is_duplicate = np.zeros(len(READS), bool)
            is_duplicate[-1] = True
            source = key_source(file, reads, is_duplicate, ranks)
            blocks = list(source.blocks())
            memory = MemoryShare(1 << 30, tmp_path)
            store, counts = bucket_keys(source, 256, reads.layout, memory, ranks)
            with store:
                return blocks, source, counts, reads.layout

    outcomes = on_ranks(n_ranks, on_rank)
    assert len({len(blocks) for blocks, *_ in outcomes}) == 1
    _, source, counts, layout = outcomes[0]
    found = [
        (int(read_of(entry, layout)), (int(hashed), int(forward_position(entry, layout))))
        for blocks, *_ in outcomes
        for keys in blocks
        for hashed, entry in zip(*keys, strict=True)
    ]
    expected = [(i, key) for i, read in enumerate(READS[:-1]) for key in keys_of(read, scheme)]
    assert sorted(found) == sorted(expected)
    assert source.n_keys == len(expected)
    assert max(hashed for _, (hashed, _) in found) <= source.largest < 2**64
    assert counts.uncapped + counts.singletons + counts.capped == len(expected)
    assert counts.uncapped > 100


@pytest.mark.parametrize("n_ranks", [1, 3])
def test_duplicates_are_found_on_both_strands(embedded, n_ranks):
    def on_rank(ranks):
        with h5py.File(embedded[1]) as file:
            reads = read_bases(file, ranks)
            return find_all_duplicates(file, reads.packed, 20, ranks)

    n = len(READS)
    for duplicates in on_ranks(n_ranks, on_rank):
        rows = list(zip(*(column.tolist() for column in duplicates), strict=True))
        assert rows == [(5, n - 3, 0), (5, n - 1, 0), (7, n - 2, 1)]
        pairs = duplicate_pairs(duplicates, np.arange(n, dtype=np.uint32))
        assert pairs.votes.tolist() == [5, 5, 7]
