"""Speed of reading an unaligned BAM into arrays, compared with pysam's records.

The normal test run executes each benchmark once on a small input. To measure:

    READKIN_BENCHMARK_READS=100000 pytest tests/benchmarks/bench_bam_records.py --benchmark-enable
"""

import os

import numpy as np
import pysam
import pytest

from readkin.formats.reads import load_reads
from support.genome_reads import genome_reads, write_bam

N_READS = int(os.environ.get("READKIN_BENCHMARK_READS", "1000"))
LENGTH = 150


@pytest.fixture(scope="module")
def bam(tmp_path_factory):
    reads = genome_reads(N_READS, LENGTH, 0.01, seed=1, genome_length=10_000)
    return write_bam(tmp_path_factory.mktemp("bam") / "reads.bam", reads, paired=False)


CODES = np.full(256, 4, np.uint8)
CODES[np.frombuffer(b"ACGT", np.uint8)] = range(4)


def arrays_by_pysam(path):
    """Return the same arrays, read record by record."""
    with pysam.AlignmentFile(str(path), check_sq=False) as records:
        rows = [(record.query_sequence, record.query_name, record.flag) for record in records]
    bases, names, flags = zip(*rows, strict=True)
    lengths = np.fromiter(map(len, bases), np.int64, len(bases))
    codes = CODES[np.frombuffer("".join(bases).encode(), np.uint8)]
    return codes, lengths, "".join(names), np.array(flags)


@pytest.mark.benchmark(group="bam")
def test_load_reads(benchmark, bam):
    load_reads([bam])  # compiled before the clock starts
    assert benchmark(load_reads, [bam]).bases.size == N_READS * LENGTH


@pytest.mark.benchmark(group="bam")
def test_load_reads_peer_pysam(benchmark, bam):
    codes, *_ = benchmark(arrays_by_pysam, bam)
    assert (codes == load_reads([bam]).bases).all()
