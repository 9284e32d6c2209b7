"""The whole join gives the same pairs in any memory and on any number of ranks."""

import logging
import re

import numpy as np
import pytest

from readkin.join import key_join, stripes
from readkin.join.memory_share import MemoryShare
from readkin.kernels.join.candidates import Candidates, empty_candidates
from support import naive_join
from support.join_inputs import (
    ALL_READS,
    FILTER,
    FRACTION,
    MAX_BUCKET_SIZE,
    READS,
    K,
    source_of,
)
from support.kernel_join import as_dictionary
from support.thread_ranks import on_ranks

N_DUPLICATES = 40
MEMORIES = {"ample": 10**9, "short": 60_000, "tiny": 8_000}


def duplicates():
    """Return pairs that the join itself would not make."""
    pairs = empty_candidates(N_DUPLICATES)
    pairs.read_a[:] = np.arange(N_DUPLICATES) // 2 * 7
    pairs.read_b[:] = len(READS) + np.arange(N_DUPLICATES)
    pairs.votes[:] = 5
    pairs.is_reverse[:] = np.arange(N_DUPLICATES) % 2
    pairs.diagonal[:] = 0
    return pairs


def join(size, n_bytes, folder):
    """Return the counts of ``join_keys``, {(a, b): ...} of its pairs, and the shards' ranges."""
    written = [[] for _ in range(size)]
    counts = on_ranks(
        size,
        lambda ranks: key_join.join_keys(
            source_of(ranks),
            ALL_READS,
            duplicates(),
            FILTER,
            MAX_BUCKET_SIZE,
            MemoryShare(n_bytes, folder),
            ranks,
            written[ranks.rank].append,
        ),
    )
    assert all(of_rank == counts[0] for of_rank in counts)
    shards = [shard for of_rank in written for shard in of_rank]
    assert [shard.number for shard in shards] == list(range(len(shards)))
    ranges = [(shard.first_read, shard.end_read) for shard in shards]
    for shard, (first, end) in zip(shards, ranges, strict=True):
        assert ((shard.pairs.read_a >= first) & (shard.pairs.read_a < end)).all()
    columns = zip(*(shard.pairs for shard in shards), strict=True)
    return counts[0], as_dictionary(Candidates(*map(np.concatenate, columns))), ranges


@pytest.fixture
def observed(monkeypatch):
    """Numbers of passes and stripes, and whether buckets were spilled, of each call."""
    monkeypatch.setattr(stripes, "VOTES_PER_SHARD", 100)
    observed = {"passes": [], "stripes": [], "spilled": []}
    bucket_keys, plan_stripes = key_join.bucket_keys, key_join.plan_stripes

    def observed_bucket_keys(*arguments):
        store, counts = bucket_keys(*arguments)
        observed["passes"].append(store.n_arrays)
        observed["spilled"].append(store._file is not None)
        return store, counts

    def observed_plan_stripes(*arguments):
        planned = plan_stripes(*arguments)
        observed["stripes"].append(len(planned))
        return planned

    monkeypatch.setattr(key_join, "bucket_keys", observed_bucket_keys)
    monkeypatch.setattr(key_join, "plan_stripes", observed_plan_stripes)
    return observed


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("memory", MEMORIES)
def test_memory_and_ranks_change_nothing(tmp_path, observed, size, memory):
    expected = naive_join.join(READS, K, FRACTION, 1, MAX_BUCKET_SIZE, FILTER)
    counts, pairs, ranges = join(size, MEMORIES[memory], tmp_path)
    assert ranges == join(1, MEMORIES["ample"], tmp_path)[2]
    assert len(ranges) > 50
    for values in observed.values():
        values.pop()
    assert pairs == expected.pairs | as_dictionary(duplicates())
    assert counts.keys == naive_join.bucket_counts(expected.sizes, MAX_BUCKET_SIZE)
    assert counts.votes == expected.n_votes
    assert counts.pairs == (len(expected.pairs), *expected.dropped())
    if memory == "ample":
        assert observed == {"passes": [1] * size, "stripes": [1] * size, "spilled": [False] * size}
    else:
        assert min(observed["passes"]) > 1
        assert min(observed["stripes"]) > (50 // size if memory == "tiny" else 1)
        assert all(observed["spilled"]) or memory == "short"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [1, 2])
def test_large_joins_are_estimated_from_a_sample(tmp_path, monkeypatch, caplog, observed, size):
    expected = naive_join.join(READS, K, FRACTION, 1, MAX_BUCKET_SIZE, FILTER)
    monkeypatch.setattr(stripes, "N_SAMPLES", 40)
    join(size, 60_000, tmp_path)
    monkeypatch.setattr(key_join, "SAMPLE_ABOVE_VOTES", expected.n_votes - 1)
    with caplog.at_level(logging.INFO, "readkin"):
        _, pairs, _ = join(size, 60_000, tmp_path)
    assert pairs == expected.pairs | as_dictionary(duplicates())
    (line,) = [line for line in caplog.messages if "shared keys; expected: " in line]
    number, kilo = re.search(r"expected: ([\d.]+)( k)? candidate pairs", line).groups()
    n_pairs = float(number) * (1000 if kilo else 1)
    assert len(expected.pairs) / 3 < n_pairs < 3 * len(expected.pairs)
    # With fewer pairs expected than votes, stripes are longer.
    assert observed["stripes"][-1] < observed["stripes"][0]
