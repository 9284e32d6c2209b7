"""Scores of pairs by programs of others: parasail, one pair at a time, and Opal."""

from itertools import pairwise
from string import ascii_uppercase

import numpy as np
import parasail
import pyopal
from scoring_matrices import ScoringMatrix

from readkin.kernels.smith_waterman.alignment import Pairs, Sequences
from verification.scorings import NamedScoring

COMPLEMENT = str.maketrans("ABCD", "DCBA")
SMALL_TABLE = 900  # cells; below it parasail's plain function is the fastest


def capitals(matrix: np.ndarray) -> str:
    """A letter for each code; Opal takes no others."""
    return ascii_uppercase[: len(matrix)]


def texts_of(sequences: Sequences) -> list[str]:
    """Each sequence as text: A for code 0, B for 1, whatever these stand for."""
    text = (sequences.codes + ord("A")).tobytes().decode()
    bounds = sequences.offsets.tolist()
    return [text[start:end] for start, end in pairwise(bounds)]


def texts_of_pairs(pairs: Pairs) -> list[tuple[str, str]]:
    """Texts of a and of b as aligned."""
    of_a, of_b = texts_of(pairs.sequences_a), texts_of(pairs.sequences_b)
    columns = (column.tolist() for column in (pairs.index_a, pairs.index_b, pairs.is_reverse))
    return [
        (of_a[a], of_b[b].translate(COMPLEMENT)[::-1] if is_reverse else of_b[b])
        for a, b, is_reverse in zip(*columns, strict=True)
    ]


def parasail_scores(pairs: Pairs, named: NamedScoring) -> np.ndarray:
    """Scores by parasail's functions `sw` and `sw_scan_sat`.

    Its striped functions are wrong where a gap's first letter costs as much as a further one, and
    `sw_scan_sat` takes the matrix the other way round.
    """
    letters = capitals(named.scoring.matrix)
    matrix, turned = (parasail.matrix_create(letters, 1, -1) for _ in range(2))
    for (row, column), score in np.ndenumerate(named.scoring.matrix):
        matrix[row, column] = turned[column, row] = int(score)
    costs = named.scoring.gap_open, named.scoring.gap_extend
    scores = []
    for a, b in texts_of_pairs(pairs):
        if not a or not b:
            scores.append(0)
        elif len(a) * len(b) < SMALL_TABLE:
            scores.append(parasail.sw(a, b, *costs, matrix).score)
        else:
            scores.append(parasail.sw_scan_sat(a, b, *costs, turned).score)
    return np.array(scores)


class Opal:
    """Opal with one scoring. It refuses empty sequences: they score 0 here."""

    def __init__(self, named: NamedScoring) -> None:
        scoring = named.scoring
        matrix = ScoringMatrix(scoring.matrix.tolist(), alphabet=capitals(scoring.matrix))
        self.aligner = pyopal.Aligner(
            matrix, gap_open=scoring.gap_open, gap_extend=scoring.gap_extend
        )

    def scores(self, query: str, targets: list[str]) -> list[int]:
        """Scores of a query with each target."""
        if not query:
            return [0] * len(targets)
        filled = [target for target in targets if target]
        database = pyopal.Database(filled, self.aligner.alphabet)
        found = iter(self.aligner.align(query, database, mode="score"))
        return [next(found).score if target else 0 for target in targets]

    def pair_scores(self, pairs: Pairs) -> np.ndarray:
        """Scores of pairs; those of one a in a row go together."""
        texts = texts_of_pairs(pairs)
        bounds = [0, *(np.flatnonzero(np.diff(pairs.index_a)) + 1).tolist(), len(texts)]
        scores: list[int] = []
        for start, end in pairwise(bounds):
            scores += self.scores(texts[start][0], [b for _, b in texts[start:end]])
        return np.array(scores)

    def all_scores(self, queries: Sequences, targets: Sequences) -> np.ndarray:
        """Scores of each query with each target."""
        texts, others = texts_of(queries), texts_of(targets)
        scores = [self.scores(text, others) for text in texts]
        return np.array(scores, dtype=np.int64).reshape(len(texts), len(others))
