"""Ranks that measure themselves do the same as others, and count what they send."""

import time

import numpy as np

from readkin.parallel.measured_ranks import MeasuredRanks, RankCosts, summary
from readkin.parallel.mpi import OneProcess
from support.thread_ranks import on_ranks

ARRAY = np.arange(4, dtype=np.uint64)  # 32 bytes


def work(plain):
    ranks = MeasuredRanks(plain)
    ranks.barrier()
    assert ranks.broadcast(3) == 3
    assert ranks.sum(ranks.rank) == sum(range(ranks.size))
    assert ranks.total(ARRAY).tolist() == (ARRAY * ranks.size).tolist()
    assert ranks.total_before(ARRAY).tolist() == (ARRAY * ranks.rank).tolist()
    assert [len(items) for items in ranks.all_gather((ARRAY, ARRAY))] == [2] * ranks.size
    assert (ranks.gather(ARRAY) is None) == (ranks.rank > 0)
    whole = ranks.concatenated(ARRAY)
    assert (whole is None) == (ranks.rank > 0)
    received = ranks.exchange([ARRAY[: 1 + to] for to in range(ranks.size)])
    assert [array.size for array in received] == [1 + ranks.rank] * ranks.size
    (shared,) = ranks.one_per_node(lambda: [ARRAY])
    (filled,) = ranks.filled_on_node([((4,), np.uint64)], lambda arrays, *_: arrays[0].fill(7))
    assert (shared.tolist(), filled.tolist()) == (ARRAY.tolist(), [7] * 4)
    if ranks.rank == 1:
        time.sleep(0.2)  # the others wait
    ranks.barrier()
    return ranks.costs()


def test_three_ranks():
    costs = on_ranks(3, work)
    assert costs[0] == costs[1] == costs[2]
    totals, gathered = 2 * 32, 2 * 64
    assert [of_rank.sent for of_rank in costs[0]] == [
        totals + gathered + sum(8 * (1 + to) for to in range(3) if to != rank) + 64 * (rank > 0)
        for rank in range(3)
    ]
    assert costs[0][0].inside > 0.15
    assert costs[0][0].inside > costs[0][1].inside


def test_one_process_sends_nothing():
    (costs,) = work(OneProcess())
    assert costs.sent == 0


def test_making_shared_arrays_is_no_waiting():
    ranks = MeasuredRanks(OneProcess())

    def arrays():
        for value in range(3):
            time.sleep(0.1)
            yield np.full(2, value)

    assert [array.tolist() for array in ranks.one_per_node(arrays)] == [[0, 0], [1, 1], [2, 2]]
    (costs,) = ranks.costs()
    assert costs.inside < 0.1


def test_the_summary_has_the_range_of_each_cost():
    one, other = RankCosts(3.0, 0.5, 1.25, 10_000_000), RankCosts(2.0, 0.5, 2.0, 0)
    assert summary([one, other]) == (
        "2 ranks, each: CPU 2.00 to 3.00 s, exchanges and waiting 1.25 to 2.00 s (CPU 0.50 s),"
        " sent 0.00 to 10.00 MB"
    )
    assert summary([other]).startswith("1 rank, each: CPU 2.00 s, exchanges and waiting 2.00 s")
