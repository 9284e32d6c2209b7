"""Substitution matrices: built-in ones by name, others from files in NCBI's format.

The format: comments after ``#``, a header line of residues, then one row per residue in the same
order, with its residue first. The built-in protein matrices have the scores of NCBI's files for B,
Z and X; BLAST+ uses other scores for these three.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np

from readkin.errors import InputError
from readkin.formats.matrices import FOLDER

LIMIT = 127  # scores and their negatives must fit the narrowest lanes of the kernels
FORMAT = "a line of residues, then a row of scores for each residue"


class SubstitutionMatrix(NamedTuple):
    """Scores of aligned residues.

    Attributes:
        name: name of a built-in matrix, or path of the file.
        letters: one letter per residue, upper case or ``*``, all different; residue i has code i.
        scores: int8 (residues, residues), symmetric, -127 to 127, at least one above 0.
    """

    name: str
    letters: str
    scores: np.ndarray


def built_in_matrices() -> list[str]:
    """Return the names of the built-in matrices."""
    files = (path for path in FOLDER.iterdir() if path.is_file() and path.suffix != ".py")
    return sorted(path.name for path in files)


def read_matrix(name: str) -> SubstitutionMatrix:
    """Read the built-in matrix of this name or, if there is none, the file of this path.

    Raises:
        InputError: if neither exists, or if the file is not a valid matrix.
    """
    built_in = built_in_matrices()
    if name in built_in:
        return parse_matrix(name, FOLDER / name)
    if Path(name).is_file():
        return parse_matrix(name, Path(name))
    close = get_close_matches(name.upper(), built_in, n=3)
    what_to_do = f"did you mean {' or '.join(close)}?" if close else "check the name"
    expected = f"{', '.join(built_in)} or a file"
    raise InputError(name, "neither a built-in matrix nor a file", expected, what_to_do)


def parse_matrix(name: str, path: Path) -> SubstitutionMatrix:
    """Read the matrix in ``path``.

    Raises:
        InputError: if the matrix is invalid; it contains the file and the line.
    """
    lines = _lines_with_content(path)
    header_line, header = next(lines, (1, []))
    letters = _checked_letters(f"{path}:{header_line}", header)
    rows: list[list[int]] = []
    for number, cells in lines:
        where = f"{path}:{number}"
        if len(rows) == len(letters):
            _refuse(where, "one row more", f"{len(letters)} rows, one per residue")
        rows.append(_checked_row(where, cells, letters, letters[len(rows)]))
    if len(rows) < len(letters):
        _refuse(str(path), f"{len(rows)} rows", f"{len(letters)}, one per residue")
    scores = np.array(rows, np.int8)
    _check_scores(path, letters, scores)
    return SubstitutionMatrix(name, letters, scores)


def _lines_with_content(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield number and cells of each line that is not a comment."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        _refuse(str(path), "bytes that are not text", FORMAT)
    for number, line in enumerate(lines, start=1):
        if cells := line.partition("#")[0].split():
            yield number, cells


def _checked_letters(where: str, header: list[str]) -> str:
    letters = "".join(header).upper()
    if not header or len(letters) != len(header) or not _are_letters(letters):
        _refuse(where, "no line of single-letter residues", FORMAT)
    twice = [letter for letter in letters if letters.count(letter) > 1]
    if twice:
        _refuse(where, f"residue {twice[0]} twice", "each residue once")
    return letters


def _are_letters(text: str) -> bool:
    return all(letter == "*" or (letter.isascii() and letter.isalpha()) for letter in text)


def _checked_row(where: str, cells: list[str], letters: str, letter: str) -> list[int]:
    if cells[0].upper() != letter:
        _refuse(where, f"a row of {cells[0]}", f"the row of {letter}, as in the line of residues")
    if len(cells) - 1 != len(letters):
        _refuse(where, f"{len(cells) - 1} scores", f"{len(letters)}, one per residue")
    row = []
    for cell in cells[1:]:
        try:
            score = int(cell)
        except ValueError:
            _refuse(where, f"score {cell}", "whole numbers")
        if abs(score) > LIMIT:
            _refuse(where, f"score {score}", f"scores from -{LIMIT} to {LIMIT}")
        row.append(score)
    return row


def _check_scores(path: Path, letters: str, scores: np.ndarray) -> None:
    unequal = np.argwhere(scores != scores.T)
    if len(unequal):
        i, j = unequal[0]
        first, second = f"{letters[i]} over {letters[j]}", f"{letters[j]} over {letters[i]}"
        found = f"{first} scored {scores[i, j]}, but {second} {scores[j, i]}"
        _refuse(str(path), found, "a symmetric matrix")
    if scores.max() <= 0:
        _refuse(str(path), "no score above 0", "at least one, or nothing can be aligned")


def _refuse(where: str, found: str, expected: str) -> NoReturn:
    raise InputError(where, found, expected, "correct the matrix, or use a built-in one")
