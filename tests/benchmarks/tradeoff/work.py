"""Work that every engine does in the same way: items of similar size, each with files of its own.

The items are those of the workflow: shards of embeddings, and tiles of alignments. An item that has
been done is not done again, so a run that was killed resumes.
"""

import json
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from threading import Lock
from typing import NamedTuple, Protocol

from readkin.align.tiles import (
    AlignmentCosts,
    AlignmentSettings,
    AlignmentThresholds,
    Tiles,
    align_tile,
    tiles_of,
)
from readkin.bases_on_node import bases_on_node
from readkin.embedding.methods import METHODS
from readkin.embedding.protocol import MethodSettings, TrainingReads
from readkin.embedding.shards import EmbeddingSettings, ShardTasks, embed_shard
from readkin.formats.alignment_parts import PartFolder
from readkin.formats.embeddings import open_embeddings
from readkin.formats.pairs import CandidatePairs
from readkin.kernels.kmers.signatures import KeySettings
from readkin.parallel.mpi import OneProcess

READS_PER_SHARD = 100_000
TILE_CELLS = 4_000_000_000
ALIGNMENT = AlignmentSettings(AlignmentCosts(2, -3, 5, 2), AlignmentThresholds(60, 0.95, 40), True)


class Items(Protocol):
    """Items of a work, opened by a process that does some of them."""

    def __len__(self) -> int:
        """Return the number of items."""

    def do(self, item: int) -> None:
        """Do an item that has no results yet."""

    def cells(self, n_items: int) -> int:
        """Return the cells of the full DP matrices of the first items; 0 without alignment."""


class Work(NamedTuple):
    """Work to do.

    Attributes:
        name: embed, align or nothing.
        results: folder of the workflow's results, from which the input is taken.
        made: folder for the files that the items make.
        n_items: number of items to do, of those that there are.
    """

    name: str
    results: Path
    made: Path
    n_items: int


class Nothing:
    """Items without any work."""

    def __init__(self, work: Work) -> None:
        self._n_items = work.n_items

    def __len__(self) -> int:
        return self._n_items

    def do(self, item: int) -> None:
        """Return at once."""

    def cells(self, n_items: int) -> int:
        """Return 0."""
        return 0


class Embedding:
    """Shards of embeddings, with the settings of the embeddings in the results."""

    def __init__(self, work: Work) -> None:
        with open_embeddings(work.results / "embeddings.h5", slice(0)) as file:
            parameters = json.loads(file.attrs["parameters"])
        keys = KeySettings(*(parameters[f"key_{name}"] for name in KeySettings._fields))
        of_method = (parameters[name] for name in ("k", "dimensions", "seed"))
        bams = sorted((work.results / "bam").glob("*.unaligned.bam"))
        make = METHODS[parameters["method"]]
        method = make(MethodSettings(*of_method), TrainingReads(tuple(bams), work.made))
        settings = EmbeddingSettings(method, keys)
        self._tasks = list(ShardTasks(bams, READS_PER_SHARD, settings, work.made))

    def __len__(self) -> int:
        return len(self._tasks)

    def do(self, item: int) -> None:
        """Embed the reads of a shard."""
        if not self._tasks[item].path.exists():
            embed_shard(self._tasks[item])

    def cells(self, n_items: int) -> int:
        """Return 0."""
        return 0


class Alignment:
    """Tiles of the candidate pairs in the results."""

    def __init__(self, work: Work) -> None:
        self._pairs = CandidatePairs(work.results / "pairs.h5", slice(0))
        self._reads = bases_on_node(work.results / "embeddings.h5", OneProcess())
        self._tiles: Tiles = tiles_of(self._pairs, self._reads.lengths, TILE_CELLS)
        provenance = ALIGNMENT.provenance(self._pairs)
        self._folder = PartFolder(work.made, provenance, TILE_CELLS, len(self), with_text=False)

    def __len__(self) -> int:
        return len(self._tiles.weights)

    def do(self, item: int) -> None:
        """Align the pairs of a tile."""
        if not self._folder.path(item).exists():
            candidates = self._pairs.part(*self._tiles.bounds[item : item + 2])
            table, dropped = align_tile(candidates, self._reads, ALIGNMENT)
            self._folder.write(item, table, dropped, None)

    def cells(self, n_items: int) -> int:
        """Return the cells of the full DP matrices of the first items."""
        return int(self._tiles.weights[:n_items].sum())


ITEMS: dict[str, Callable[[Work], Items]] = {
    "embed": Embedding,
    "align": Alignment,
    "nothing": Nothing,
}


@cache
def opened(work: Work) -> Items:
    """Return the items of a work; each process opens them once."""
    return ITEMS[work.name](work)


def function_of(work: Work) -> Callable[[int], None]:
    """Return the function that does an item; it can be sent to other processes."""
    return partial(_do, work)


_OPENING = Lock()


def _do(work: Work, item: int) -> None:
    with _OPENING:  # by one thread of the process, for all
        items = opened(work)
    items.do(item)
