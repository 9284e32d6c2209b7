"""FASTA files, plain or compressed, as base codes; conversion between codes and text."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from readkin.formats.sequence_records import FASTA_ONLY
from readkin.formats.sequences import DNA, read_sequences
from readkin.kernels.sequences.sequences import UNKNOWN_BASE

LETTERS = np.frombuffer(b"ACGTN", np.uint8)


def _code_table() -> np.ndarray:
    table = np.full(256, UNKNOWN_BASE, np.uint8)
    for code, letter in enumerate(b"ACGT"):
        table[letter] = table[letter + 32] = code  # lower case too
    return table


CODES = _code_table()


class FastaRecord(NamedTuple):
    """One sequence of a FASTA file.

    Attributes:
        name: first word of the header.
        bases: uint8 (length,), A 0, C 1, G 2, T 3, anything else 4.
    """

    name: str
    bases: np.ndarray


def encode(sequence: str) -> np.ndarray:
    """Convert text in upper or lower case to base codes, uint8 (length,)."""
    return CODES[np.frombuffer(sequence.encode("ascii"), np.uint8)]


def decode(bases: np.ndarray) -> str:
    """Convert base codes to text in upper case; code 4 becomes N."""
    return LETTERS[bases].tobytes().decode("ascii")


def read_fasta(path: Path) -> list[FastaRecord]:
    """Read all sequences of a DNA file, in order; U counts as T.

    Raises:
        InputError: as formats.sequences.coded_pieces.
    """
    names, codes, offsets, _ = read_sequences(path, DNA, FASTA_ONLY)
    return [
        FastaRecord(name, codes[start:end])
        for name, start, end in zip(names, offsets[:-1], offsets[1:], strict=True)
    ]
