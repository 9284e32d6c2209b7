"""Substitution matrices: built-in ones beside another package's, and every way to be wrong."""

import numpy as np
import parasail
import pytest

from readkin.errors import InputError
from readkin.formats.substitution_matrix import SubstitutionMatrix, built_in_matrices, read_matrix

PROTEIN_LETTERS = "ARNDCQEGHILKMFPSTWYVBZX*"


def written(tmp_path, text):
    path = tmp_path / "mine.txt"
    path.write_bytes(text.encode("latin-1"))
    return str(path)


@pytest.mark.parametrize("name", built_in_matrices())
def test_built_in_matrices_are_those_of_parasail(name):
    matrix = read_matrix(name)
    assert matrix.name == name
    assert matrix.scores.dtype == np.int8
    peer = parasail.Matrix("nuc44" if name == "NUC.4.4" else name.lower())
    size = len(matrix.letters)  # parasail's nuc44 has a column * at its end
    assert matrix.letters == ("ATGCSWRYKMBVHDN" if name == "NUC.4.4" else PROTEIN_LETTERS)
    np.testing.assert_array_equal(matrix.scores, peer.matrix[:size, :size])


def test_the_usual_matrices_are_there():
    assert built_in_matrices() == [
        "BLOSUM45",
        "BLOSUM50",
        "BLOSUM62",
        "BLOSUM80",
        "BLOSUM90",
        "NUC.4.4",
        "PAM250",
        "PAM30",
        "PAM70",
    ]


def test_reads_a_file_with_comments_blank_lines_and_lower_case(tmp_path):
    path = written(
        tmp_path, "# mine\n\n   a  C *\n\nA 127 -1 -4 # first\nc -1 9\t-4\n* -4 -4 -127\n"
    )
    matrix = read_matrix(path)
    assert isinstance(matrix, SubstitutionMatrix)
    assert matrix.name == path
    assert matrix.letters == "AC*"
    assert matrix.scores.tolist() == [[127, -1, -4], [-1, 9, -4], [-4, -4, -127]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ":1: found no line of single-letter residues, expected a line of residues,"),
        ("# only a comment\n", ":1: found no line of single-letter residues"),
        ("AC GT\nAC 1 2\nGT 2 1\n", ":1: found no line of single-letter residues"),
        ("1 2\n3 4\n", ":1: found no line of single-letter residues"),
        ("A -\nA 1 2\n- 2 1\n", ":1: found no line of single-letter residues"),
        ("A Ä\nA 1 2\nÄ 2 1\n", ": found bytes that are not text"),
        ("A C a\n", ":1: found residue A twice, expected each residue once"),
        ("A C\nA 1 -1\n", ": found 1 rows, expected 2, one per residue"),
        ("A C\nA 1 -1\nC -1 1\nG 1 1\n", ":4: found one row more, expected 2 rows"),
        ("A C\nA 1\nC -1 1\n", ":2: found 1 scores, expected 2"),
        ("A C\nA 1 -1 0\nC -1 1\n", ":2: found 3 scores, expected 2"),
        ("A C\nC 1 -1\nA -1 1\n", ":2: found a row of C, expected the row of A"),
        ("A C\nA 1 -1\nC -1 1.5\n", ":3: found score 1.5, expected whole numbers"),
        ("A C\nA 128 -1\nC -1 1\n", ":2: found score 128, expected scores from -127 to 127"),
        ("A C\nA 1 -1\nC -128 1\n", ":3: found score -128, expected scores from -127"),
        ("A C\nA 1 -1\nC -2 1\n", "found A over C scored -1, but C over A -2, expected a symm"),
        ("A C\nA 0 -1\nC -1 0\n", "found no score above 0"),
    ],
)
def test_refuses_other_content(tmp_path, text, message):
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_matrix(path)
    assert str(caught.value).startswith(path)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("BLOSUM63", "did you mean BLOSUM62"),
        ("blosum62", "did you mean BLOSUM62"),
        ("nuc44", "did you mean NUC.4.4?"),
        ("no/such/matrix.txt", "check the name"),
        ("__init__.py", "check the name"),
    ],
)
def test_an_unknown_name_gives_close_ones(name, remedy):
    with pytest.raises(InputError) as caught:
        read_matrix(name)
    assert f"{name}: found neither a built-in matrix nor a file, expected BLOSUM45" in str(
        caught.value
    )
    assert remedy in str(caught.value)
