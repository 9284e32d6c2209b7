"""A search spread over MPI ranks: tiles and chunks go to whichever rank is free.

Each rank keeps the best hits of all queries. As these do not depend on the order in which hits are
entered (kernels/best_hits.py), the result is the same for any number of ranks.
"""

from collections.abc import Iterator

import numpy as np

from readkin.kernels.best_hits import BestHits, enter_best, no_hits
from readkin.kernels.smith_waterman.alignment import Alignments
from readkin.parallel.mpi import Ranks
from readkin.progress import Progress
from readkin.search import exhaustive, filtered
from readkin.search.alignment import FoundHits, align_hits, bounds_of_batches, chosen_hits
from readkin.search.problem import Problem
from readkin.search.results import Compared

QUERIES_AT_A_TIME = 1 << 16
BATCHES_AT_A_TIME = 64


def search(problem: Problem, ranks: Ranks) -> tuple[BestHits, Compared]:
    """The best hits of all queries, complete on the root only; all ranks must call it."""
    if problem.settings.is_exhaustive:
        return search_all(problem, ranks)
    return search_by_keys(problem, ranks)


def search_all(problem: Problem, ranks: Ranks) -> tuple[BestHits, Compared]:
    """Compare all queries with all targets."""
    plan = ranks.broadcast(exhaustive.plan(problem) if ranks.is_root else None)
    best = no_hits(problem.highest.size, problem.settings.top_n)
    cells = np.concatenate([[0], np.cumsum(plan.cells)])
    queue = ranks.work_queue(len(plan.tiles))
    with Progress("search", int(cells[-1]), "cells", ranks.is_root, rate="CUPS") as bar:
        for item in queue:
            bar.advance_to(int(cells[queue.finished]))
            exhaustive.search_tile(problem, plan, plan.tiles[item], best)
        bar.advance_to(int(cells[queue.finished]))
    _merge(best, ranks)
    pairs = problem.highest.size * (problem.targets.offsets.size - 1)
    return best, Compared(pairs, 0, 0, int(cells[-1]))


def search_by_keys(problem: Problem, ranks: Ranks) -> tuple[BestHits, Compared]:
    """Compare queries and targets that share k-mers."""
    plan = ranks.broadcast(filtered.plan(problem) if ranks.is_root else None)
    best = no_hits(problem.highest.size, problem.settings.top_n)
    letters = np.concatenate([[0], np.cumsum(plan.letters)])
    queue = ranks.work_queue(len(plan.chunks))
    found = enough = cells = 0
    with Progress("search", int(letters[-1]), "bp", ranks.is_root) as bar:
        for item in queue:
            bar.advance_to(int(letters[queue.finished]))
            joined = filtered.search_chunk(problem, plan, plan.chunks[item], best)
            found, enough = found + joined.found, enough + joined.enough
            cells += joined.cells
        bar.advance_to(int(letters[queue.finished]))
    _merge(best, ranks)
    found, enough, cells = (ranks.sum(number) for number in (found, enough, cells))
    without_key = plan.keys.n_without
    return best, Compared(enough, found - enough, without_key, cells)


def align_in_order(
    problem: Problem, hits: FoundHits, ranks: Ranks
) -> Iterator[tuple[slice, Alignments, np.ndarray]]:
    """Align all hits, the same on all ranks; all ranks must go through to the end.

    Yields, on the root only: which hits, their alignments, columns that score above 0.
    """
    bounds = bounds_of_batches(hits)
    with Progress("align", hits.query.size, "hits", ranks.is_root) as bar:
        for first in range(0, len(bounds) - 1, BATCHES_AT_A_TIME):
            own = bounds[first : first + BATCHES_AT_A_TIME + 1]
            done = {}
            queue = ranks.work_queue(len(own) - 1)
            for item in queue:
                bar.advance_to(int(own[queue.finished]))
                done[item] = align_hits(problem, chosen_hits(hits, slice(*own[item : item + 2])))
            bar.advance_to(int(own[-1]))
            pieces = ranks.gather(done)
            by_item = {item: batch for piece in pieces or [] for item, batch in piece.items()}
            for item in sorted(by_item):
                yield slice(*own[item : item + 2]), *by_item[item]


def _merge(best: BestHits, ranks: Ranks) -> None:
    """Enter the hits of all ranks into the root's lists."""
    if ranks.size == 1:
        return
    for first in range(0, best.score.shape[0], QUERIES_AT_A_TIME):
        own = BestHits(*(column[first : first + QUERIES_AT_A_TIME] for column in best))
        for others in (ranks.gather(own) or [])[1:]:
            enter_best(best, first, others)
