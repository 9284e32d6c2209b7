"""Sequences of FASTA or FASTQ files as residue codes: queries and databases of a search."""

from array import array
from collections import Counter
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np

from readkin.errors import InputError
from readkin.formats.sequence_records import sequence_records

DNA = "ACGTN"
IUPAC_DNA = "ACGTRYSWKMBDHVN"  # NC-IUB 1985, Nucleic Acids Res. 13:3021-3030
# Residues that the alphabet lacks are replaced: U of RNA by T, codes of several bases by N, and, as
# in BLAST (NCBI C++ Toolkit, blast_stat.c), selenocysteine by cysteine and pyrrolysine by unknown.
# J (I or L), which NCBI's matrix files lack too, becomes unknown as well.
REPLACED_IN_DNA = {"U": "T"} | dict.fromkeys("RYSWKMBDHV", "N")
REPLACED_IN_PROTEIN = {"U": "C", "O": "X", "J": "X"}
AMINO_ACIDS_ONLY = "EFILPQ"  # codes of no base
NOT_IN_ALPHABET = 255
RESIDUES_TO_GUESS_FROM = 10_000


class NamedSequences(NamedTuple):
    """Sequences with their names, concatenated.

    Attributes:
        names: first word of each header; all different.
        codes: uint8 (total length,), residue i of the alphabet has code i.
        offsets: int64 (sequences + 1,), sequence i is ``codes[offsets[i]:offsets[i + 1]]``.
        alphabet: one letter per residue.
    """

    names: list[str]
    codes: np.ndarray
    offsets: np.ndarray
    alphabet: str


def read_sequences(path: Path, alphabet: str) -> NamedSequences:
    """Read all sequences of a FASTA or FASTQ file, plain or compressed, in upper or lower case.

    Memory: one byte per residue (an eighth more while reading), the names, and 8 bytes per
    sequence.

    Args:
        path: the file.
        alphabet: one upper-case letter per residue: those of a substitution matrix, or ``DNA``.

    Raises:
        InputError: if there is no sequence, an empty sequence, a name that occurs twice, or a
            residue that is not in the alphabet, or if the sequences look like proteins instead of
            DNA or the reverse; it contains the file, record, residue and position.
    """
    table = _codes_of_bytes(alphabet)
    names: list[str] = []
    codes, offsets = bytearray(), array("q", [0])
    for name, sequence in sequence_records(path):
        piece = sequence.encode("ascii").translate(table)
        if NOT_IN_ALPHABET in piece:
            _refuse_residue(f"{path}:>{name}", sequence, piece.index(NOT_IN_ALPHABET), alphabet)
        names.append(name)
        codes += piece
        offsets.append(len(codes))
    if not names:
        raise InputError(path, "no sequence", "at least one", "check the file")
    _check_names(path, names)
    sequences = NamedSequences(
        names, np.frombuffer(codes, np.uint8), np.frombuffer(offsets, np.int64), alphabet
    )
    _check_no_dna_as_protein(path, sequences)
    return sequences


def is_dna_alphabet(alphabet: str) -> bool:
    """Return whether an alphabet consists of bases; some matrices have ``*``, too."""
    return set(alphabet) <= {*IUPAC_DNA, "*"}


def looks_like_protein(sequence: str) -> bool:
    """Return whether over 10 % of the residues are E, F, I, L, P or Q.

    These are a third of an average protein, and no codes of bases.
    """
    return sum(map(sequence.upper().count, AMINO_ACIDS_ONLY)) > len(sequence) / 10


def looks_like_dna(sequence: str) -> bool:
    """Return whether at least 95 % of at least 20 residues are A, C, G, T, U or N.

    A, C and G must each be at least 2 %: proteins of few amino acids (silk: G, A, S) have hardly
    any C.
    """
    counts, total = Counter(sequence.upper()), len(sequence)
    bases = sum(counts[base] for base in "ACGTUN")
    fewest = min(counts[base] for base in "ACG")
    return total >= 20 and bases >= 0.95 * total and fewest >= 0.02 * total


def _codes_of_bytes(alphabet: str) -> bytes:
    """Return the code of each of the 256 bytes, ``NOT_IN_ALPHABET`` for bytes without one."""
    replaced = REPLACED_IN_DNA if is_dna_alphabet(alphabet) else REPLACED_IN_PROTEIN
    codes = {residue: code for code, residue in enumerate(alphabet)}
    for residue, replacement in replaced.items():
        if residue not in codes and replacement in alphabet:
            codes[residue] = alphabet.index(replacement)
    table = bytearray([NOT_IN_ALPHABET]) * 256
    for residue, code in codes.items():
        table[ord(residue)] = table[ord(residue.lower())] = code
    return bytes(table)


def _refuse_residue(where: str, sequence: str, position: int, alphabet: str) -> NoReturn:
    is_dna = is_dna_alphabet(alphabet)
    what_to_do = "correct the sequence"
    if is_dna and looks_like_protein(sequence):
        what_to_do = "it looks like a protein: set `search: alphabet` to protein if it is one"
    raise InputError(
        where,
        f"residue {sequence[position]!r} at position {position + 1}",
        f"{'bases' if is_dna else 'residues of the matrix'} ({alphabet})",
        what_to_do,
    )


def _check_names(path: Path, names: list[str]) -> None:
    if len(set(names)) == len(names):
        return
    name, count = Counter(names).most_common(1)[0]
    found = f"{count} sequences of this name"
    raise InputError(f"{path}:>{name}", found, "each name once", "rename them")


def _check_no_dna_as_protein(path: Path, sequences: NamedSequences) -> None:
    first = sequences.codes[:RESIDUES_TO_GUESS_FROM]
    alphabet = sequences.alphabet
    text = np.frombuffer(alphabet.encode("ascii"), np.uint8)[first].tobytes().decode()
    if not is_dna_alphabet(alphabet) and looks_like_dna(text):
        what_to_do = "set `search: alphabet` to dna if it is DNA"
        raise InputError(path, "what looks like DNA", "proteins", what_to_do)
