"""Queries and databases: read once on each node, for all MPI ranks there."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from readkin.formats.alignments import ids_of
from readkin.formats.hits import NamesAndLengths
from readkin.formats.reads import Reads, reads_fingerprint
from readkin.formats.sequences import read_sequences
from readkin.kernels.sequences.sequences import Sequences
from readkin.parallel.mpi import Ranks
from readkin.provenance import sha256_of_file


class Named(NamedTuple):
    """Sequences, and what only the root knows of them.

    Attributes:
        sequences: read-only.
        names: of all sequences on the root, none elsewhere.
        fingerprint: hash of what they were read from; "" except on the root.
    """

    sequences: Sequences
    names: pa.Array
    fingerprint: str

    def names_and_lengths(self) -> NamesAndLengths:
        """For the table of hits."""
        return NamesAndLengths(self.names, np.diff(self.sequences.offsets))


def sequences_on_node(path: Path, alphabet: str, ranks: Ranks) -> Named:
    """The sequences of a FASTA or FASTQ file; all ranks must call it.

    Raises:
        InputError: as formats.sequences.read_sequences.
    """
    names: list[str] = []

    def arrays() -> Iterator[np.ndarray]:
        found = read_sequences(path, alphabet)
        names.extend(found.names)
        yield found.codes
        yield found.offsets

    sequences = Sequences(*ranks.one_per_node(arrays))
    fingerprint = sha256_of_file(path) if ranks.is_root else ""
    return Named(sequences, pa.array(names, pa.string()), fingerprint)


def reads_as_database(reads: Reads, ranks: Ranks) -> Named:
    """Reads by their ids, as in the alignments."""
    sequences = Sequences(reads.bases, reads.offsets)
    if not ranks.is_root:
        return Named(sequences, pa.array([], pa.string()), "")
    names = ids_of(reads, np.arange(len(reads)))
    return Named(sequences, names, reads_fingerprint(reads))
