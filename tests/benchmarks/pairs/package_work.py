"""Pairs by a Python package: python -m benchmarks.pairs.package_work NAME READS.npy PAIRS.npz

Prints JSON with join_cpu: processor seconds of building and asking the index. The k-mer hashes, or
the vectors, are made by readkin's kernels before, and are not in it.
"""

import json
import sys
import time
from collections.abc import Callable
from itertools import chain

import numpy as np

from benchmarks.pairs.scoring import PairColumns
from readkin.kernels.kmers.signatures import sample_keys
from readkin.kernels.kmers.vectors import count_sketches

K, VECTOR_K, DIMENSIONS, BITS, NEAREST = 16, 11, 256, 256, 16
RENSA_PERMUTATIONS, DATASKETCH_PERMUTATIONS = 16, 32
Result = tuple[PairColumns, float]


def kmer_hashes(reads: np.ndarray) -> list[np.ndarray]:
    """uint64 hashes of all canonical k-mers of each read."""
    offsets = np.arange(len(reads) + 1, dtype=np.int64) * reads.shape[1]
    keys = sample_keys(reads.ravel(), offsets, K, 1.0, 1, "fracminhash")
    return np.split(keys.hashes, np.cumsum(keys.counts)[:-1].astype(np.int64))


def by_rensa(reads: np.ndarray) -> Result:
    from rensa import RMinHash, RMinHashLSH

    n = RENSA_PERMUTATIONS
    tokens = [[hashed.tobytes() for hashed in read] for read in kmer_hashes(reads)]
    start = time.process_time()
    sketches = RMinHash.from_token_sets(tokens, n, 1)
    index = RMinHashLSH(0.1, n, n)
    index.insert_many(sketches)
    found = index.query_all(sketches)
    return paired(found), time.process_time() - start


def by_datasketch(reads: np.ndarray) -> Result:
    from datasketch import MinHash, MinHashLSH

    hashes = [read & np.uint64(2**32 - 1) for read in kmer_hashes(reads)]
    start = time.process_time()
    index = MinHashLSH(num_perm=DATASKETCH_PERMUTATIONS, params=(DATASKETCH_PERMUTATIONS, 1))
    empty = MinHash(DATASKETCH_PERMUTATIONS, seed=1, hashfunc=int)
    found = []
    for number, read in enumerate(hashes):
        sketch = empty.copy()
        sketch.update_batch(read.tolist())
        found.append(index.query(sketch))
        index.insert(number, sketch, check_duplication=False)
    return paired(found), time.process_time() - start


def by_faiss(reads: np.ndarray) -> Result:
    import faiss

    offsets = np.arange(len(reads) + 1, dtype=np.int64) * reads.shape[1]
    vectors, norms = count_sketches(reads.ravel(), offsets, VECTOR_K, DIMENSIONS, 1)
    vectors = vectors / np.maximum(norms, 1)[:, None].astype(np.float32)
    start = time.process_time()
    index = faiss.IndexLSH(DIMENSIONS, BITS)
    index.add(vectors)
    _, neighbour = index.search(vectors, NEAREST + 1)  # a read is its own nearest
    a = np.repeat(np.arange(len(reads)), NEAREST + 1)
    return (a, neighbour.ravel()), time.process_time() - start


def paired(found: list[list[int]]) -> PairColumns:
    """Each read with each that was found for it."""
    sizes = np.fromiter(map(len, found), np.int64, len(found))
    b = np.fromiter(chain.from_iterable(found), np.int64, int(sizes.sum()))
    return np.repeat(np.arange(len(found)), sizes), b


METHODS: dict[str, Callable[[np.ndarray], Result]] = {
    "rensa": by_rensa,
    "datasketch": by_datasketch,
    "faiss IndexLSH": by_faiss,
}


def main(name: str, reads: str, output: str) -> None:
    (a, b), join_cpu = METHODS[name](np.load(reads))
    np.savez(output, a=a, b=b)
    print(json.dumps({"join_cpu": join_cpu}))


if __name__ == "__main__":
    main(*sys.argv[1:])
