"""Reads as the layout needs them: one byte for each base, and no names."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from readkin.formats.reads import (
    ReadsFingerprint,
    count_bases,
    iterate_ranges,
    read_ranges,
)
from readkin.kernels.layout.residues import pack_residues
from readkin.parallel.mpi import Ranks

READS_PER_BATCH = 1 << 16  # that a rank reads at a time
STEP_OF_MATE_NUMBER = np.array([0, 1, -1], np.int8)


@dataclass(frozen=True, eq=False, kw_only=True)
class ResidueReads:
    """All n reads, numbered over all units.

    Attributes:
        residues: uint8 (total bases,), each base with its quality (kernels.layout.residues).
        offsets: int64 (n + 1,), read i is ``residues[offsets[i]:offsets[i + 1]]``.
        step_to_mate: int8 (n,), 1 for a first mate, whose mate is the next read, -1 for a second
            one, 0 for single reads.
        fingerprint: hash of the reads (``formats.reads.reads_fingerprint``).
    """

    residues: np.ndarray
    offsets: np.ndarray
    step_to_mate: np.ndarray
    fingerprint: str

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> np.ndarray:
        """Number of bases of each read, int64 (n,)."""
        return np.diff(self.offsets)

    @property
    def mates(self) -> np.ndarray:
        """The mate of each read, of a single read the read itself; int64 (n,)."""
        return np.arange(len(self)) + self.step_to_mate


def load_residues(bams: Sequence[Path], ranks: Ranks) -> ResidueReads:
    """Read all reads of all files in order; each node has one copy of the arrays, read-only.

    The ranks of a node share the work: the sizes of all batches are counted first, then each batch
    is written to its place. All ranks must call this.

    Raises:
        InputError: if a file or its splitting index is damaged.
    """
    batches = ranks.broadcast(read_ranges(bams, READS_PER_BATCH) if ranks.is_root else None)
    n_bases = np.zeros(len(batches), np.int64)
    for batch in range(ranks.rank, len(batches), ranks.size):
        n_bases[batch] = sum(map(count_bases, batches[batch]))
    first_base = np.concatenate([[0], np.cumsum(ranks.total(n_bases))])
    n = sum(part.n_reads for batch in batches for part in batch)

    def fill(arrays: list[np.ndarray], rank: int, n_ranks: int) -> None:
        residues, offsets, step_to_mate, hashes = arrays
        for batch in range(rank, len(batches), n_ranks):
            base = int(first_base[batch])
            for chunk in iterate_ranges(batches[batch], with_qualities=True):
                first, end = chunk.first_index, chunk.first_index + len(chunk)
                stop = base + chunk.bases.size
                residues[base:stop] = pack_residues(chunk.bases, chunk.qualities)
                offsets[first + 1 : end + 1] = base + chunk.offsets[1:]
                step_to_mate[first:end] = STEP_OF_MATE_NUMBER[chunk.mate_number]
                hashes[first:end] = chunk.hashes
                base = stop

    shapes = [((int(first_base[-1]),), np.uint8), ((n + 1,), np.int64), ((n,), np.int8)]
    *arrays, hashes = ranks.filled_on_node([*shapes, ((n,), np.uint64)], fill)
    residues, offsets, step_to_mate = arrays
    return ResidueReads(
        residues=residues,
        offsets=offsets,
        step_to_mate=step_to_mate,
        fingerprint=ReadsFingerprint().update(hashes).hexdigest(),
    )
