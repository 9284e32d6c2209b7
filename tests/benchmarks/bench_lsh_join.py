"""Speed, recall and precision of the join, beside a dictionary join and minimap2 (mappy).

Small and run once in the normal test run. To measure:

    READKIN_BENCHMARK_READS=100000 pytest tests/benchmarks/bench_lsh_join.py --benchmark-enable

Recall: share of the pairs overlapping by 75 bp or more that are found. Precision: share of the
found pairs that overlap by 20 bp or more. All peers get the reads in memory or in one FASTA file;
readkin's time includes sampling the keys, minimap2's its index.
"""

import os
from collections import defaultdict
from itertools import combinations

import mappy
import numpy as np
import pytest

import naive_kmers
from kernels.kmer_signatures import sample_keys
from kernels.lsh_join import collapse, collide, find_buckets, pack_places

N_READS = int(os.environ.get("READKIN_BENCHMARK_READS", "1000"))
LENGTH, COVERAGE, ERROR_RATE = 150, 10, 0.01
K, FRACTION, MAX_BUCKET_SIZE, MIN_VOTES = 16, 0.2, 256, 2


class Sample:
    """Reads of a random genome, with substitutions, and where they come from."""

    def __init__(self):
        generator = np.random.default_rng(1)
        genome_length = N_READS * LENGTH // COVERAGE
        genome = generator.integers(0, 4, genome_length).astype(np.uint8)
        self.starts = generator.integers(0, genome_length - LENGTH, N_READS)
        bases = genome[self.starts[:, None] + np.arange(LENGTH)]
        wrong = generator.random(bases.shape) < ERROR_RATE
        bases[wrong] = (bases[wrong] + generator.integers(1, 4, wrong.sum())) % 4
        turned = generator.random(N_READS) < 0.5
        bases[turned] = 3 - bases[turned, ::-1]
        self.bases = bases.ravel()
        self.offsets = np.arange(N_READS + 1, dtype=np.int64) * LENGTH
        letters = np.frombuffer(naive_kmers.LETTERS.encode(), np.uint8)
        self.texts = [row.tobytes().decode() for row in letters[bases]]

    def n_true(self, overlap):
        """Number of pairs that overlap by at least ``overlap`` bases."""
        ordered = np.sort(self.starts)
        ends = np.searchsorted(ordered, ordered + LENGTH - overlap, side="right")
        return int((ends - np.arange(N_READS) - 1).sum())

    def quality(self, first, second):
        """(recall, precision) of the pairs found."""
        overlap = LENGTH - np.abs(self.starts[first] - self.starts[second])
        return (overlap >= 75).sum() / self.n_true(75), (overlap >= 20).mean()


@pytest.fixture(scope="module")
def sample():
    return Sample()


def report(benchmark, sample, pairs, least_recall):
    """Check the quality and add it, and the rate, to what pytest-benchmark saves."""
    first, second = (np.array(column, np.int64) for column in pairs)
    recall, precision = sample.quality(first, second)
    assert recall >= least_recall
    assert precision >= 0.9
    benchmark.extra_info |= {"recall": round(recall, 4), "precision": round(precision, 4)}
    if benchmark.stats is not None:
        rate = N_READS / benchmark.stats.stats.median
        benchmark.extra_info["reads/s"] = round(rate)
        print(f" {rate:.3g} reads/s, recall {recall:.4f}, precision {precision:.4f}", end="")


def join(sample):
    """Pairs by the kernels: the reads' keys, buckets, collisions, votes."""
    keys = sample_keys(sample.bases, sample.offsets, K, FRACTION, 1)
    reads = np.repeat(np.arange(N_READS, dtype=np.uint64), keys.counts)
    lengths = np.full(reads.size, LENGTH, np.uint32)
    places = pack_places(keys.positions, keys.is_reverse, lengths, K)
    pairs = collapse(collide(find_buckets(keys.hashes, reads, places, MAX_BUCKET_SIZE), 0, N_READS))
    enough = pairs.votes >= MIN_VOTES
    return pairs.read_a[enough], pairs.read_b[enough]


def dictionary_join(sample):
    """The same pairs with dictionaries in Python, from keys sampled by the kernel."""
    keys = sample_keys(sample.bases, sample.offsets, K, FRACTION, 1)
    buckets = defaultdict(list)
    reads = np.repeat(np.arange(N_READS), keys.counts)
    for hashed, read, turned in zip(
        keys.hashes.tolist(), reads.tolist(), keys.is_reverse.tolist(), strict=True
    ):
        buckets[hashed].append((read, turned))
    votes = defaultdict(int)
    for bucket in buckets.values():
        if len(bucket) <= MAX_BUCKET_SIZE:
            for (a, turned_a), (b, turned_b) in combinations(bucket, 2):
                votes[a, b, turned_a != turned_b] += 1
    enough = {(a, b) for (a, b, _), count in votes.items() if count >= MIN_VOTES}
    return list(zip(*sorted(enough), strict=True))


def minimap2_join(fasta):
    """All against all with minimap2's settings for overlaps, lowered for short reads."""
    aligner = mappy.Aligner(
        str(fasta), preset="ava-ont", min_cnt=1, min_chain_score=25, best_n=1000, n_threads=1
    )
    found = set()
    for name, sequence, _ in mappy.fastx_read(str(fasta)):
        for hit in aligner.map(sequence):
            if hit.ctg != name:
                found.add((min(int(name), int(hit.ctg)), max(int(name), int(hit.ctg))))
    return list(zip(*sorted(found), strict=True))


@pytest.mark.benchmark(group="pairs of kin")
def test_join(benchmark, sample):
    report(benchmark, sample, benchmark(join, sample), least_recall=0.98)


@pytest.mark.benchmark(group="pairs of kin")
def test_join_peer_dictionary(benchmark, sample):
    pairs = benchmark.pedantic(dictionary_join, (sample,), rounds=1)
    report(benchmark, sample, pairs, least_recall=0.98)
    assert [column.tolist() for column in join(sample)] == [list(column) for column in pairs]


@pytest.mark.benchmark(group="pairs of kin")
def test_join_peer_minimap2(benchmark, sample, tmp_path):
    fasta = tmp_path / "reads.fasta"
    fasta.write_text("".join(f">{i}\n{text}\n" for i, text in enumerate(sample.texts)))
    pairs = benchmark.pedantic(minimap2_join, (fasta,), rounds=1)
    report(benchmark, sample, pairs, least_recall=0.3)
