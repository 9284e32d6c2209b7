"""Tiles of an exhaustive search: their cells, and the memory that they need."""

import tracemalloc

import numpy as np

from readkin.kernels.best_hits import no_hits
from readkin.search import exhaustive
from readkin.search.alignment import align_hits, hit_list
from support.search_tasks import task


def search(search_task):
    plan = exhaustive.plan_tiles(search_task)
    best = no_hits(search_task.highest.size, 5)
    for tile in plan.tiles:
        exhaustive.search_tile(search_task, plan, tile, best)
    return best


def test_tiles_contain_all_queries_and_residues_once(monkeypatch):
    monkeypatch.setattr(exhaustive, "TILE_CELLS", 2_000_000)
    random = np.random.default_rng(1)
    queries = [random.integers(0, 4, length) for length in random.integers(20, 400, 40)]
    targets = [random.integers(0, 4, length) for length in random.integers(20, 1500, 90)]
    plan = exhaustive.plan_tiles(task(queries, targets, chunk_residues=1000))
    residues = sum(map(len, targets))
    assert plan.cells.sum() == 2 * sum(map(len, queries)) * residues  # no target is cut
    assert len(plan.tiles) == len(set(plan.tiles)) > 10
    numbers = np.concatenate([group.queries for group in plan.groups])
    assert sorted(numbers.tolist()) == list(range(40))
    assert plan.cells.max() < 2_000_000 + 2 * 400 * residues


def test_hits_of_a_query_do_not_depend_on_the_others():
    random = np.random.default_rng(2)
    target = random.integers(0, 4, 30_000)
    target[20_000:20_200] = target[10_000:10_200]  # two equally good hits
    queries = [target[10_000:10_150], target[5000:9000], target[100:180]]
    alone = search(task(queries[:1], [target]))
    together = search(task(queries, [target]))
    for column, others in zip(alone, together, strict=True):
        assert (column[0] == others[0]).all()


def test_memory_is_far_below_that_of_the_dp_matrix():
    """A query of 6 kb and a target of 300 kb: 3.6 GB with one byte per cell."""
    random = np.random.default_rng(3)
    target = random.integers(0, 4, 300_000)
    long_query = task([target[100_000:106_000]], [target])
    align_hits(long_query, hit_list(search(long_query)))  # compiles
    tracemalloc.start()
    try:
        best = search(long_query)
        alignments, _ = align_hits(long_query, hit_list(best))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert alignments.score.tolist() == [12_000]
    assert alignments.start_b.tolist() == [100_000]
    assert peak < 6000 * 5000 + 30e6
