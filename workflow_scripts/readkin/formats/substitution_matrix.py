"""Substitution matrices: built-in ones by name, others from files in NCBI's layout.

The layout: comments after ``#``, a line of letters, then one row per letter in the same order, its
letter first. The built-in protein matrices score B, Z and X as NCBI's files do; BLAST+ has other
scores for these three compiled in.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np

from readkin.errors import InputError
from readkin.formats.matrices import FOLDER

LIMIT = 127  # scores and their negatives must fit the narrowest lanes of the kernels
LAYOUT = "a line of letters, then for each letter its row of scores"


class SubstitutionMatrix(NamedTuple):
    """Scores of letters aligned with each other.

    Attributes:
        name: of a built-in matrix, else the path of the file.
        letters: each once, upper case or ``*``; letter i has code i.
        scores: int8 (letters, letters), symmetric, -127 to 127, at least one above 0.
    """

    name: str
    letters: str
    scores: np.ndarray


def built_in_matrices() -> list[str]:
    """Names of the built-in matrices."""
    files = (path for path in FOLDER.iterdir() if path.is_file() and path.suffix != ".py")
    return sorted(path.name for path in files)


def read_matrix(name: str) -> SubstitutionMatrix:
    """Read a built-in matrix by its name or, if none is called so, the file of this path.

    Raises:
        InputError: if there is neither, or naming file and line of what is no such matrix.
    """
    built_in = built_in_matrices()
    if name in built_in:
        return parse_matrix(name, FOLDER / name)
    if Path(name).is_file():
        return parse_matrix(name, Path(name))
    close = get_close_matches(name.upper(), built_in, n=3)
    remedy = f"did you mean {' or '.join(close)}?" if close else "check the name"
    expected = f"{', '.join(built_in)} or a file"
    raise InputError(name, "neither a built-in matrix nor a file", expected, remedy)


def parse_matrix(name: str, path: Path) -> SubstitutionMatrix:
    """Read the matrix in ``path``.

    Raises:
        InputError: naming file and line.
    """
    lines = _lines_with_content(path)
    header_line, header = next(lines, (1, []))
    letters = _checked_letters(f"{path}:{header_line}", header)
    rows: list[list[int]] = []
    for number, cells in lines:
        where = f"{path}:{number}"
        if len(rows) == len(letters):
            _refuse(where, "one row more", f"{len(letters)} rows, one per letter")
        rows.append(_checked_row(where, cells, letters, letters[len(rows)]))
    if len(rows) < len(letters):
        _refuse(str(path), f"{len(rows)} rows", f"{len(letters)}, one per letter")
    scores = np.array(rows, np.int8)
    _check_scores(path, letters, scores)
    return SubstitutionMatrix(name, letters, scores)


def _lines_with_content(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line that is more than a comment."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        _refuse(str(path), "bytes that are no text", LAYOUT)
    for number, line in enumerate(lines, start=1):
        if cells := line.partition("#")[0].split():
            yield number, cells


def _checked_letters(where: str, header: list[str]) -> str:
    letters = "".join(header).upper()
    if not header or len(letters) != len(header) or not _are_letters(letters):
        _refuse(where, "no line of single letters", LAYOUT)
    twice = [letter for letter in letters if letters.count(letter) > 1]
    if twice:
        _refuse(where, f"letter {twice[0]} twice", "each letter once")
    return letters


def _are_letters(text: str) -> bool:
    return all(letter == "*" or (letter.isascii() and letter.isalpha()) for letter in text)


def _checked_row(where: str, cells: list[str], letters: str, letter: str) -> list[int]:
    if cells[0].upper() != letter:
        _refuse(where, f"a row of {cells[0]}", f"the row of {letter}, as in the line of letters")
    if len(cells) - 1 != len(letters):
        _refuse(where, f"{len(cells) - 1} scores", f"{len(letters)}, one per letter")
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
    raise InputError(where, found, expected, "correct the matrix, or take a built-in one")
