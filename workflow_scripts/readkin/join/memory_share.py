"""Memory that one rank of the join may use."""

from pathlib import Path
from typing import NamedTuple

import psutil

from readkin.kernels.sequences.packed_bases import PackedReads
from readkin.parallel.mpi import Ranks

BYTES_PER_READ = 40  # on each rank: counts, hashes, numbers of partners
LEAST_MEMORY = 64 << 20  # bytes for a rank's arrays


class MemoryShare(NamedTuple):
    """Bytes that a rank may use for its arrays, and the folder for buckets that do not fit."""

    n_bytes: int
    folder: Path


def share_of_memory(total: int, folder: Path, ranks: Ranks) -> MemoryShare | None:
    """Return the share of each rank in ``total`` bytes, without the memory that is already in use.

    Returns:
        The share, or None if it is less than LEAST_MEMORY.
    """
    in_use = max(ranks.all_gather(psutil.Process().memory_info().rss))
    left = total // ranks.size - in_use
    return MemoryShare(left, folder) if left >= LEAST_MEMORY else None


def without_reads(memory: MemoryShare, reads: PackedReads, ranks: Ranks) -> MemoryShare:
    """Return the share without the memory of the reads, of which each node has one copy."""
    taken = (reads.words.nbytes + reads.first_word_and_length.nbytes) // ranks.size
    taken += BYTES_PER_READ * len(reads.lengths)
    left = max(memory.n_bytes - taken, min(memory.n_bytes, LEAST_MEMORY))
    return memory._replace(n_bytes=left)
