"""Exhaustive search: the exact score of every query with every target, for DNA on both strands.

The product of all queries and all windows of the database is cut into tiles. Ranks take tiles from
a work queue and keep the best targets of every query. Queries are grouped by the longest span of
their alignments, which determines the windows: the hits of a query therefore do not depend on the
other queries.

Memory of a rank in addition to the sequences: up to 0.5 GB, 29 bytes per query and hit kept, and
for long queries, whose windows are long, about 5 kB per residue of the longest query (proteins
20 kB). No complete DP matrix is ever stored.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from readkin.kernels.best_hits import BestHits, enter_all_scores
from readkin.kernels.sequences.sequences import concatenated, lengths_of, reverse_complements
from readkin.kernels.smith_waterman.alignment import score_all
from readkin.search.task import SearchTask, longest_spans
from readkin.search.windows import (
    Chunk,
    WindowLayout,
    cut_into_chunks,
    residues_of,
    window_layout,
    windows_of,
)

TILE_CELLS = 20_000_000_000
TILE_SCORES = 1 << 25
LEAST_WINDOWS_PER_CHUNK = 64  # of long windows: the number of SIMD lanes of the kernels


class QueryGroup(NamedTuple):
    """Queries with the same windows.

    Attributes:
        layout: of the windows.
        chunks: of the windows.
        queries: int64 (n,), numbers of the queries.
        bounds: int64 (blocks + 1,), block b is ``queries[bounds[b]:bounds[b + 1]]``.
        residues: int64 (chunks,), number of residues in the windows of each chunk.
    """

    layout: WindowLayout
    chunks: list[Chunk]
    queries: np.ndarray
    bounds: np.ndarray
    residues: np.ndarray


class Tile(NamedTuple):
    """A block of queries and a chunk of windows, by their numbers in a group."""

    group: int
    block: int
    chunk: int


class TilePlan(NamedTuple):
    """All tiles of a search, and the DP cells of each, int64 (tiles,)."""

    groups: list[QueryGroup]
    tiles: list[Tile]
    cells: np.ndarray


def plan_tiles(task: SearchTask) -> TilePlan:
    """Cut the search into tiles, independently of the number of ranks."""
    groups = list(_groups(task))
    strands = 2 if task.settings.is_dna else 1
    lengths = np.diff(task.queries.offsets)
    tiles, cells = [], []
    for number, group in enumerate(groups):
        residues = np.add.reduceat(lengths[group.queries], group.bounds[:-1])
        for block, chunk in np.ndindex(residues.size, len(group.chunks)):
            tiles.append(Tile(number, block, chunk))
            cells.append(strands * int(residues[block]) * int(group.residues[chunk]))
    return TilePlan(groups, tiles, np.array(cells, np.int64))


def search_tile(task: SearchTask, plan: TilePlan, tile: Tile, best: BestHits) -> None:
    """Compute the scores of a tile and enter them into ``best``."""
    group = plan.groups[tile.group]
    numbers = group.queries[group.bounds[tile.block] : group.bounds[tile.block + 1]]
    windows = windows_of(task.target_lengths, group.chunks[tile.chunk], group.layout)
    targets = task.targets.segments(*windows)
    lengths = lengths_of(task.queries, numbers)
    queries = task.queries.segments(numbers, np.zeros_like(lengths), lengths)
    if task.settings.is_dna:
        queries = concatenated(queries, reverse_complements(queries))
    scores = score_all(queries, targets, task.settings.system.scoring)
    enter_all_scores(best, numbers, windows, scores)


def _groups(task: SearchTask) -> Iterator[QueryGroup]:
    lengths = np.diff(task.queries.offsets)
    spans = longest_spans(task, np.arange(lengths.size), 1)
    layouts = [window_layout(span) for span in spans.tolist()]
    window_lengths = np.array([layout.length for layout in layouts])
    for length in np.unique(window_lengths):
        queries = np.flatnonzero(window_lengths == length)
        layout = layouts[queries[0]]
        chunk_residues = max(task.settings.chunk_residues, LEAST_WINDOWS_PER_CHUNK * layout.length)
        chunks = cut_into_chunks(task.target_lengths, layout, chunk_residues)
        sizes = [residues_of(windows_of(task.target_lengths, chunk, layout)) for chunk in chunks]
        residues = np.array(sizes, np.int64)
        most_windows = max((chunk.windows for chunk in chunks), default=1)
        yield QueryGroup(
            layout=layout,
            chunks=chunks,
            queries=queries,
            bounds=_blocks(lengths[queries], int(residues.max(initial=1)), most_windows),
            residues=residues,
        )


def _blocks(lengths: np.ndarray, chunk_residues: int, chunk_windows: int) -> np.ndarray:
    """Return bounds of blocks of queries whose tiles have about TILE_CELLS cells at most."""
    most_residues = max(TILE_CELLS // (2 * chunk_residues), 1)
    most_queries = max(TILE_SCORES // (2 * chunk_windows), 1)
    before = np.cumsum(lengths) - lengths
    number = np.arange(lengths.size)
    by_residues, by_queries = np.diff(before // most_residues), np.diff(number // most_queries)
    is_new = np.append(True, (by_residues > 0) | (by_queries > 0))
    return np.append(np.flatnonzero(is_new), lengths.size)
