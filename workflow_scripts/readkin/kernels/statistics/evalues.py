"""Significance of local alignments: bit scores and E-values, as computed by BLAST.

Scores of unrelated sequences follow an extreme value distribution. By chance, a search space of
m * n cells contains E = K * m * n * exp(-lambda * score) alignments with at least this score
(Karlin & Altschul 1990, PNAS 87:2264-2268; with gaps Altschul & Gish 1996, Methods Enzymol.
266:460-480). An alignment cannot start where the rest of a sequence is too short for it, so the
search space is reduced:

- DNA: the expected length of an alignment is subtracted from each sequence, as in blastn (Altschul
  et al. 2001, Nucleic Acids Res. 29:351-361);
- proteins: the search space is the mean area that remains beside an alignment of normally
  distributed length, as in blastp since BLAST+ 2.2.26 (Park et al. 2012, BMC Res. Notes 5:286).

The parameters are known for the scoring systems of karlin_altschul_tables.py only. The first
residue of a gap costs gap_open, each further residue gap_extend.
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

# erfc instead of 1 - erf keeps the precision of small tail probabilities.
_erfc = np.vectorize(math.erfc, otypes=[np.float64])


class EdgeCorrection(NamedTuple):
    """Distribution of the number of residues of an alignment with score y.

    Each value is a slope and an intercept: slope * y + intercept.

    Attributes:
        mean: mean of the number of residues of either sequence.
        variance: variance of that number, residues squared.
        covariance: covariance of the numbers of both sequences, residues squared.
    """

    mean: tuple[float, float]
    variance: tuple[float, float]
    covariance: tuple[float, float]


class KarlinAltschulParameters(NamedTuple):
    """Parameters of the score distribution of one scoring system.

    Attributes:
        lambda_: information per unit of score, in nats.
        k: fraction of the cells of the search space in which an independent alignment starts.
        alpha: slope of the expected alignment length with the information.
        beta: its intercept, residues.
        edges: correction for the ends of sequences; None (DNA): by the expected length.
        has_even_scores: whether odd scores count as the next lower even score in E-values.
    """

    lambda_: float
    k: float
    alpha: float
    beta: float
    edges: EdgeCorrection | None
    has_even_scores: bool


class Database(NamedTuple):
    """Size of a database.

    Attributes:
        residues: number of residues of all sequences.
        sequences: number of sequences.
    """

    residues: int
    sequences: int


def matrix_parameters(matrix: str, gap_open: int, gap_extend: int) -> KarlinAltschulParameters:
    """Return the parameters of a substitution matrix with these gap costs.

    Args:
        matrix: name of the matrix.
        gap_open: cost of the first residue of a gap.
        gap_extend: cost of each further residue.

    Raises:
        ValueError: if the parameters are not known; the message lists what is known.
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
    return KarlinAltschulParameters(
        lambda_=lambda_, k=k, alpha=alpha, beta=beta, edges=edges, has_even_scores=False
    )


def dna_parameters(
    match: int, mismatch: int, gap_open: int, gap_extend: int
) -> KarlinAltschulParameters:
    """Return the parameters of a scoring of DNA.

    For gap costs above all those in the table, blastn uses parameters of ungapped alignments, which
    depend on the composition of the query. Such gap costs are refused here.

    Args:
        match: score of two equal bases, above 0.
        mismatch: score of two unequal bases, below 0.
        gap_open: cost of the first base of a gap.
        gap_extend: cost of each further base.

    Raises:
        ValueError: if the parameters are not known; the message lists what is known.

    >>> dna_parameters(2, -3, 7, 2).lambda_
    0.625
    """
    if (match, mismatch) not in DNA:
        known = ", ".join(f"{a}/{b}" for a, b in DNA)
        found = f"match {match}, mismatch {mismatch}"
        raise ValueError(f"E-values are not known for {found}, only for {known}")
    rows = DNA[match, mismatch]
    costs = _checked_costs(f"match {match}, mismatch {mismatch}", rows, gap_open, gap_extend)
    lambda_, k, alpha, beta = rows[costs]
    return KarlinAltschulParameters(
        lambda_=lambda_,
        k=k,
        alpha=alpha,
        beta=beta,
        edges=None,
        has_even_scores=(match, mismatch) in EVEN_SCORES_ONLY,
    )


def _checked_costs(
    scoring: str, known: Iterable[tuple[int, int]], gap_open: int, gap_extend: int
) -> tuple[int, int]:
    """Return these gap costs as existence and extension costs of BLAST, if they are known."""
    costs = gap_open - gap_extend, gap_extend
    if costs not in known:
        choices = ", ".join(f"{existence + each}/{each}" for existence, each in known)
        found = f"gap_open {gap_open}, gap_extend {gap_extend}"
        raise ValueError(f"E-values of {scoring} are not known for {found}, only for {choices}")
    return costs


def bit_score(score: np.ndarray, parameters: KarlinAltschulParameters) -> np.ndarray:
    """Convert scores to bits, which are comparable between scoring systems; float64.

    >>> bit_score(np.array([54, 93]), dna_parameters(2, -3, 7, 2)).round(1)
    array([50. , 85.1])
    """
    return (parameters.lambda_ * np.asarray(score) - math.log(parameters.k)) / math.log(2)


def length_adjustment(
    query_length: np.ndarray, database: Database, parameters: KarlinAltschulParameters
) -> np.ndarray:
    """Return the length by which each sequence is shortened to correct for its end.

    It is the expected length of an alignment with E = 1 in the reduced search space: the largest
    integer that does not exceed this length, and that leaves at least as many cells as the longer
    of query and database has residues, divided by K.

    Args:
        query_length: int64 (queries,), residues; or one number.
        database: size of the database.
        parameters: parameters of the scoring system.

    Returns:
        int64, residues, with the shape of ``query_length``.
    """
    m, n = np.asarray(query_length, np.float64), float(database.residues)
    slope = parameters.alpha / parameters.lambda_
    enough = np.maximum(m, n)

    def is_within(adjustment: np.ndarray) -> np.ndarray:
        rest = np.maximum(m - adjustment, 0) * np.maximum(n - database.sequences * adjustment, 0)
        information = np.log(np.maximum(parameters.k * rest, 1e-300))
        fits = parameters.k * rest >= enough
        return fits & (slope * information + parameters.beta >= adjustment)

    low, high = np.zeros(m.shape, np.int64), np.ceil(m).astype(np.int64) + 1
    while ((high - low) > 1).any():  # bisection: is_within changes from true to false once
        middle = (low + high) // 2
        fits = is_within(middle)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return low


def evalue(
    score: np.ndarray,
    query_length: np.ndarray,
    target_length: np.ndarray,
    database: Database,
    parameters: KarlinAltschulParameters,
) -> np.ndarray:
    """Return the expected number of alignments with at least this score in a search by chance.

    Args:
        score: raw scores, integers.
        query_length: length of the query of each score, residues.
        target_length: length of the database sequence of each score, residues.
        database: size of the database.
        parameters: parameters of the scoring system.

    Returns:
        float64, with the common shape of the first three arguments.

    >>> database = Database(residues=21_558, sequences=25)
    >>> print(f"{evalue(54, 30, 580, database, dna_parameters(2, -3, 7, 2)):.1e}")
    3.3e-10
    """
    score = np.asarray(score, np.int64)
    if parameters.edges is None:
        cells = _cells_by_length(np.asarray(query_length), database, parameters)
    else:
        lengths = np.asarray(query_length), np.asarray(target_length)
        cells = _cells_by_edges(score, lengths, parameters.edges, parameters.lambda_)
        cells = cells * (database.residues / lengths[1])
    if parameters.has_even_scores:
        score = score & ~1
    return parameters.k * cells * np.exp(-parameters.lambda_ * score)


def _cells_by_length(
    query_length: np.ndarray, database: Database, parameters: KarlinAltschulParameters
) -> np.ndarray:
    """Return the number of cells of the search space, reduced by the expected length."""
    adjustment = length_adjustment(query_length, database, parameters)
    residues = np.maximum(database.residues - database.sequences * adjustment, 1)
    return (query_length - adjustment) * residues.astype(np.float64)


def _cells_by_edges(
    score: np.ndarray,
    lengths: tuple[np.ndarray, np.ndarray],
    edges: EdgeCorrection,
    lambda_: float,
) -> np.ndarray:
    """Return the mean area of query and target that remains beside an alignment of this score."""

    def at_least(line: tuple[float, float]) -> np.ndarray:
        return np.maximum(2 * line[0] / lambda_, line[0] * score + line[1])

    deviation = np.sqrt(at_least(edges.variance))
    area, probability = np.float64(1), np.float64(1)
    for length in lengths:
        left = length - (edges.mean[0] * score + edges.mean[1])
        z = left / deviation
        positive = 0.5 * _erfc(-z / math.sqrt(2))  # probability that anything remains
        density = np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
        area = area * (left * positive + deviation * density)
        probability = probability * positive
    return area + at_least(edges.covariance) * probability
