"""The whole join gives the same pairs in any memory, on any number of ranks, with stars merged."""

import logging

import numpy as np
import pytest
from test_distributed_join import (
    ALL_READS,
    FRACTION,
    MAX_BUCKET_SIZE,
    READS,
    RULE,
    K,
    source_of,
)

from readkin.join import distributed as distributed_join
from readkin.join import pairs as pair_join
from readkin.join.distributed import MemoryShare
from readkin.kernels.join.candidates import Candidates, empty_candidates
from readkin.kernels.join.hash_buckets import BucketCounts
from support import naive_join
from support.kernel_join import as_dictionary
from support.thread_ranks import on_ranks

N_STARS = 40
MEMORIES = {"ample": 10**9, "short": 60_000, "tiny": 8_000}


def stars():
    """Pairs that the join itself would not make."""
    found = empty_candidates(N_STARS)
    found.read_a[:] = np.arange(N_STARS) // 2 * 7
    found.read_b[:] = len(READS) + np.arange(N_STARS)
    found.votes[:] = 5
    found.is_reverse[:] = np.arange(N_STARS) % 2
    found.diagonal[:] = 0
    return found


def joined(size, n_bytes, folder):
    """What ``join`` returns, and {(a, b): ...} that it wrote, on so many ranks."""
    written = []
    found = on_ranks(
        size,
        lambda ranks: pair_join.join(
            source_of(ranks),
            ALL_READS,
            stars(),
            RULE,
            MAX_BUCKET_SIZE,
            MemoryShare(n_bytes, folder),
            ranks,
            written.append if ranks.is_root else refuse,
        ),
    )
    assert all(of_rank == found[0] for of_rank in found)
    pairs = Candidates(*map(np.concatenate, zip(*written, strict=True)))
    return found[0], as_dictionary(pairs)


def refuse(pairs):
    raise AssertionError("only the root writes")


@pytest.fixture
def watched(monkeypatch):
    """Numbers of passes and stripes, and whether buckets were spilled, of each call."""
    seen = {"passes": [], "stripes": [], "spilled": []}
    bucket_keys, plan_stripes = distributed_join.bucket_keys, distributed_join.plan_stripes

    def keys(*arguments):
        store, counts = bucket_keys(*arguments)
        seen["passes"].append(store.n_pieces)
        seen["spilled"].append(store._file is not None)
        return store, counts

    def stripes(*arguments):
        planned = plan_stripes(*arguments)
        seen["stripes"].append(len(planned))
        return planned

    monkeypatch.setattr(distributed_join, "bucket_keys", keys)
    monkeypatch.setattr(distributed_join, "plan_stripes", stripes)
    return seen


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("memory", MEMORIES)
def test_memory_and_ranks_change_nothing(tmp_path, watched, size, memory):
    outcome = naive_join.join(READS, K, FRACTION, 1, MAX_BUCKET_SIZE, RULE)
    found, pairs = joined(size, MEMORIES[memory], tmp_path)
    assert pairs == outcome.pairs | as_dictionary(stars())
    assert found.keys == BucketCounts(*naive_join.bucket_counts(outcome.sizes, MAX_BUCKET_SIZE))
    assert found.votes == outcome.n_votes
    assert found.pairs == (len(outcome.pairs), *outcome[1:4])
    if memory == "ample":
        assert watched == {"passes": [1] * size, "stripes": [1] * size, "spilled": [False] * size}
    else:
        assert min(watched["passes"]) > 1
        assert min(watched["stripes"]) > (50 if memory == "tiny" else 3)
        assert all(watched["spilled"]) or memory == "short"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [1, 2])
def test_much_work_is_announced_and_its_room_planned(tmp_path, monkeypatch, caplog, watched, size):
    outcome = naive_join.join(READS, K, FRACTION, 1, MAX_BUCKET_SIZE, RULE)
    monkeypatch.setattr(distributed_join, "SAMPLE_PART", 8)
    joined(size, 60_000, tmp_path)
    monkeypatch.setattr(pair_join, "MUCH_WORK", outcome.n_votes - 1)
    with caplog.at_level(logging.INFO, "readkin"):
        _, pairs = joined(size, 60_000, tmp_path)
    assert pairs == outcome.pairs | as_dictionary(stars())
    said = [line for line in caplog.messages if "shared keys to go through" in line]
    assert len(said) == 1
    assert f"about {expected_pairs(said[0])} candidate pairs" in said[0]
    # With fewer pairs than votes expected, stripes are longer.
    assert watched["stripes"][-1] < watched["stripes"][0]


def expected_pairs(line):
    """The number told, which must be of the right size."""
    number = line.split("about ")[1].split(" candidate")[0]
    n_pairs = len(naive_join.join(READS, K, FRACTION, 1, MAX_BUCKET_SIZE, RULE).pairs)
    value = float(number.split()[0]) * (1000 if number.endswith("k") else 1)
    assert n_pairs / 3 < value < 3 * n_pairs
    return number
