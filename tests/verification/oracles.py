"""Scores of pairs by independent programs: parasail, one pair at a time, and Opal."""

from itertools import pairwise
from string import ascii_uppercase

import numpy as np
import parasail
import pyopal
from scoring_matrices import ScoringMatrix

from readkin.kernels.smith_waterman.alignment import Pairs, Sequences
from verification.scorings import NamedScoring

COMPLEMENT = str.maketrans("ABCD", "DCBA")
FEW_CELLS = 900  # below this size parasail's plain function is the fastest


def capitals(matrix: np.ndarray) -> str:
    """Return a capital for each residue code; Opal supports no other characters."""
    return ascii_uppercase[: len(matrix)]


def texts_of(sequences: Sequences) -> list[str]:
    """Return each sequence as text: A for code 0, B for 1, whatever the residues are."""
    text = (sequences.codes + ord("A")).tobytes().decode()
    bounds = sequences.offsets.tolist()
    return [text[start:end] for start, end in pairwise(bounds)]


def texts_of_pairs(pairs: Pairs) -> list[tuple[str, str]]:
    """Return the texts of a and b of each pair, on the strand of the alignment."""
    of_a, of_b = texts_of(pairs.sequences_a), texts_of(pairs.sequences_b)
    columns = (column.tolist() for column in (pairs.index_a, pairs.index_b, pairs.is_reverse))
    return [
        (of_a[a], of_b[b].translate(COMPLEMENT)[::-1] if is_reverse else of_b[b])
        for a, b, is_reverse in zip(*columns, strict=True)
    ]


def parasail_scores(pairs: Pairs, named: NamedScoring) -> np.ndarray:
    """Return scores by parasail's functions `sw` and `sw_scan_sat`, int64 (pairs,).

    parasail's striped functions are wrong if a gap's first residue costs as much as a further one,
    and `sw_scan_sat` reads the matrix transposed.
    """
    alphabet = capitals(named.scoring.matrix)
    matrix, transposed = (parasail.matrix_create(alphabet, 1, -1) for _ in range(2))
    for (row, column), score in np.ndenumerate(named.scoring.matrix):
        matrix[row, column] = transposed[column, row] = int(score)
    costs = named.scoring.gap_open, named.scoring.gap_extend
    scores = []
    for a, b in texts_of_pairs(pairs):
        if not a or not b:
            scores.append(0)
        elif len(a) * len(b) < FEW_CELLS:
            scores.append(parasail.sw(a, b, *costs, matrix).score)
        else:
            scores.append(parasail.sw_scan_sat(a, b, *costs, transposed).score)
    return np.array(scores)


class Opal:
    """Opal with one scoring. Opal refuses empty sequences; they score 0 here."""

    def __init__(self, named: NamedScoring) -> None:
        scoring = named.scoring
        matrix = ScoringMatrix(scoring.matrix.tolist(), alphabet=capitals(scoring.matrix))
        self.aligner = pyopal.Aligner(
            matrix, gap_open=scoring.gap_open, gap_extend=scoring.gap_extend
        )

    def scores(self, query: str, targets: list[str]) -> list[int]:
        """Return the scores of a query with each target."""
        if not query:
            return [0] * len(targets)
        filled = [target for target in targets if target]
        database = pyopal.Database(filled, self.aligner.alphabet)
        found = iter(self.aligner.align(query, database, mode="score"))
        return [next(found).score if target else 0 for target in targets]

    def pair_scores(self, pairs: Pairs) -> np.ndarray:
        """Return the scores of pairs; consecutive pairs of the same a are searched together."""
        texts = texts_of_pairs(pairs)
        bounds = [0, *(np.flatnonzero(np.diff(pairs.index_a)) + 1).tolist(), len(texts)]
        scores: list[int] = []
        for start, end in pairwise(bounds):
            scores += self.scores(texts[start][0], [b for _, b in texts[start:end]])
        return np.array(scores)

    def all_scores(self, queries: Sequences, targets: Sequences) -> np.ndarray:
        """Return the scores of each query with each target, int64 (queries, targets)."""
        texts, others = texts_of(queries), texts_of(targets)
        scores = [self.scores(text, others) for text in texts]
        return np.array(scores, dtype=np.int64).reshape(len(texts), len(others))
