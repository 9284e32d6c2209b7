"""Run the kernels on MPI ranks without files: each rank processes its share of a workload.

ranks.py starts it as python -m mpi4py -m benchmarks.align.rank_work IS_QUICK REPETITIONS. Rank 0
prints JSON: for each workload its cells, and the seconds from the first start to the last end.
"""

import json
import sys
import time
from collections.abc import Callable

import numpy as np

from benchmarks.align.readkin_tool import packed, scoring_of
from benchmarks.align.work_sets import set_a, set_p
from benchmarks.align.workloads import AllAgainstAll, CandidatePairs, Workload
from readkin.kernels.smith_waterman.alignment import Pairs, score_all, score_pairs


def share(work: Workload, rank: int, size: int) -> Callable[[], object]:
    """Return a function that runs this rank's share of the workload."""
    first, last = work.units * rank // size, work.units * (rank + 1) // size
    scoring = scoring_of(work.costs)
    if isinstance(work, CandidatePairs):
        mine = slice(first, last)
        pairs = Pairs.of(
            packed(work.a),
            packed(work.b),
            work.index_a[mine],
            np.arange(first, last, dtype=np.int64),
            work.is_reverse[mine],
            work.diagonal[mine],
        )
        return lambda: score_pairs(pairs, scoring)
    assert isinstance(work, AllAgainstAll)
    queries, targets = packed(work.queries.part(first, last)), packed(work.targets)
    return lambda: score_all(queries, targets, scoring)


def main(is_quick: int, repetitions: int) -> None:
    """Time all workloads and print the results on rank 0."""
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    results = {}
    part = 10 if is_quick else 1
    for work in (set_a(2000 // part, 2000), set_p(150, 400_000 // part, 0.6, None)):
        run = share(work, comm.rank, comm.size)
        run()  # compiled before the clock starts
        seconds = []
        for _ in range(repetitions):
            comm.barrier()
            start = time.perf_counter()
            run()
            comm.barrier()
            seconds.append(time.perf_counter() - start)
        results[work.name] = {"cells": work.cells(work.units), "seconds": seconds}
    if comm.rank == 0:
        print(json.dumps(results))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
