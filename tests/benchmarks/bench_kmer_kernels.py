"""Speed of the k-mer kernels and of the radix sort, compared with scikit-learn and numpy.

The normal test run executes each benchmark once on a small input. To measure:

    READKIN_BENCHMARK_READS=100000 pytest tests/benchmarks/bench_kmer_kernels.py --benchmark-enable
"""

import os

import numpy as np
import pytest
from sklearn.feature_extraction.text import HashingVectorizer

from readkin.kernels.kmers.signatures import sample_keys
from readkin.kernels.kmers.tetranucleotides import tetranucleotide_shares
from readkin.kernels.kmers.vectors import count_sketches
from readkin.kernels.radix_sort import stable_argsort
from readkin.kernels.sequences.packed_sequences import pack_sequences
from support import naive_kmers
from support.genome_reads import genome_reads

N_READS = int(os.environ.get("READKIN_BENCHMARK_READS", "1000"))
LENGTH = 150
K, DIMENSIONS = 11, 256


@pytest.fixture(scope="module")
def texts():
    return genome_reads(N_READS, LENGTH, 0.01, seed=1, genome_length=50 * N_READS)


@pytest.fixture(scope="module")
def packed(texts):
    bases, offsets = naive_kmers.pack(texts)
    return bases, offsets


def report(benchmark, amount, unit):
    """Add the rate, such as reads/s, to the results of pytest-benchmark."""
    if benchmark.stats is not None:
        rate = amount / benchmark.stats.stats.median
        benchmark.extra_info[f"{unit}/s"] = round(rate)
        print(f" {rate:.3g} {unit}/s", end="")


@pytest.mark.benchmark(group="vectors")
def test_count_sketches(benchmark, packed):
    vectors, _ = benchmark(count_sketches, *packed, K, DIMENSIONS, 1)
    assert vectors.shape == (N_READS, DIMENSIONS)
    report(benchmark, N_READS, "reads")


@pytest.mark.benchmark(group="vectors")
def test_count_sketches_peer_scikit_learn(benchmark, texts):
    # The same hashing trick on character n-grams, but of one strand only.
    hashing = HashingVectorizer(
        analyzer="char", ngram_range=(K, K), n_features=DIMENSIONS, lowercase=False, norm=None
    )
    vectors = benchmark(hashing.transform, texts)
    assert vectors.shape == (N_READS, DIMENSIONS)
    report(benchmark, N_READS, "reads")


@pytest.mark.benchmark(group="keys")
def test_sample_fracminhash(benchmark, packed):
    keys = benchmark(sample_keys, *packed, 16, 0.2, 1, "fracminhash")
    assert 0.15 < keys.hashes.size / (N_READS * (LENGTH - 15)) < 0.25
    report(benchmark, N_READS, "reads")


@pytest.mark.benchmark(group="keys")
def test_sample_open_syncmers(benchmark, packed):
    keys = benchmark(sample_keys, *packed, 16, 0.2, 1, "open_syncmer")
    assert 0.15 < keys.hashes.size / (N_READS * (LENGTH - 15)) < 0.25
    report(benchmark, N_READS, "reads")


@pytest.mark.benchmark(group="vectors")
def test_tetranucleotide_shares(benchmark, packed):
    vectors, _ = benchmark(tetranucleotide_shares, *packed)
    assert len(vectors) == N_READS
    report(benchmark, N_READS, "reads")


@pytest.mark.benchmark(group="packed reads")
def test_pack_sequences(benchmark, packed):
    _, hashes = benchmark(pack_sequences, *packed)
    assert hashes.size == N_READS
    report(benchmark, N_READS, "reads")


def numpy_keys(bases, k, fraction):
    """Return the hashes of sampled canonical k-mers of reads of one length, by array operations."""
    forward = np.zeros((bases.shape[0], bases.shape[1] - k + 1), np.uint64)
    reverse = forward.copy()
    for i in range(k):
        column = bases[:, i : bases.shape[1] - k + 1 + i].astype(np.uint64)
        forward = forward * np.uint64(4) + column
        reverse += (np.uint64(3) - column) << np.uint64(2 * i)
    hashed = np.minimum(forward, reverse) * np.uint64(0x9E3779B97F4A7C15)
    return hashed[hashed < np.uint64(fraction * 2**64)]


@pytest.mark.benchmark(group="keys")
def test_sample_fracminhash_peer_numpy(benchmark, packed):
    hashes = benchmark(numpy_keys, packed[0].reshape(N_READS, LENGTH), 16, 0.2)
    assert 0.15 < hashes.size / (N_READS * (LENGTH - 15)) < 0.25
    report(benchmark, N_READS, "reads")


@pytest.fixture(scope="module")
def keys():
    return np.random.default_rng(2).integers(0, 2**64, 27 * N_READS, dtype=np.uint64)


@pytest.mark.benchmark(group="argsort of 64-bit keys")
def test_stable_argsort(benchmark, keys):
    order = benchmark(stable_argsort, keys)
    assert (keys[order][1:] >= keys[order][:-1]).all()
    report(benchmark, keys.size, "keys")


@pytest.mark.benchmark(group="argsort of 64-bit keys")
def test_stable_argsort_peer_numpy(benchmark, keys):
    order = benchmark(np.argsort, keys, kind="stable")
    assert order.size == keys.size
    report(benchmark, keys.size, "keys")
