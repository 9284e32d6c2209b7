"""Sequences as codes of an alphabet, with every way to be wrong."""

import gzip
import tracemalloc

import numpy as np
import pytest

from readkin.errors import InputError
from readkin.formats.sequences import (
    DNA,
    IUPAC_DNA,
    check_sequences,
    is_dna_alphabet,
    looks_like_dna,
    looks_like_protein,
    read_sequences,
)
from readkin.formats.substitution_matrix import built_in_matrices, read_matrix

PROTEIN = read_matrix("BLOSUM62").letters
ALBUMIN = "MKWVTFISLLFLFSSAYSRGVFRRDAHKSEVAHRFKDLGEENFKALVLIAFAQYLQQCPFEDHVKLVNEVTEFAKTCVADESAENC"
FIBROIN = "GAGAGSGAGAGSGAGAGSGAGAGYGAGAGSAAGSGAGAGSGAGAGSGAGAGSGAGAGSGAGAGS"
PLASMID = "CTAGGTGTGTAATGAGTTTTGGTTAAACCTGTCCAACGAGGAAACAGCTATGACCATGATTACGAATT"


def written(tmp_path, text):
    path = tmp_path / "a.fa"
    path.write_text(text)
    return path


def letters_of(sequences):
    """The sequences as text again."""
    alphabet = np.frombuffer(sequences.alphabet.encode(), np.uint8)
    text = alphabet[sequences.codes].tobytes().decode()
    return [text[a:b] for a, b in zip(sequences.offsets, sequences.offsets[1:], strict=False)]


def test_names_codes_and_offsets(tmp_path):
    path = tmp_path / "any.name"
    path.write_bytes(gzip.compress(b">one x y\nACG\ntn\n>two\nTT\n"))
    found = read_sequences(path, DNA)
    assert found.names == ["one", "two"]
    assert found.codes.tolist() == [0, 1, 2, 3, 4, 3, 3]
    assert found.offsets.tolist() == [0, 5, 7]
    assert (found.codes.dtype, found.offsets.dtype, found.alphabet) == (np.uint8, np.int64, DNA)


def test_fastq_too(tmp_path):
    found = read_sequences(written(tmp_path, "@r/1\nACGT\n+\nIIII\n"), DNA)
    assert (found.names, letters_of(found)) == (["r/1"], ["ACGT"])


@pytest.mark.parametrize(
    ("alphabet", "letters", "expected"),
    [
        (DNA, "acgturyswkmbdhvnU", "ACGTTNNNNNNNNNNNT"),
        (read_matrix("NUC.4.4").letters, "acgturyswkmbdhvn", "ACGTTRYSWKMBDHVN"),
        (PROTEIN, "MkBzXuojUOJ*", "MKBZXCXXCXX*"),
        (f"{PROTEIN}JUO", "MUOJ*", "MUOJ*"),
    ],
)
def test_residues_that_an_alphabet_lacks_are_replaced(tmp_path, alphabet, letters, expected):
    found = read_sequences(written(tmp_path, f">a\n{letters}\n"), alphabet)
    assert letters_of(found) == [expected]


@pytest.mark.parametrize(
    ("alphabet", "text", "message"),
    [
        (DNA, "", ": found no sequence, expected at least one"),
        (DNA, ">a\n>b\nA\n", ":1: found no sequence in record a"),
        (DNA, ">a\nAC\n>b x\nGT\n>a y\nA\n", ":5: found the name a again (first in line 1)"),
        (DNA, ">a\nAC\n>b\nACG\nXT\n", ":5: found 'X' in the sequence of b, expected bases (AC"),
        (
            DNA,
            ">a\nAC\nAC>b x\nGT\n",
            ":3: found '>' in the sequence of a, expected bases (ACGTU, IUPAC codes); begin a ",
        ),
        (
            DNA,
            ">a\nAC-GT\n",
            ":2: found '-' in the sequence of a, expected bases (ACGTU, IUPAC codes); remove the g",
        ),
        (DNA, ">a\nAC..GT\n", "; remove the gaps of the alignment"),
        (DNA, ">a\n1 ACGT\n", ":2: found '1' in the sequence of a"),
        (DNA, ">a\n1 ACGT\n", "; remove the numbers"),
        (DNA, ">a\nACxxACGT\n", "; write N in place of masked bases"),
        (DNA, ">a\nAC;x\n", "; remove the comments"),
        (DNA, ">a\nAC*\n", ":2: found '*' in the sequence of a"),
        (DNA, ">a\nAC\x1a\n", ":2: found '\\x1a' in the sequence of a"),
        (DNA, ">a\nAC\N{CYRILLIC CAPITAL LETTER A}\n", ":2: found 'Ð' in the sequence of a"),
        (PROTEIN, ">a\nMK-V\n", ":2: found '-' in the sequence of a, expected residues of the m"),
        (PROTEIN, ">a\nMKV>b\nMKV\n", ":2: found '>' in the sequence of a, expected residues of"),
        ("ARNDCQEGHILKMFPSTWYV", ">a\nMKX\n", ":2: found 'X' in the sequence of a"),
        ("ARNDCQEGHILKMFPSTWYV", ">a\nMKO\n", ":2: found 'O' in the sequence of a"),
        (DNA, f">a\n{ALBUMIN}\n", "it looks like a protein: provide DNA, or set `search: alpha"),
        (DNA, f">a\nACGT\n>b\n{ALBUMIN}\n", "a.fa:4: found 'F' in the sequence of b"),
        (
            DNA,
            f">a\n{''.join(a for a in ALBUMIN if a in IUPAC_DNA)}\n",
            ": found what looks like a protein, expected DNA; it looks like a protein: provide DNA",
        ),
        (
            PROTEIN,
            f">a\n{PLASMID}\n",
            "found what looks like DNA, expected proteins; set `search: a",
        ),
        (PROTEIN, f">a\n{PLASMID.replace('T', 'U')}\n", "found what looks like DNA"),
        (PROTEIN, ">a\nACGTA\n>b\nCCGTTACGGTATTAN\n", "found what looks like DNA"),
    ],
)
def test_refuses_what_does_not_belong_there(tmp_path, alphabet, text, message):
    path = written(tmp_path, text)
    for read in (read_sequences, check_sequences):
        with pytest.raises(InputError) as caught:
            read(path, alphabet)
        assert str(caught.value).startswith(str(path))
        assert message in str(caught.value)


def test_a_wrong_letter_in_dna_is_not_called_a_protein(tmp_path):
    with pytest.raises(InputError, match=r"'E' in the sequence of a.*; correct the sequence"):
        read_sequences(written(tmp_path, f">a\n{PLASMID}E\n"), DNA)


def test_white_space_within_a_sequence_is_passed_over(tmp_path):
    found = read_sequences(written(tmp_path, ">a\nACGT ACGT \n\tAC\n\n"), DNA)
    assert letters_of(found) == ["ACGTACGTAC"]


def test_guesses():
    assert looks_like_protein(ALBUMIN)
    assert looks_like_protein(ALBUMIN.lower())
    assert not any(map(looks_like_protein, [PLASMID, FIBROIN, "", "ACGTNNNNRYSWKM-X*"]))
    assert looks_like_dna(PLASMID)
    assert looks_like_dna(PLASMID.lower().replace("t", "u"))
    assert not any(map(looks_like_dna, [ALBUMIN, FIBROIN, "", "ACGT", "A" * 100]))


def test_proteins_of_few_kinds_of_letters_are_read(tmp_path):
    found = read_sequences(written(tmp_path, f">silk\n{FIBROIN}\n>peptide\nGATTACA\n"), PROTEIN)
    assert letters_of(found) == [FIBROIN, "GATTACA"]


def test_alphabets_of_built_in_matrices():
    kinds = {name: is_dna_alphabet(read_matrix(name).letters) for name in built_in_matrices()}
    assert [name for name, is_dna in kinds.items() if is_dna] == ["NUC.4.4"]
    assert is_dna_alphabet(DNA)
    assert is_dna_alphabet("ACGT*")


def test_memory_is_about_a_byte_per_letter(tmp_path):
    lines = "\n".join(
        ["MKWVTFISLLFLFSSAYSRGVFRRDAHKSEVAHRFKDLGEENFKALVLIAFAQYLQQCPFEDHVKLVNE" * 8] * 10
    )
    path = written(tmp_path, "".join(f">p{i}\n{lines}\n" for i in range(1000)))
    tracemalloc.start()
    found = read_sequences(path, PROTEIN)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.codes.size == 5_520_000
    assert peak < 1.3 * found.codes.size
