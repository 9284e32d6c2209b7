"""FASTA files (plain or gzip) as base codes; codes back to letters."""

from pathlib import Path
from typing import NamedTuple

import dnaio
import numpy as np

from formats.errors import InputError

LETTERS = np.frombuffer(b"ACGTN", np.uint8)
UNKNOWN = 4


def _code_table() -> np.ndarray:
    table = np.full(256, UNKNOWN, np.uint8)
    for code, letter in enumerate(b"ACGT"):
        table[letter] = table[letter + 32] = code  # lower case too
    return table


CODES = _code_table()


class FastaRecord(NamedTuple):
    """One sequence.

    Attributes:
        name: first word of the header.
        bases: uint8 (length,), A 0, C 1, G 2, T 3, anything else 4.
    """

    name: str
    bases: np.ndarray


def encode(sequence: str) -> np.ndarray:
    """Letters of either case to base codes, uint8 (length,)."""
    return CODES[np.frombuffer(sequence.encode("ascii"), np.uint8)]


def decode(bases: np.ndarray) -> str:
    """Base codes to upper-case letters; code 4 becomes N."""
    return LETTERS[bases].tobytes().decode("ascii")


def read_fasta(path: Path) -> list[FastaRecord]:
    """Read all sequences of a file, in order.

    Raises:
        InputError: if the file is not readable FASTA, or holds no sequence, an empty one, or a
            character that is no letter.
    """
    try:
        with dnaio.open(path, fileformat="fasta", open_threads=0) as file:
            records = [(record.name, record.sequence) for record in file]
    except (dnaio.FileFormatError, EOFError, UnicodeDecodeError, OSError) as error:
        if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
            raise
        raise InputError(
            path, f"no readable FASTA ({error})", "FASTA, plain or gzip", "check the file"
        ) from None
    if not records:
        raise InputError(path, "no sequence", "at least one", "check the file")
    return [_checked(path, header, sequence) for header, sequence in records]


def _checked(path: Path, header: str, sequence: str) -> FastaRecord:
    name = (header.split() or [""])[0]
    if not sequence.isalpha():
        found = next((letter for letter in sequence if not letter.isalpha()), "an empty sequence")
        raise InputError(f"{path}:>{name}", found, "letters of bases only", "check the file")
    return FastaRecord(name, encode(sequence))
