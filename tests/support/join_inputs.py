"""Reads and their keys for tests of the join, without a file of embeddings."""

from itertools import pairwise

import numpy as np

from readkin.join.buckets import KeyBlock, KeySource
from readkin.join.stripes import ReadsToJoin
from readkin.kernels.join.lsh_join import PairFilter
from support.genome_reads import genome_reads
from support.kernel_join import entries_of, packed

K, FRACTION, MAX_BUCKET_SIZE = 12, 0.5, 10
READS = genome_reads(150, 70, 0.02, seed=4, genome_length=1500)
READS += ["", "ACG", *genome_reads(30, 70, 0.02, seed=5, genome_length=90)]  # capped buckets
FILTER = PairFilter(2, 20, 0.06, 1)
HASHES, ENTRIES, LAYOUT = entries_of(READS, K, FRACTION)
ALL_READS = ReadsToJoin(packed(READS), LAYOUT)


def source_of(ranks, n_blocks=3):
    """Return a rank's share of the keys of all reads."""
    edges = np.linspace(0, HASHES.size, ranks.size * n_blocks + 1).astype(int)
    own = edges[ranks.rank * n_blocks : (ranks.rank + 1) * n_blocks + 1]

    def blocks():
        for first, end in pairwise(own):
            yield KeyBlock(HASHES[first:end].copy(), ENTRIES[first:end].copy())

    return KeySource(blocks, HASHES.size, int(HASHES.max()))
