"""All reads in the memory of each node, shared by all MPI ranks of the node."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np

from readkin.formats.reads import Reads, load_reads
from readkin.parallel.mpi import Ranks

ARRAYS = [field.name for field in fields(Reads) if field.name != "first_index"]


def reads_on_node(bams: Sequence[Path], ranks: Ranks) -> Reads:
    """Return all reads of all files in order; all ranks must call it. The arrays are read-only.

    Raises:
        InputError: as ``load_reads``.
    """

    def arrays() -> Iterator[np.ndarray]:
        arrays_of_reads = vars(load_reads(bams)).copy()
        for name in ARRAYS:
            yield arrays_of_reads.pop(name)

    shared = dict(zip(ARRAYS, ranks.one_per_node(arrays), strict=True))
    return Reads(first_index=0, **shared)
