"""Alignments and copies in the form that the layout needs."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from readkin.formats.alignment_parts import AlignmentFolder
from readkin.formats.pairs import CandidatePairs
from readkin.kernels.layout.gaps import first_gaps
from readkin.kernels.layout.overlaps import Overlaps
from readkin.parallel.mpi import Ranks

READS = ("read_a", "read_b")
NUMBERS = [
    *(*READS, "matches", "alignment_length"),
    *(f"{what}_{read}" for read in "ab" for what in ("start", "end", "length")),
]
COLUMNS = [*NUMBERS, "strand", "cigar"]


def load_copies(pairs: Path, n_reads: int) -> np.ndarray:
    """Return for each read the earlier read with equal bases, -1 for the others; int64 (n,).

    The caller has checked the pairs, whose shards are not hashed again.
    """
    copy_of = np.full(n_reads, -1, np.int64)
    with CandidatePairs(pairs, slice(0)) as file:
        duplicate, original = file.duplicates()
    copy_of[duplicate.astype(np.int64)] = original.astype(np.int64)
    return copy_of


class OverlapFiles:
    """The alignments of reads that are no copies, in the parts of a folder.

    All ranks must construct it together.

    Args:
        alignments: the folder.
        copy_of: as ``load_copies`` returns.
        ranks: all ranks.

    Raises:
        InputError: if a part is damaged.
    """

    def __init__(self, alignments: AlignmentFolder, copy_of: np.ndarray, ranks: Ranks) -> None:
        self._alignments, self._copy_of, self._ranks = alignments, copy_of, ranks
        counts = np.zeros(len(alignments.paths), np.int64)
        for part in range(ranks.rank, len(counts), ranks.size):
            counts[part] = np.count_nonzero(_of_originals(alignments.part(part, READS), copy_of))
        self._bounds = np.concatenate([[0], np.cumsum(ranks.total(counts))])

    def __len__(self) -> int:
        return int(self._bounds[-1])

    def load(self) -> Overlaps:
        """Read all of them; each node has one copy of the arrays. All ranks must call it.

        Raises:
            InputError: if a part is damaged.
        """
        types = (bool if name == "is_reverse" else np.int32 for name in Overlaps._fields)
        shapes = [((len(self),), type_) for type_ in types]
        return Overlaps(*self._ranks.filled_on_node(shapes, self._fill))

    def _fill(self, arrays: list[np.ndarray], rank: int, n_ranks: int) -> None:
        for part in range(rank, len(self._bounds) - 1, n_ranks):
            columns = overlaps_of(self._alignments.part(part, COLUMNS), self._copy_of)
            for array, column in zip(arrays, columns, strict=True):
                array[self._bounds[part] : self._bounds[part + 1]] = column


def _of_originals(alignments: pa.Table, copy_of: np.ndarray) -> np.ndarray:
    """Return which rows are between reads that are no copies, bool."""
    is_original: np.ndarray = np.all(
        [copy_of[alignments[read].to_numpy()] < 0 for read in READS], axis=0
    )
    return is_original


def overlaps_of(alignments: pa.Table, copy_of: np.ndarray) -> Overlaps:
    """Return the rows of a table with ``COLUMNS`` between reads that are no copies."""
    is_original = _of_originals(alignments, copy_of)
    if not is_original.all():
        alignments = alignments.filter(pa.array(is_original))
    column = {name: alignments[name].to_numpy() for name in NUMBERS}
    is_reverse = np.asarray(alignments["strand"].to_numpy(zero_copy_only=False) == "-", bool)
    start_a, end_a, length_b = column["start_a"], column["end_a"], column["length_b"]
    start_b = np.where(is_reverse, length_b - column["end_b"], column["start_b"])
    end_b = np.where(is_reverse, length_b - column["start_b"], column["end_b"])
    is_gapped = end_a - start_a != end_b - start_b
    after_a, after_b = column["length_a"] - end_a, length_b - end_b
    overhang = np.maximum(np.minimum(start_a, start_b), np.minimum(after_a, after_b))
    return Overlaps(
        read_a=column["read_a"].astype(np.int32),
        read_b=column["read_b"].astype(np.int32),
        is_reverse=is_reverse,
        left=(start_a - start_b).astype(np.int32),
        right=(end_a - end_b).astype(np.int32),
        switch=_switches(alignments["cigar"], is_reverse, start_a, is_gapped),
        differences=(column["alignment_length"] - column["matches"]).astype(np.int32),
        overhang=overhang.astype(np.int32),
    )


def _switches(
    cigars: pa.ChunkedArray, is_reverse: np.ndarray, start_a: np.ndarray, is_gapped: np.ndarray
) -> np.ndarray:
    """Return the positions of the first gaps, 0 where there are none or they balance."""
    switch = np.zeros(len(start_a), np.int32)
    rows = np.flatnonzero(is_gapped)
    if len(rows):
        texts = cigars.take(pa.array(rows)).combine_chunks()
        _, offsets, data = texts.buffers()
        bounds = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(rows) + 1]
        text = np.frombuffer(data, np.uint8)
        switch[rows] = first_gaps(text, bounds, is_reverse[rows], start_a[rows])
    return switch
