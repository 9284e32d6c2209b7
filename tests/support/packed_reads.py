"""Packed reads with the runs of their unknown bases, from strings."""

import numpy as np

from readkin.kernels.sequences.packed_sequences import (
    pack_sequences,
    packed_offsets,
    unknown_runs,
)
from readkin.kernels.sequences.unpacking import PackedSequences
from support import naive_kmers


def packed_reads(reads: list[str]) -> PackedSequences:
    """Pack reads as embed_reads does."""
    bases, offsets = naive_kmers.pack(reads)
    lengths = np.diff(offsets).astype(np.uint32)
    packed, _ = pack_sequences(bases, offsets)
    return PackedSequences(packed, packed_offsets(lengths), lengths, unknown_runs(bases, offsets))
