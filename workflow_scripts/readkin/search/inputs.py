"""Queries and databases, stored once in the memory of each node for all of its MPI ranks."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from readkin.formats.hits import NamesAndLengths
from readkin.formats.read_table import ids_of
from readkin.formats.reads import Reads, reads_fingerprint
from readkin.formats.sequences import read_sequences
from readkin.kernels.sequences.sequences import Sequences
from readkin.parallel.mpi import Ranks
from readkin.provenance import sha256_of_file


class InputSequences(NamedTuple):
    """Sequences of one side of a search; names and fingerprint exist on the root only.

    Attributes:
        sequences: read-only.
        names: string (sequences,); empty on other ranks.
        fingerprint: hash of the content of the input file; "" on other ranks.
    """

    sequences: Sequences
    names: pa.Array
    fingerprint: str

    def names_and_lengths(self) -> NamesAndLengths:
        """Return names and lengths, for the table of hits."""
        return NamesAndLengths(self.names, np.diff(self.sequences.offsets))


def sequences_on_node(path: Path, residues: str, ranks: Ranks) -> InputSequences:
    """Read a FASTA or FASTQ file; all ranks must call this function.

    Args:
        path: the file.
        residues: of the alphabet, in the order of their codes.
        ranks: of the run.

    Raises:
        InputError: as formats.sequences.read_sequences.
    """
    names: list[str] = []

    def arrays() -> Iterator[np.ndarray]:
        content = read_sequences(path, residues)
        names.extend(content.names)
        yield content.codes
        yield content.offsets

    sequences = Sequences(*ranks.one_per_node(arrays))
    fingerprint = sha256_of_file(path) if ranks.is_root else ""
    return InputSequences(sequences, pa.array(names, pa.string()), fingerprint)


def reads_as_database(reads: Reads, ranks: Ranks) -> InputSequences:
    """Return reads as targets, named by the same ids as in the alignments."""
    sequences = Sequences(reads.bases, reads.offsets)
    if not ranks.is_root:
        return InputSequences(sequences, pa.array([], pa.string()), "")
    names = ids_of(reads, np.arange(len(reads)))
    return InputSequences(sequences, names, reads_fingerprint(reads))
