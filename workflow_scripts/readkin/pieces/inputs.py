"""Alignments and copies in the form that the layout needs."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from readkin.formats.alignments import read_alignments
from readkin.formats.pairs import CandidatePairs
from readkin.kernels.layout.gaps import first_gaps
from readkin.kernels.layout.overlaps import Overlaps
from readkin.parallel.mpi import Ranks

COLUMNS = [
    *("read_a", "read_b", "strand", "matches", "alignment_length", "cigar"),
    *(f"{what}_{read}" for read in "ab" for what in ("start", "end", "length")),
]


def load_copies(pairs: Path, n_reads: int) -> np.ndarray:
    """Return for each read the earlier read with equal bases, -1 for the others; int64 (n,)."""
    copy_of = np.full(n_reads, -1, np.int64)
    with CandidatePairs(pairs) as file:
        duplicate, original = file.duplicates()
    copy_of[duplicate.astype(np.int64)] = original.astype(np.int64)
    return copy_of


def load_overlaps(path: Path, copy_of: np.ndarray, ranks: Ranks) -> Overlaps:
    """Read the alignments of reads that are no copies; each node has one copy of the arrays.

    All ranks must call it.

    Args:
        path: Parquet file of alignments.
        copy_of: as ``load_copies`` returns.
        ranks: all ranks.

    Raises:
        InputError: if the file has another format or version.
    """

    def arrays() -> Iterator[np.ndarray]:
        yield from overlaps_of(read_alignments(path, COLUMNS), copy_of)

    return Overlaps(*ranks.one_per_node(arrays))


def overlaps_of(alignments: pa.Table, copy_of: np.ndarray) -> Overlaps:
    """Return the rows of a table with ``COLUMNS`` between reads that are no copies."""
    is_copy = copy_of >= 0
    read_a = alignments["read_a"].to_numpy().astype(np.int64)
    read_b = alignments["read_b"].to_numpy().astype(np.int64)
    kept = ~(is_copy[read_a] | is_copy[read_b])
    if not kept.all():
        alignments = alignments.filter(pa.array(kept))
    column = {name: alignments[name].to_numpy() for name in COLUMNS if name[:3] in ("sta", "end")}
    length_a, length_b = (alignments[f"length_{read}"].to_numpy() for read in "ab")
    is_reverse = np.asarray(alignments["strand"].to_numpy(zero_copy_only=False) == "-")
    start_a, end_a = column["start_a"], column["end_a"]
    start_b = np.where(is_reverse, length_b - column["end_b"], column["start_b"])
    end_b = np.where(is_reverse, length_b - column["start_b"], column["end_b"])
    aligned, matches = alignments["alignment_length"].to_numpy(), alignments["matches"].to_numpy()
    overhang = np.maximum(
        np.minimum(start_a, start_b), np.minimum(length_a - end_a, length_b - end_b)
    )
    has_gap = (aligned != end_a - start_a) | (aligned != end_b - start_b)
    switch = np.zeros(len(aligned), np.int32)
    rows = np.flatnonzero(has_gap)
    texts = alignments["cigar"].take(pa.array(rows)).combine_chunks()
    _, offsets, data = texts.buffers()
    if len(rows):
        switch[rows] = first_gaps(
            np.frombuffer(data, np.uint8),
            np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(rows) + 1],
            is_reverse[rows],
            start_a[rows],
        )
    return Overlaps(
        read_a=read_a[kept].astype(np.int32),
        read_b=read_b[kept].astype(np.int32),
        is_reverse=is_reverse,
        left=(start_a - start_b).astype(np.int32),
        right=(end_a - end_b).astype(np.int32),
        switch=switch,
        differences=(aligned - matches).astype(np.int32),
        overhang=overhang.astype(np.int32),
    )
