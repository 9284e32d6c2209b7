"""Bases and names of all reads in the memory of each node, shared by all MPI ranks of the node.

The bases take a quarter of a byte each, and a read 12 bytes more.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa

from readkin.formats.embeddings import open_embeddings
from readkin.formats.read_table import read_names
from readkin.kernels.sequences.packed_sequences import UnknownRuns, packed_offsets
from readkin.kernels.sequences.unpacking import PackedSequences
from readkin.parallel.mpi import Ranks

DATASETS = ("sequence/packed", "read_length", "unknown/read", "unknown/first", "unknown/end")


def bases_on_node(embeddings: Path, ranks: Ranks) -> PackedSequences:
    """Return the bases of all reads from the embeddings; all ranks must call it.

    Each rank of a node reads its share. The arrays are read-only.

    Raises:
        InputError: if a file is missing or damaged.
    """
    with open_embeddings(embeddings, slice(ranks.rank, None, ranks.size)) as file:

        def fill(arrays: list[np.ndarray], part: int, parts: int) -> None:
            for name, array in zip(DATASETS, arrays, strict=True):
                own = slice(array.size * part // parts, array.size * (part + 1) // parts)
                if own.start < own.stop:
                    file[name].read_direct(array, own, own)

        shapes = [(file[name].shape, file[name].dtype.type) for name in DATASETS]
        packed, lengths, *unknown = ranks.filled_on_node(shapes, fill)
    (first_byte,) = ranks.one_per_node(lambda: [packed_offsets(lengths)])
    return PackedSequences(packed, first_byte, lengths, UnknownRuns(*unknown))


def names_on_node(read_table: Path, reads_fingerprint: str, ranks: Ranks) -> pa.LargeStringArray:
    """Return the names of all reads; all ranks must call it.

    Raises:
        InputError: as ``read_names``.
    """

    def buffers() -> list[np.ndarray]:
        names = read_names(read_table, reads_fingerprint)
        _, offsets, text = names.buffers()
        return [np.frombuffer(offsets, np.int64, len(names) + 1), np.frombuffer(text, np.uint8)]

    offsets, text = map(pa.py_buffer, ranks.one_per_node(buffers))
    return pa.LargeStringArray.from_buffers(offsets.size // 8 - 1, offsets, text)
