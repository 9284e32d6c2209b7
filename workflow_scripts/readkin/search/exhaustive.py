"""Exhaustive search: the exact score of every query with every target, on both strands for DNA.

The table of all queries and all windows of the database is cut into tiles, which the ranks take as
they become free; each keeps the best targets of every query. Queries are grouped by how far their
alignments can reach, as that decides the windows: so the hits of a query do not depend on which
others there are.

Memory of a rank beside the sequences: up to 0.5 GB, 29 bytes per query and hit kept, and for long
queries, whose windows are long, about 5 kB per letter of the longest (proteins 20 kB). No table of
scores is ever kept whole.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from readkin.kernels.best_hits import BestHits, enter_all_scores
from readkin.kernels.sequences.sequences import (
    concatenated,
    copy_segments,
    lengths_of,
    reverse_complements,
)
from readkin.kernels.smith_waterman.alignment import score_all
from readkin.search.problem import Problem, longest_spans
from readkin.search.windows import Chunk, Layout, cut_into_chunks, layout_for, windows_of

TILE_CELLS = 20_000_000_000
TILE_SCORES = 1 << 25
WINDOWS_PER_CHUNK = 64  # at least, if they are long: as many as the kernels have lanes


class Group(NamedTuple):
    """Queries that share their windows, in blocks: ``queries[bounds[b]:bounds[b + 1]]``."""

    layout: Layout
    chunks: list[Chunk]
    queries: np.ndarray  # int64, their numbers
    bounds: np.ndarray  # int64 (blocks + 1,)
    letters: np.ndarray  # int64 (chunks,), of the windows of each chunk


class Tile(NamedTuple):
    """A block of queries and a chunk of windows."""

    group: int
    block: int
    chunk: int


class Plan(NamedTuple):
    """All tiles and what each costs, in cells (int64)."""

    groups: list[Group]
    tiles: list[Tile]
    cells: np.ndarray


def plan(problem: Problem) -> Plan:
    """Cut the search into tiles; this does not depend on the number of ranks."""
    groups = list(_groups(problem))
    strands = 2 if problem.settings.is_dna else 1
    lengths = np.diff(problem.queries.offsets)
    tiles, cells = [], []
    for number, group in enumerate(groups):
        letters = np.add.reduceat(lengths[group.queries], group.bounds[:-1])
        for block, chunk in np.ndindex(letters.size, len(group.chunks)):
            tiles.append(Tile(number, block, chunk))
            cells.append(strands * int(letters[block]) * int(group.letters[chunk]))
    return Plan(groups, tiles, np.array(cells, np.int64))


def search_tile(problem: Problem, plan: Plan, tile: Tile, best: BestHits) -> None:
    """Enter the best hits of a tile."""
    group = plan.groups[tile.group]
    numbers = group.queries[group.bounds[tile.block] : group.bounds[tile.block + 1]]
    windows = windows_of(problem.targets, group.chunks[tile.chunk], group.layout)
    targets = copy_segments(problem.targets, *windows)
    lengths = lengths_of(problem.queries, numbers)
    queries = copy_segments(problem.queries, numbers, np.zeros_like(lengths), lengths)
    if problem.settings.is_dna:
        queries = concatenated(queries, reverse_complements(queries))
    enter_all_scores(best, numbers, windows, score_all(queries, targets, problem.settings.scoring))


def _groups(problem: Problem) -> Iterator[Group]:
    lengths = np.diff(problem.queries.offsets)
    spans = longest_spans(problem, np.arange(lengths.size), 1)
    layouts = [layout_for(span) for span in spans.tolist()]
    window_lengths = np.array([layout.length for layout in layouts])
    for length in np.unique(window_lengths):
        queries = np.flatnonzero(window_lengths == length)
        layout = layouts[queries[0]]
        most = max(problem.settings.chunk_letters, WINDOWS_PER_CHUNK * layout.length)
        chunks = cut_into_chunks(problem.targets, layout, most)
        sizes = [_size(windows_of(problem.targets, chunk, layout)) for chunk in chunks]
        letters = np.array(sizes, np.int64)
        most_windows = max((chunk.windows for chunk in chunks), default=1)
        bounds = _blocks(lengths[queries], int(letters.max(initial=1)), most_windows)
        yield Group(layout, chunks, queries, bounds, letters)


def _size(windows: tuple[np.ndarray, np.ndarray, np.ndarray]) -> int:
    _, first, end = windows
    return int((end - first).sum())


def _blocks(lengths: np.ndarray, chunk_letters: int, chunk_windows: int) -> np.ndarray:
    """Bounds of blocks of queries that make tiles of about TILE_CELLS cells at most."""
    most_letters = max(TILE_CELLS // (2 * chunk_letters), 1)
    most_queries = max(TILE_SCORES // (2 * chunk_windows), 1)
    before = np.cumsum(lengths) - lengths
    number = np.arange(lengths.size)
    by_letters, by_queries = np.diff(before // most_letters), np.diff(number // most_queries)
    is_new = np.append(True, (by_letters > 0) | (by_queries > 0))
    return np.append(np.flatnonzero(is_new), lengths.size)
