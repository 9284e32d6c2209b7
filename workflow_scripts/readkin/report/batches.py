"""Columns of the result tables, a batch of rows at a time, as the measures want them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from readkin.formats.alignments import read_alignments
from readkin.formats.clusters import read_clusters
from readkin.formats.hdf5_files import open_checked
from readkin.formats.hdf5_schema import PAIRS

ROWS = 1 << 20
Batch = dict[str, np.ndarray]


def pair_batches(path: Path) -> Iterator[Batch]:
    """Arrays votes and is_reverse, each (rows,), of pairs.h5.

    Raises:
        InputError: if the file is another or damaged.
    """
    with open_checked(path, PAIRS) as file:
        for start in range(0, file["votes"].shape[0], ROWS):
            rows = slice(start, start + ROWS)
            yield {name: file[name][rows] for name in ("votes", "is_reverse")}


def cluster_batches(path: Path) -> Iterator[Batch]:
    """Arrays cluster, sample, unit, representative, each (rows,), of clusters.parquet.

    Raises:
        InputError: if the file is another or damaged.
    """
    yield from _arrow_batches(read_clusters(path), ("cluster", "sample", "unit", "representative"))


def alignment_batches(path: Path) -> Iterator[Batch]:
    """Arrays score, matches, alignment_length, strand, each (rows,), of alignments.parquet.

    Raises:
        InputError: if the file is another or damaged.
    """
    columns = ("score", "matches", "alignment_length", "strand")
    yield from _arrow_batches(read_alignments(path, columns), columns)


def _arrow_batches(table: Any, names: Sequence[str]) -> Iterator[Batch]:
    for batch in table.select(list(names)).to_batches(max_chunksize=ROWS):
        yield {name: batch.column(name).to_numpy(zero_copy_only=False) for name in names}
