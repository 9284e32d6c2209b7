"""Keys are distributed over ranks and passes without loss; stored buckets are unchanged."""

import numpy as np
import pytest

from readkin.join.buckets import BYTES_PER_SORTED_KEY, BucketStore, bucket_keys
from readkin.join.memory_share import MemoryShare
from readkin.kernels.join.hash_buckets import BucketCounts
from readkin.kernels.join.key_entries import LAST
from support import naive_join
from support.join_inputs import (
    FILTER,
    FRACTION,
    HASHES,
    LAYOUT,
    MAX_BUCKET_SIZE,
    READS,
    K,
    source_of,
)
from support.thread_ranks import on_ranks

ARRAYS = [np.arange(5, dtype=np.uint64), np.empty(0, np.uint64), np.full(3, 2**64 - 1, np.uint64)]


@pytest.mark.parametrize("in_file", [False, True])
def test_arrays_can_be_read_any_number_of_times(tmp_path, in_file):
    folder = tmp_path / "not" / "yet made"
    with BucketStore(folder if in_file else None) as store:
        assert (list(store.arrays()), store.n_arrays) == ([], 0)
        for number, array in enumerate(ARRAYS):
            added = array.copy()
            store.add(added)
            added[:] = 7  # the store has a copy
            assert store.n_arrays == number + 1
            for _ in range(2):
                found = list(store.arrays())
                for one, other in zip(found, ARRAYS[: number + 1], strict=True):
                    np.testing.assert_array_equal(one, other, strict=True)
    assert folder.exists() == in_file
    assert list(tmp_path.rglob("*.*")) == []


def test_reading_starts_over_after_an_unfinished_one(tmp_path):
    with BucketStore(tmp_path) as store:
        for array in ARRAYS:
            store.add(array)
        next(store.arrays())
        assert [array.tolist() for array in store.arrays()] == [a.tolist() for a in ARRAYS]


def buckets(arrays):
    """Return the set of buckets (tuples of entries)."""
    found = set()
    for array in arrays:
        ends = np.flatnonzero(array & LAST) + 1
        found |= {tuple(part.tolist()) for part in np.split(array, ends) if part.size}
    return found


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize(("n_bytes", "is_spilled"), [(10_000, True), (10**8, False)])
def test_buckets_are_the_same_on_all_ranks_and_in_all_passes(tmp_path, size, n_bytes, is_spilled):
    def work(ranks):
        memory = MemoryShare(n_bytes, tmp_path)
        store, counts = bucket_keys(source_of(ranks), MAX_BUCKET_SIZE, LAYOUT, memory, ranks)
        with store:
            return list(store.arrays()), counts, store._file is not None

    results = on_ranks(size, work)
    assert {spilled for *_, spilled in results} == {is_spilled}
    n_passes = {len(arrays) for arrays, *_ in results}
    assert n_passes == {-(-HASHES.size // size * BYTES_PER_SORTED_KEY // (n_bytes // 2))}
    assert (max(n_passes) > 5) == is_spilled
    naive = naive_join.join(READS, K, FRACTION, 1, MAX_BUCKET_SIZE, FILTER)
    expected = naive_join.bucket_counts(naive.sizes, MAX_BUCKET_SIZE)
    assert {counts for _, counts, _ in results} == {expected}
    whole = on_ranks(
        1,
        lambda ranks: bucket_keys(
            source_of(ranks), MAX_BUCKET_SIZE, LAYOUT, MemoryShare(10**9, tmp_path), ranks
        ),
    )[0][0]
    of_ranks = [buckets(arrays) for arrays, *_ in results]
    assert set.union(*of_ranks) == buckets(whole.arrays())
    n_buckets = expected.uncapped_buckets + expected.capped_buckets
    assert sum(map(len, of_ranks)) == n_buckets > 100
    assert min(map(len, of_ranks)) > 0
    assert all(isinstance(counts, BucketCounts) for _, counts, _ in results)
