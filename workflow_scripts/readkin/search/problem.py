"""What is searched for where, and how far an alignment can reach."""

from typing import NamedTuple

import numpy as np

from readkin.kernels.sequences.sequences import Sequences, lengths_of, residue_sums
from readkin.search.settings import Settings


class Problem(NamedTuple):
    """A search.

    Attributes:
        queries, targets: the sequences.
        highest: int64 (queries,), score that no alignment of a query can exceed.
        settings: what decides the hits.
    """

    queries: Sequences
    targets: Sequences
    highest: np.ndarray
    settings: Settings


def make_problem(queries: Sequences, targets: Sequences, settings: Settings) -> Problem:
    """The search for these queries in these targets."""
    best_of_letter = np.maximum(settings.scoring.matrix.max(axis=1), 0).astype(np.int64)
    return Problem(queries, targets, residue_sums(queries, best_of_letter), settings)


def longest_spans(
    problem: Problem, queries: np.ndarray, least_score: np.ndarray | int
) -> np.ndarray:
    """Letters of a target that an alignment of each query takes at most, int64 (queries,).

    An alignment that scores ``least_score`` or more pays at most ``highest - least_score`` for
    gaps, which limits the letters that it takes beyond one for each of the query's.

    Args:
        problem: the search.
        queries: int64 (queries,), their numbers.
        least_score: of the alignments, 1 or more.
    """
    scoring = problem.settings.scoring
    left = problem.highest[queries] - least_score - scoring.gap_open
    gaps = np.where(left >= 0, left // scoring.gap_extend + 1, 0)
    return lengths_of(problem.queries, queries) + gaps
