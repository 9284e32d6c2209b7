"""The memory of the join is divided among the ranks, without what is in use."""

from types import SimpleNamespace

import numpy as np

from readkin.join import memory_share
from readkin.join.memory_share import MemoryShare, share_of_memory, without_reads
from readkin.kernels.sequences.packed_bases import PackedReads
from readkin.parallel.mpi import OneProcess
from support.thread_ranks import on_ranks


def test_ranks_have_equal_shares(monkeypatch, tmp_path):
    process = SimpleNamespace(memory_info=lambda: SimpleNamespace(rss=102_400_000))
    monkeypatch.setattr(memory_share.psutil, "Process", lambda: process)
    found = on_ranks(2, lambda ranks: share_of_memory(10**9, tmp_path, ranks))
    assert found == [MemoryShare(500_000_000 - 102_400_000, tmp_path)] * 2
    least = memory_share.LEAST_MEMORY
    assert share_of_memory(102_400_000 + least, tmp_path, OneProcess()) is not None
    assert share_of_memory(102_400_000 + least - 1, tmp_path, OneProcess()) is None


def test_reads_are_subtracted(tmp_path):
    n = 1_000_000
    reads = PackedReads(np.zeros(5 * n, np.uint64), np.zeros((n, 2), np.int64), np.int64(0))
    share = MemoryShare(500_000_000, tmp_path)
    for size in (1, 2):
        left = without_reads(share, reads, SimpleNamespace(size=size))
        assert left.n_bytes == 500_000_000 - 56 * n // size - 40 * n
    small = MemoryShare(1000, tmp_path)
    assert without_reads(small, reads, SimpleNamespace(size=1)) == small
