"""A search on MPI ranks, which take tiles or chunks from a work queue.

Each rank keeps the best hits of all queries. These do not depend on the order in which hits are
entered (kernels/best_hits.py), so the result is the same for any number of ranks.
"""

from collections.abc import Iterator

import numpy as np

from readkin.kernels.best_hits import BestHits, enter_best, no_hits
from readkin.kernels.sequences import unpacking
from readkin.kernels.sequences.sequences import Sequences
from readkin.kernels.smith_waterman.alignment import Alignments
from readkin.parallel.mpi import Ranks
from readkin.parallel.shared_arrays import read_only
from readkin.progress import Progress
from readkin.search.alignment import HitList, align_hits, bounds_of_batches, hit_list
from readkin.search.exhaustive import plan_tiles, search_tile
from readkin.search.filtered import plan_chunks, search_chunk
from readkin.search.results import ComparisonCounts
from readkin.search.task import SearchSettings, SearchTask, search_task

QUERIES_PER_MESSAGE = 1 << 16
BATCHES_PER_ROUND = 64


def compile_kernels(settings: SearchSettings) -> None:
    """Compile all kernels of a search, or load them from the cache, by a very small search.

    Queries and targets are the same sequences, so that scores need wide integers as well.
    """
    codes = np.random.default_rng(1).integers(0, 4, 1500).astype(np.uint8)
    offsets = np.array([0, 40, 400, 1500])
    sequences = Sequences(read_only(codes), read_only(offsets))
    task = search_task(sequences, sequences, settings)
    best = no_hits(3, 2)
    if settings.is_exhaustive:
        tile_plan = plan_tiles(task)
        for tile in tile_plan.tiles:
            search_tile(task, tile_plan, tile, best)
    else:
        chunk_plan = plan_chunks(task)
        for chunk in chunk_plan.chunks:
            search_chunk(task, chunk_plan, chunk, best)
    align_hits(task, hit_list(best))
    if settings.is_dna:
        unpacking.compile_kernels()


def search(task: SearchTask, ranks: Ranks) -> tuple[BestHits, ComparisonCounts]:
    """Return the best hits of all queries, complete on the root only; all ranks must call it."""
    if task.settings.is_exhaustive:
        return search_exhaustively(task, ranks)
    return search_by_keys(task, ranks)


def search_exhaustively(task: SearchTask, ranks: Ranks) -> tuple[BestHits, ComparisonCounts]:
    """Compare all queries with all targets; see ``search``."""
    plan = ranks.broadcast(plan_tiles(task) if ranks.is_root else None)
    best = no_hits(task.highest.size, task.settings.top_n)
    cells = np.concatenate([[0], np.cumsum(plan.cells)])
    queue = ranks.work_queue(len(plan.tiles))
    with Progress("search", int(cells[-1]), "cells", ranks.is_root, rate="CUPS") as bar:
        for number in queue:
            bar.advance_to(int(cells[queue.finished]))
            search_tile(task, plan, plan.tiles[number], best)
        bar.advance_to(int(cells[queue.finished]))
    _merge(best, ranks)
    counts = ComparisonCounts(
        aligned=task.highest.size * task.target_lengths.size,
        below_min_votes=0,
        queries_without_key=0,
        cells=int(cells[-1]),
    )
    return best, counts


def search_by_keys(task: SearchTask, ranks: Ranks) -> tuple[BestHits, ComparisonCounts]:
    """Compare queries and targets that share k-mers; see ``search``."""
    plan = ranks.broadcast(plan_chunks(task) if ranks.is_root else None)
    best = no_hits(task.highest.size, task.settings.top_n)
    residues = np.concatenate([[0], np.cumsum(plan.residues)])
    queue = ranks.work_queue(len(plan.chunks))
    sharing_keys = aligned = cells = 0
    with Progress("search", int(residues[-1]), "bp", ranks.is_root) as bar:
        for number in queue:
            bar.advance_to(int(residues[queue.finished]))
            of_chunk = search_chunk(task, plan, plan.chunks[number], best)
            sharing_keys += of_chunk.sharing_keys
            aligned += of_chunk.aligned
            cells += of_chunk.cells
        bar.advance_to(int(residues[queue.finished]))
    _merge(best, ranks)
    sharing_keys, aligned, cells = (ranks.sum(n) for n in (sharing_keys, aligned, cells))
    counts = ComparisonCounts(
        aligned=aligned,
        below_min_votes=sharing_keys - aligned,
        queries_without_key=plan.keys.n_without,
        cells=cells,
    )
    return best, counts


def align_in_order(
    task: SearchTask, hits: HitList, ranks: Ranks
) -> Iterator[tuple[slice, Alignments, np.ndarray]]:
    """Align all hits; all ranks must pass the same hits and exhaust the iterator.

    Yields:
        On the root only: rows of the hits, their alignments, and the number of columns that score
        above 0, int32 (rows,).
    """
    bounds = bounds_of_batches(hits)
    with Progress("align", hits.query.size, "hits", ranks.is_root) as bar:
        for first in range(0, len(bounds) - 1, BATCHES_PER_ROUND):
            own = bounds[first : first + BATCHES_PER_ROUND + 1]
            done = {}
            queue = ranks.work_queue(len(own) - 1)
            for batch in queue:
                bar.advance_to(int(own[queue.finished]))
                done[batch] = align_hits(task, hits.rows(slice(*own[batch : batch + 2])))
            bar.advance_to(int(own[-1]))
            gathered: dict[int, tuple[Alignments, np.ndarray]] = {}
            for of_rank in ranks.gather(done) or []:
                gathered |= of_rank
            for batch in sorted(gathered):
                yield slice(*own[batch : batch + 2]), *gathered[batch]


def _merge(best: BestHits, ranks: Ranks) -> None:
    """Enter the hits of all ranks into the root's lists."""
    if ranks.size == 1:
        return
    for first in range(0, best.score.shape[0], QUERIES_PER_MESSAGE):
        own = BestHits(*(column[first : first + QUERIES_PER_MESSAGE] for column in best))
        for others in (ranks.gather(own) or [])[1:]:
            enter_best(best, first, others)
