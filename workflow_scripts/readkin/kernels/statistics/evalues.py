"""How surprising a local alignment is: bit scores and E-values, as BLAST computes them.

Scores of unrelated sequences follow an extreme value distribution: a search space of m * n cells
has E = K * m * n * exp(-lambda * score) alignments of at least this score by chance (Karlin &
Altschul 1990, PNAS 87:2264-2268; with gaps Altschul & Gish 1996, Methods Enzymol. 266:460-480).
An alignment cannot start so near to a sequence's end that it has no room, which makes the search
space smaller:

- DNA: an expected length of alignment is taken off each sequence, as in blastn (Altschul et al.
  2001, Nucleic Acids Res. 29:351-361);
- proteins: the mean area left for an alignment's end, whose place is taken as normally
  distributed, as in blastp since BLAST+ 2.2.26 (Park et al. 2012, BMC Res. Notes 5:286).

Known only for the scoring systems of kernels.alignment_statistics_tables. Gap costs here: the first
letter of a gap costs gap_open, each further one gap_extend.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from readkin.kernels.statistics.karlin_altschul_tables import (
    DNA,
    EVEN_SCORES_ONLY,
    MATRICES,
    UNGAPPED,
)

DNA_MATRICES = {"NUC.4.4": (5, -4)}  # match and mismatch of the four bases

# erfc, not 1 + erf: tails far out keep their digits
_erfc = np.vectorize(math.erfc, otypes=[np.float64])


class EdgeCorrection(NamedTuple):
    """How the letters that an alignment of score y uses up vary: slope * y + intercept, letters.

    Attributes:
        mean: of the letters used of either sequence.
        variance: of the same.
        covariance: of the letters used of both.
    """

    mean: tuple[float, float]
    variance: tuple[float, float]
    covariance: tuple[float, float]


class Parameters(NamedTuple):
    """Statistics of one scoring system.

    Attributes:
        lambda_: natural units of information per unit of score.
        k: share of the search space's cells that start an alignment of their own.
        alpha: slope of an alignment's expected length with its information.
        beta: intercept of the same, letters.
        edges: correction for the ends of sequences; None (DNA): by expected length.
        has_even_scores: odd scores count as the even one below in E-values.
    """

    lambda_: float
    k: float
    alpha: float
    beta: float
    edges: EdgeCorrection | None
    has_even_scores: bool


class Database(NamedTuple):
    """What is searched: letters of all sequences, and how many sequences these are."""

    letters: int
    sequences: int


def matrix_parameters(matrix: str, gap_open: int, gap_extend: int) -> Parameters:
    """Statistics of a substitution matrix, by its name, with these gap costs.

    Raises:
        ValueError: naming what there is, if these are not known.
    """
    if matrix in DNA_MATRICES:
        return dna_parameters(*DNA_MATRICES[matrix], gap_open, gap_extend)
    if matrix not in MATRICES:
        known = ", ".join([*MATRICES, *DNA_MATRICES])
        raise ValueError(f"E-values are not known for matrix {matrix}, only for {known}")
    rows = MATRICES[matrix]
    costs = _checked_costs(matrix, rows, gap_open, gap_extend)
    lambda_, k, alpha, beta, variance, covariance = rows[costs]
    ungapped_alpha, ungapped_variance = UNGAPPED[matrix]
    edges = EdgeCorrection(
        (alpha, 2 * gap_open * (ungapped_alpha - alpha)),
        (variance, 2 * gap_open * (ungapped_variance - variance)),
        (covariance, 2 * gap_open * (ungapped_variance - covariance)),
    )
    return Parameters(lambda_, k, alpha, beta, edges, False)


def dna_parameters(match: int, mismatch: int, gap_open: int, gap_extend: int) -> Parameters:
    """Statistics of DNA scored with match (> 0) and mismatch (< 0).

    Gap costs above all listed, for which blastn uses statistics of ungapped alignments that depend
    on the query's composition, are not known here.

    Raises:
        ValueError: naming what there is, if these are not known.
    """
    if (match, mismatch) not in DNA:
        known = ", ".join(f"{a}/{b}" for a, b in DNA)
        found = f"match {match}, mismatch {mismatch}"
        raise ValueError(f"E-values are not known for {found}, only for {known}")
    rows = DNA[match, mismatch]
    costs = _checked_costs(f"match {match}, mismatch {mismatch}", rows, gap_open, gap_extend)
    lambda_, k, alpha, beta = rows[costs]
    return Parameters(lambda_, k, alpha, beta, None, (match, mismatch) in EVEN_SCORES_ONLY)


def _checked_costs(
    scoring: str, known: Iterable[tuple[int, int]], gap_open: int, gap_extend: int
) -> tuple[int, int]:
    """BLAST's existence and extension costs of these gaps, if they are among the known ones."""
    costs = gap_open - gap_extend, gap_extend
    if costs not in known:
        choices = ", ".join(f"{existence + each}/{each}" for existence, each in known)
        found = f"gap_open {gap_open}, gap_extend {gap_extend}"
        raise ValueError(f"E-values of {scoring} are not known for {found}, only for {choices}")
    return costs


def bit_score(score: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Scores in bits, float64: comparable between scoring systems."""
    return (parameters.lambda_ * np.asarray(score) - math.log(parameters.k)) / math.log(2)


def length_adjustment(
    query_length: np.ndarray, database: Database, parameters: Parameters
) -> np.ndarray:
    """Letters at each sequence's end where no alignment of a significant score fits any more.

    It is the expected length of an alignment that has E = 1 in the search space that is left: the
    largest whole number that is not above this, and that leaves room for more than the longer of
    query and database times 1 / K cells.

    Args:
        query_length: int64 (queries,), letters; or one number.

    Returns:
        int64, of the same shape.
    """
    m, n = np.asarray(query_length, np.float64), float(database.letters)
    slope = parameters.alpha / parameters.lambda_
    enough = np.maximum(m, n)

    def is_within(adjustment: np.ndarray) -> np.ndarray:
        rest = np.maximum(m - adjustment, 0) * np.maximum(n - database.sequences * adjustment, 0)
        information = np.log(np.maximum(parameters.k * rest, 1e-300))
        fits = parameters.k * rest >= enough
        return fits & (slope * information + parameters.beta >= adjustment)

    low, high = np.zeros(m.shape, np.int64), np.ceil(m).astype(np.int64) + 1
    while ((high - low) > 1).any():  # bisection: is_within goes from true to false once
        middle = (low + high) // 2
        fits = is_within(middle)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return low


def evalue(
    score: np.ndarray,
    query_length: np.ndarray,
    target_length: np.ndarray,
    database: Database,
    parameters: Parameters,
) -> np.ndarray:
    """How many alignments of at least this score a search of the database gives by chance.

    Args:
        score: raw scores, integers.
        query_length: letters of each score's query.
        target_length: letters of each score's database sequence.
        database: what the query was searched in.
        parameters: of the scoring system.

    Returns:
        float64, of the arguments' common shape.
    """
    score = np.asarray(score, np.int64)
    if parameters.edges is None:
        cells = _cells_by_length(np.asarray(query_length), database, parameters)
    else:
        lengths = np.asarray(query_length), np.asarray(target_length)
        cells = _cells_by_edges(score, lengths, parameters.edges, parameters.lambda_)
        cells = cells * (database.letters / lengths[1])
    if parameters.has_even_scores:
        score = score & ~1
    return parameters.k * cells * np.exp(-parameters.lambda_ * score)


def _cells_by_length(
    query_length: np.ndarray, database: Database, parameters: Parameters
) -> np.ndarray:
    """Cells of query and database that are left when the expected length is taken off."""
    adjustment = length_adjustment(query_length, database, parameters)
    letters = np.maximum(database.letters - database.sequences * adjustment, 1)
    return (query_length - adjustment) * letters.astype(np.float64)


def _cells_by_edges(
    score: np.ndarray,
    lengths: tuple[np.ndarray, np.ndarray],
    edges: EdgeCorrection,
    lambda_: float,
) -> np.ndarray:
    """Mean area of query and target that is left beside an alignment of this score."""

    def at_least(line: tuple[float, float]) -> np.ndarray:
        return np.maximum(2 * line[0] / lambda_, line[0] * score + line[1])

    deviation = np.sqrt(at_least(edges.variance))
    area, probability = np.float64(1), np.float64(1)
    for length in lengths:
        left = length - (edges.mean[0] * score + edges.mean[1])
        z = left / deviation
        positive = 0.5 * _erfc(-z / math.sqrt(2))  # probability that anything is left
        density = np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
        area = area * (left * positive + deviation * density)
        probability = probability * positive
    return area + at_least(edges.covariance) * probability
