"""Reads as clusters need them: numbers and names, without bases."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from readkin.formats.read_table import ids_of
from readkin.formats.reads import ReadsFingerprint, iterate_blocks
from readkin.kernels.sequences.gc_counts import gc_counts


@dataclass(frozen=True, eq=False, kw_only=True)
class CountedReads:
    """All n reads, numbered over all units.

    Attributes:
        lengths: uint32 (n,), bases.
        gc: uint32 (n,), bases G and C.
        known: uint32 (n,), bases A, C, G and T.
        unit: uint32 (n,), row of the sample sheet, from 0.
        mate_number: uint8 (n,), 1 or 2, the second mate follows the first; 0 for single reads.
        ids: n names, with /1 or /2 appended for mates; strings.
        fingerprint: hash of the reads (``formats.reads.reads_fingerprint``).
    """

    lengths: np.ndarray
    gc: np.ndarray
    known: np.ndarray
    unit: np.ndarray
    mate_number: np.ndarray
    ids: pa.ChunkedArray
    fingerprint: str

    def __len__(self) -> int:
        return len(self.lengths)


def count_reads(bams: Sequence[Path]) -> CountedReads:
    """Read all reads of all files, block by block; their bases are counted and not kept.

    Raises:
        InputError: if a file is damaged, or if mates are not adjacent.
    """
    fingerprint = ReadsFingerprint()
    columns: dict[str, list[np.ndarray]] = {
        "lengths": [np.empty(0, np.uint32)],
        "gc": [np.empty(0, np.uint32)],
        "known": [np.empty(0, np.uint32)],
        "unit": [np.empty(0, np.uint32)],
        "mate_number": [np.empty(0, np.uint8)],
    }
    ids = []
    for reads in iterate_blocks(bams):
        fingerprint.update(reads.hashes)
        gc, known = gc_counts(reads.bases, reads.offsets)
        of_block = reads.lengths, gc, known, reads.unit, reads.mate_number
        for blocks, column in zip(columns.values(), of_block, strict=True):
            blocks.append(column.astype(blocks[0].dtype))
        ids.append(ids_of(reads, np.arange(len(reads))))
    return CountedReads(
        **{name: np.concatenate(columns.pop(name)) for name in list(columns)},
        ids=pa.chunked_array(ids, pa.string()),
        fingerprint=fingerprint.hexdigest(),
    )
