"""Tiles of an exhaustive search: what they cost, and that they need little memory."""

import tracemalloc

import numpy as np

from readkin.kernels.best_hits import no_hits
from readkin.search import exhaustive
from readkin.search.alignment import align_hits, listed_hits
from support.search_problems import problem


def search(problem):
    plan = exhaustive.plan(problem)
    best = no_hits(problem.highest.size, 5)
    for tile in plan.tiles:
        exhaustive.search_tile(problem, plan, tile, best)
    return best


def test_tiles_hold_all_queries_and_letters_once(monkeypatch):
    monkeypatch.setattr(exhaustive, "TILE_CELLS", 2_000_000)
    random = np.random.default_rng(1)
    queries = [random.integers(0, 4, length) for length in random.integers(20, 400, 40)]
    targets = [random.integers(0, 4, length) for length in random.integers(20, 1500, 90)]
    found = problem(queries, targets, chunk_letters=1000)
    plan = exhaustive.plan(found)
    letters = sum(map(len, targets))
    assert plan.cells.sum() == 2 * sum(map(len, queries)) * letters  # no target is cut
    assert len(plan.tiles) == len(set(plan.tiles)) > 10
    numbers = np.concatenate([group.queries for group in plan.groups])
    assert sorted(numbers.tolist()) == list(range(40))
    assert plan.cells.max() < 2_000_000 + 2 * 400 * letters


def test_hits_of_a_query_do_not_depend_on_the_others():
    random = np.random.default_rng(2)
    target = random.integers(0, 4, 30_000)
    target[20_000:20_200] = target[10_000:10_200]  # two equally good places
    queries = [target[10_000:10_150], target[5000:9000], target[100:180]]
    alone = search(problem(queries[:1], [target]))
    together = search(problem(queries, [target]))
    for column, others in zip(alone, together, strict=True):
        assert (column[0] == others[0]).all()


def test_memory_is_far_below_that_of_the_table():
    """A query of 6 kb with 300 kb: 3.6 GB, if a score were a byte."""
    random = np.random.default_rng(3)
    target = random.integers(0, 4, 300_000)
    found = problem([target[100_000:106_000]], [target])
    align_hits(found, listed_hits(search(found)))  # compiles
    tracemalloc.start()
    try:
        best = search(found)
        alignments, _ = align_hits(found, listed_hits(best))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert alignments.score.tolist() == [12_000]
    assert alignments.start_b.tolist() == [100_000]
    assert peak < 6000 * 5000 + 30e6
