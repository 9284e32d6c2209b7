"""Sequences of FASTA or FASTQ files as residue codes: each residue is checked."""

from array import array
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np

from readkin.formats.sequence_records import FASTA_OR_FASTQ, Piece, refuse, sequence_pieces

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
FEWEST_TO_GUESS = 20
PLAIN_BASES = "ACGTUN"
IF_PROTEIN = (
    "it looks like a protein: provide DNA, or set `search: alphabet` to protein for a search"
)
WHAT_TO_DO = {  # about characters that are no residues
    ">": "begin a new line before each >: files without a line end at their end were joined",
    "-": "remove the gaps of the alignment",
    ".": "remove the gaps of the alignment",
    ";": "remove the comments",
    "#": "remove the comments",
    "0": "remove the numbers",
}
WHITE_SPACE = b" \t\r\n"  # is passed over within sequences


class CodedPiece(NamedTuple):
    """Part of a sequence, or all of it.

    Attributes:
        name: first word of the header.
        header_line: line of the header, from 1.
        codes: one byte per residue; residue i of the alphabet has code i.
    """

    name: str
    header_line: int
    codes: bytes


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


def read_sequences(
    path: Path, alphabet: str, formats: tuple[str, ...] = FASTA_OR_FASTQ
) -> NamedSequences:
    """Read all sequences of a file; memory: a byte per residue (an eighth more while reading).

    Args and errors: as ``coded_pieces``.
    """
    names: list[str] = []
    codes, offsets = bytearray(), array("q", [0])
    for name, pieces in groupby(coded_pieces(path, alphabet, formats), lambda piece: piece.name):
        for piece in pieces:
            codes += piece.codes
        names.append(name)
        offsets.append(len(codes))
    return NamedSequences(
        names, np.frombuffer(codes, np.uint8), np.frombuffer(offsets, np.int64), alphabet
    )


def check_sequences(path: Path, alphabet: str) -> None:
    """Check a file as ``read_sequences`` does, without keeping the sequences."""
    for _ in coded_pieces(path, alphabet):
        pass


def coded_pieces(
    path: Path, alphabet: str, formats: tuple[str, ...] = FASTA_OR_FASTQ
) -> Iterator[CodedPiece]:
    """Yield the residues of all records in order, in pieces.

    Upper and lower case are equal, and white space within a sequence is passed over.

    Args:
        path: FASTA or FASTQ file, plain or compressed.
        alphabet: one upper-case letter per residue: those of a substitution matrix, ``DNA`` or
            ``IUPAC_DNA``.
        formats: those accepted.

    Raises:
        InputError: as ``sequence_pieces``, if there is a residue that is not in the alphabet, or
            if the sequences look like proteins instead of DNA or the reverse.
    """
    table = _codes_of_bytes(alphabet)
    start = bytearray()
    for piece in sequence_pieces(path, formats):
        codes = piece.text.translate(table, WHITE_SPACE)
        if NOT_IN_ALPHABET in codes:
            _refuse_residue(path, piece, table, alphabet)
        yield CodedPiece(piece.name, piece.header_line, codes)
        if len(start) < RESIDUES_TO_GUESS_FROM:
            start += piece.text[:RESIDUES_TO_GUESS_FROM].translate(None, WHITE_SPACE)
    _check_kind(path, start.decode("ascii"), is_dna_alphabet(alphabet))


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
    if len(sequence) < FEWEST_TO_GUESS:
        return False
    fewest = min(_share_of(base, sequence) for base in "ACG")
    return _share_of(PLAIN_BASES, sequence) >= 0.95 and fewest >= 0.02


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


def _refuse_residue(path: Path, piece: Piece, table: bytes, alphabet: str) -> NoReturn:
    """Refuse the first residue of a piece that the alphabet lacks."""
    text = piece.text
    position = next(
        position
        for position, byte in enumerate(text)
        if byte not in WHITE_SPACE and table[byte] == NOT_IN_ALPHABET
    )
    line = piece.line + text[:position].count(b"\n")
    residue = text[position : position + 1].decode("latin-1")
    is_dna = is_dna_alphabet(alphabet)
    what_to_do = WHAT_TO_DO.get("0" if residue.isdigit() else residue, "correct the sequence")
    if is_dna and residue in "Xx":
        what_to_do = "write N in place of masked bases"
    if is_dna and looks_like_protein(text.decode("latin-1")):
        what_to_do = IF_PROTEIN
    expected = "bases (ACGTU, IUPAC codes)" if is_dna else f"residues of the matrix ({alphabet})"
    refuse(path, line, f"{residue!r} in the sequence of {piece.name}", expected, what_to_do)


def _check_kind(path: Path, start: str, is_dna: bool) -> None:
    """Check that the first residues of a file are bases, or amino acids, as expected."""
    if not is_dna and looks_like_dna(start):
        what_to_do = "set `search: alphabet` to dna if it is DNA"
        refuse(path, 0, "what looks like DNA", "proteins", what_to_do)
    if is_dna and len(start) >= FEWEST_TO_GUESS and _share_of(PLAIN_BASES, start) < 0.5:
        refuse(path, 0, "what looks like a protein", "DNA", IF_PROTEIN)


def _share_of(residues: str, sequence: str) -> float:
    counts = Counter(sequence.upper())
    return sum(counts[residue] for residue in residues) / len(sequence)
