"""Peers that are Python packages; each runs in its own process, which executes this module:

    python -m benchmarks.pairs.package_tools NAME READS.npy PAIRS.npz

The process writes the pairs and prints JSON with join_cpu, the processor seconds of building and
querying the index. They do not include k-mer hashes and vectors, which readkin's kernels compute.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from typing import NamedTuple

import numpy as np

from benchmarks.launching import metered
from benchmarks.pairs.scoring import PairColumns
from benchmarks.pairs.tools import ReadFiles, RunResult, Tool, UnavailableError, Workload
from readkin.kernels.kmers.signatures import sample_keys
from readkin.kernels.kmers.vectors import count_sketches

K, VECTOR_K, DIMENSIONS, BITS, NEAREST = 16, 11, 256, 256, 16
RENSA_PERMUTATIONS, DATASKETCH_PERMUTATIONS = 16, 32
PairsAndSeconds = tuple[PairColumns, float]


def kmer_hashes(reads: np.ndarray) -> list[np.ndarray]:
    """Return the hashes of all canonical k-mers of each read, uint64."""
    offsets = np.arange(len(reads) + 1, dtype=np.int64) * reads.shape[1]
    keys = sample_keys(reads.ravel(), offsets, K, 1.0, 1, "fracminhash")
    return np.split(keys.hashes, np.cumsum(keys.counts)[:-1].astype(np.int64))


def by_rensa(reads: np.ndarray) -> PairsAndSeconds:
    """Find pairs by MinHash LSH of rensa."""
    from rensa import RMinHash, RMinHashLSH

    n = RENSA_PERMUTATIONS
    tokens = [[hashed.tobytes() for hashed in read] for read in kmer_hashes(reads)]
    start = time.process_time()
    sketches = RMinHash.from_token_sets(tokens, n, 1)
    index = RMinHashLSH(0.1, n, n)
    index.insert_many(sketches)
    found = index.query_all(sketches)
    return paired(found), time.process_time() - start


def by_datasketch(reads: np.ndarray) -> PairsAndSeconds:
    """Find pairs by MinHash LSH of datasketch."""
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


def by_faiss(reads: np.ndarray) -> PairsAndSeconds:
    """Find pairs by random projections of vectors (IndexLSH of FAISS)."""
    import faiss

    offsets = np.arange(len(reads) + 1, dtype=np.int64) * reads.shape[1]
    vectors, norms = count_sketches(reads.ravel(), offsets, VECTOR_K, DIMENSIONS, 1)
    vectors = vectors / np.maximum(norms, 1)[:, None].astype(np.float32)
    start = time.process_time()
    index = faiss.IndexLSH(DIMENSIONS, BITS)
    index.add(vectors)
    _, neighbour = index.search(vectors, NEAREST + 1)  # each read also finds itself
    a = np.repeat(np.arange(len(reads)), NEAREST + 1)
    return (a, neighbour.ravel()), time.process_time() - start


def paired(found: list[list[int]]) -> PairColumns:
    """Return each read paired with each read that was found for it."""
    sizes = np.fromiter(map(len, found), np.int64, len(found))
    b = np.fromiter(chain.from_iterable(found), np.int64, int(sizes.sum()))
    return np.repeat(np.arange(len(found)), sizes), b


METHODS: dict[str, Callable[[np.ndarray], PairsAndSeconds]] = {
    "rensa": by_rensa,
    "datasketch": by_datasketch,
    "faiss IndexLSH": by_faiss,
}


class Package(NamedTuple):
    """A Python package, the settings used, and the size of the largest workload."""

    package: str
    settings: str
    most_reads: int


PACKAGES = {
    "rensa": Package("rensa", "RMinHashLSH, 16 permutations in 16 bands", 100_000),
    "datasketch": Package("datasketch", "MinHashLSH, 32 permutations in 32 bands", 100_000),
    "faiss IndexLSH": Package("faiss-cpu", "256 bits of 256 numbers, 16 nearest", 100_000),
}


def tool(name: str) -> Tool:
    """Return the peer of this name.

    Raises:
        UnavailableError: its package is not installed.
    """
    package = PACKAGES[name]
    try:
        installed = version(package.package)
    except PackageNotFoundError:
        reason = f"pip install {package.package} (for the version see envs/requirements-bench.txt)"
        raise UnavailableError(reason) from None

    def run(work: Workload, files: ReadFiles) -> RunResult:
        output, printed = files.folder / "package.npz", files.folder / "package.json"
        module = "benchmarks.pairs.package_tools"
        cost = metered([sys.executable, "-m", module, name, files.array, output], output=printed)
        with np.load(output) as arrays:
            pairs = arrays["a"], arrays["b"]
        return RunResult({"all": cost}, pairs, json.loads(printed.read_text())["join_cpu"])

    return Tool(
        name=name,
        settings=package.settings,
        version=installed,
        run=run,
        most_reads=package.most_reads,
    )


def main(name: str, reads: str, output: str) -> None:
    """Find the pairs of the reads in a file, write them, and print the seconds."""
    (a, b), join_cpu = METHODS[name](np.load(reads))
    np.savez(output, a=a, b=b)
    print(json.dumps({"join_cpu": join_cpu}))


if __name__ == "__main__":
    main(*sys.argv[1:])
