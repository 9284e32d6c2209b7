"""Queries and databases, stored once in the memory of each node for all of its MPI ranks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa

from readkin.bases_on_node import bases_on_node
from readkin.formats.embeddings import open_embeddings
from readkin.formats.hits import NamesAndLengths
from readkin.formats.read_table import read_names
from readkin.formats.sequences import read_sequences
from readkin.kernels.sequences.sequences import Sequences
from readkin.kernels.sequences.unpacking import PackedSequences
from readkin.parallel.mpi import Ranks
from readkin.provenance import sha256_of_file
from readkin.search.task import Targets

Stored = TypeVar("Stored", bound=Targets, covariant=True)


class InputSequences(NamedTuple, Generic[Stored]):
    """Sequences of one side of a search; names and fingerprint exist on the root only.

    Attributes:
        sequences: read-only.
        names: string (sequences,); empty on other ranks.
        fingerprint: hash of the content of the input file; "" on other ranks.
    """

    sequences: Stored
    names: pa.Array
    fingerprint: str

    def names_and_lengths(self) -> NamesAndLengths:
        """Return names and lengths, for the table of hits."""
        return NamesAndLengths(self.names, self.sequences.lengths)


def sequences_on_node(path: Path, residues: str, ranks: Ranks) -> InputSequences[Sequences]:
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


def reads_as_database(
    embeddings: Path, read_table: Path, ranks: Ranks
) -> InputSequences[PackedSequences]:
    """Return embedded reads as targets, with their names; all ranks must call this function.

    Args:
        embeddings: HDF5 file of embed_reads.
        read_table: table of all reads, of the same run.
        ranks: of the run.

    Raises:
        InputError: if a file is damaged, or if the files belong to different reads.
    """
    names, fingerprint = pa.array([], pa.large_string()), ""
    if ranks.is_root:  # so that one rank alone reports a damaged file
        with open_embeddings(embeddings, slice(0)) as file:
            fingerprint = file.attrs["reads_fingerprint"]
        names = read_names(read_table, fingerprint)
    ranks.barrier()
    return InputSequences(bases_on_node(embeddings, ranks), names, fingerprint)
