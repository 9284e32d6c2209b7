"""Sequences of FASTA or FASTQ files as letter codes, for a search: queries, databases."""

from array import array
from collections import Counter
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np

from readkin.errors import InputError
from readkin.formats.sequence_records import sequence_records

DNA = "ACGTN"
IUPAC_DNA = "ACGTRYSWKMBDHVN"  # NC-IUB 1985, Nucleic Acids Res. 13:3021-3030
# A letter that the alphabet lacks is read as another one: RNA as DNA, letters for several bases as
# any base, and as BLAST does (NCBI C++ Toolkit, blast_stat.c) selenocysteine as cysteine and
# pyrrolysine as unknown. J (I or L), which NCBI's matrix files lack too, becomes unknown as well.
READ_AS_DNA = {"U": "T"} | dict.fromkeys("RYSWKMBDHV", "N")
READ_AS_PROTEIN = {"U": "C", "O": "X", "J": "X"}
AMINO_ACIDS_ONLY = "EFILPQ"  # letters that no base has
NOT_A_LETTER = 255
LETTERS_TO_GUESS_FROM = 10_000


class NamedSequences(NamedTuple):
    """Sequences, one behind the other.

    Attributes:
        names: first word of each header; no name comes twice.
        codes: uint8, letter i of the alphabet has code i.
        offsets: int64 (sequences + 1,), sequence i is ``codes[offsets[i]:offsets[i + 1]]``.
        alphabet: the letters.
    """

    names: list[str]
    codes: np.ndarray
    offsets: np.ndarray
    alphabet: str


def read_sequences(path: Path, alphabet: str) -> NamedSequences:
    """Read all sequences of a FASTA or FASTQ file, plain or compressed; either case of letters.

    Memory: a byte per letter (an eighth more while reading), the names and 8 bytes per sequence.

    Args:
        path: the file.
        alphabet: upper-case letters: those of a substitution matrix, or ``DNA``.

    Raises:
        InputError: naming file, record, letter and position of anything that does not belong
            there; for no sequence, an empty one, a name that comes twice, or what looks like
            proteins where DNA is asked for or the reverse.
    """
    table = _codes_of_bytes(alphabet)
    names: list[str] = []
    codes, offsets = bytearray(), array("q", [0])
    for name, letters in sequence_records(path):
        piece = letters.encode("ascii").translate(table)
        if NOT_A_LETTER in piece:
            _refuse_letter(f"{path}:>{name}", letters, piece.index(NOT_A_LETTER), alphabet)
        names.append(name)
        codes += piece
        offsets.append(len(codes))
    if not names:
        raise InputError(path, "no sequence", "at least one", "check the file")
    _check_names(path, names)
    found = NamedSequences(
        names, np.frombuffer(codes, np.uint8), np.frombuffer(offsets, np.int64), alphabet
    )
    _check_no_dna_as_protein(path, found)
    return found


def is_dna_alphabet(alphabet: str) -> bool:
    """Whether these are letters for bases; some matrices have ``*`` beside them."""
    return set(alphabet) <= {*IUPAC_DNA, "*"}


def looks_like_protein(letters: str) -> bool:
    """Whether over a tenth are E, F, I, L, P or Q: a third of an average protein, never DNA."""
    return sum(map(letters.upper().count, AMINO_ACIDS_ONLY)) > len(letters) / 10


def looks_like_dna(letters: str) -> bool:
    """Whether nearly all of at least 20 letters are A, C, G, T, U or N, with A, C and G all there.

    Proteins of few kinds of letters (silk: G, A, S) have hardly any C.
    """
    counts, total = Counter(letters.upper()), len(letters)
    bases = sum(counts[letter] for letter in "ACGTUN")
    fewest = min(counts[letter] for letter in "ACG")
    return total >= 20 and bases >= 0.95 * total and fewest >= 0.02 * total


def _codes_of_bytes(alphabet: str) -> bytes:
    """Code of each of the 256 bytes; ``NOT_A_LETTER`` for those that cannot be read."""
    read_as = READ_AS_DNA if is_dna_alphabet(alphabet) else READ_AS_PROTEIN
    codes = {letter: code for code, letter in enumerate(alphabet)}
    for letter, other in read_as.items():
        if letter not in codes and other in alphabet:
            codes[letter] = alphabet.index(other)
    table = bytearray([NOT_A_LETTER]) * 256
    for letter, code in codes.items():
        table[ord(letter)] = table[ord(letter.lower())] = code
    return bytes(table)


def _refuse_letter(where: str, letters: str, position: int, alphabet: str) -> NoReturn:
    is_dna = is_dna_alphabet(alphabet)
    remedy = "correct the sequence"
    if is_dna and looks_like_protein(letters):
        remedy = "it looks like a protein: set `search: alphabet` to protein if it is one"
    raise InputError(
        where,
        f"letter {letters[position]!r} at position {position + 1}",
        f"{'letters of bases' if is_dna else 'letters of the matrix'} ({alphabet})",
        remedy,
    )


def _check_names(path: Path, names: list[str]) -> None:
    if len(set(names)) == len(names):
        return
    name, count = Counter(names).most_common(1)[0]
    raise InputError(
        f"{path}:>{name}", f"{count} sequences of this name", "each name once", "rename them"
    )


def _check_no_dna_as_protein(path: Path, found: NamedSequences) -> None:
    first = found.codes[:LETTERS_TO_GUESS_FROM]
    letters = np.frombuffer(found.alphabet.encode("ascii"), np.uint8)[first].tobytes().decode()
    if not is_dna_alphabet(found.alphabet) and looks_like_dna(letters):
        raise InputError(
            path, "what looks like DNA", "proteins", "set `search: alphabet` to dna if it is DNA"
        )
