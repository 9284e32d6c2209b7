"""Files of candidate pairs with given content."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from readkin.formats.pairs import (
    PairsRun,
    ShardOfPairs,
    finished_shard,
    shard_name,
    write_pairs_index,
    write_pairs_manifest,
    write_shard,
)
from readkin.kernels.join.candidates import Candidates, empty_candidates

RUN = PairsRun({}, "p" * 64, "none", "e" * 64, 0)
NONE = np.empty(0, np.uint64)


def write_pairs(
    index: Path,
    n_reads: int,
    pairs: Candidates | None = None,
    duplicates: tuple[Any, Any] = (NONE, NONE),
    edges: tuple[int, ...] = (),
    parameters: Mapping[str, Any] | None = None,
    reads_fingerprint: str = RUN.reads_fingerprint,
    embeddings_fingerprint: str = RUN.embeddings_fingerprint,
) -> Path:
    """Write pairs.h5 and the shards in ``pairs_shards`` beside it; return the path.

    Args:
        index: path of pairs.h5.
        n_reads: reads.
        pairs: in order.
        duplicates: the reads, and the earlier read that each is equal to.
        edges: first reads of the second and later shards.
        parameters: settings.
        reads_fingerprint: of the reads.
        embeddings_fingerprint: of the embeddings.
    """
    folder = index.with_name("pairs_shards")
    folder.mkdir(parents=True, exist_ok=True)
    run = RUN._replace(
        n_reads=n_reads,
        reads_fingerprint=reads_fingerprint,
        embeddings_fingerprint=embeddings_fingerprint,
        parameters=parameters or {},
    )
    pairs = pairs or empty_candidates(0)
    duplicate, original = (np.asarray(column, np.uint64) for column in duplicates)
    entries = []
    bounds = [0, *edges, n_reads]
    for number, (first, end) in enumerate(pairwise(bounds)):
        rows = slice(*np.searchsorted(pairs.read_a, [first, end]))
        own = slice(*np.searchsorted(original, [first, end]))
        path = folder / shard_name(number)
        content = ShardOfPairs(first, end, pairs.rows(rows), duplicate[own], original[own])
        write_shard(path, run, content)
        entries.append(finished_shard(path))
    write_pairs_manifest(folder, run, entries)
    write_pairs_index(index, folder, run, entries)
    return index
