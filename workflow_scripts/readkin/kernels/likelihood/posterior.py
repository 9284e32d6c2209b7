"""Posterior probability of each genome for pieces, with a class for those of none of them."""

from typing import NamedTuple

import numpy as np
from numba import njit

MAX_FOLD = 16.0  # depths of one genome differ at most so much, e.g. of sequence in many copies
LOG_TAIL = -np.log(2 * np.log(MAX_FOLD))  # density of a uniform log ratio of depths


class GroupModel(NamedTuple):
    """What is known of g genomes, and of further groups of pieces that are none.

    Attributes:
        genomes: number of genomes, the first groups; pieces are placed in no other group.
        mean, spread: float64 (groups, dims), expected mean of each group and its variance.
        log_prior: float64 (groups,).
        between: float64 (dims,), variance over genomes.
        log_outside: log prior of the class of pieces of other genomes.
        depth: dimension of the log depth, in which pieces may lie far from their genome; -1 if
            there is none.
    """

    genomes: int
    mean: np.ndarray
    spread: np.ndarray
    log_prior: np.ndarray
    between: np.ndarray
    log_outside: float
    depth: int


class Votes(NamedTuple):
    """Log odds in favour of genomes that pieces have by other evidence, as sparse rows.

    Attributes:
        indptr: int64 (n + 1,), the votes of piece i are ``[indptr[i]:indptr[i + 1]]``.
        genome: int64 (votes,).
        log_odds: float64 (votes,).
    """

    indptr: np.ndarray
    genome: np.ndarray
    log_odds: np.ndarray


class Posteriors(NamedTuple):
    """The two most probable genomes of each piece.

    Attributes:
        first, second: int64 (n,), -1 if there are fewer genomes.
        p_first, p_second: float64 (n,), their posterior probabilities.
        p_outside: float64 (n,), of none of the groups.
        p_given: float64 (n,), of the genome given for the piece, 0 for -1.
    """

    first: np.ndarray
    second: np.ndarray
    p_first: np.ndarray
    p_second: np.ndarray
    p_outside: np.ndarray
    p_given: np.ndarray


def place_pieces(
    x: np.ndarray,
    noise: np.ndarray,
    outlying: np.ndarray,
    given: np.ndarray,
    votes: Votes,
    model: GroupModel,
) -> Posteriors:
    """Compute the posterior of all genomes for each piece.

    Args:
        x, noise: float64 (n, dims), coordinates of the pieces and their variances.
        outlying: float64 (n,), probability that the depth of a piece is not that of its genome but
            a multiple or part of it; 1 to ignore the depth.
        given: int64 (n,), genomes whose probability to return too, or -1.
        votes: other evidence.
        model: the genomes.
    """
    n = len(x)
    none = np.full(n, -1, np.int64)
    placed = Posteriors(none, none.copy(), *(np.zeros(n) for _ in range(4)))
    _place(x, noise, outlying, given, votes, model, placed)
    return placed


@njit(cache=True, nogil=True, error_model="numpy")
def _place(
    x: np.ndarray,
    noise: np.ndarray,
    outlying: np.ndarray,
    given: np.ndarray,
    votes: Votes,
    model: GroupModel,
    placed: Posteriors,
) -> None:
    groups, dims = model.mean.shape
    log_p = np.empty(groups + 1)
    origin = np.zeros(dims)
    for i in range(x.shape[0]):
        for g in range(groups):
            mean, spread = model.mean[g], model.spread[g]
            density = _log_density(x[i], noise[i], mean, spread, model.depth, outlying[i])
            log_p[g] = model.log_prior[g] + density
        for vote in range(votes.indptr[i], votes.indptr[i + 1]):
            log_p[votes.genome[vote]] += votes.log_odds[vote]
        log_p[groups] = model.log_outside
        log_p[groups] += _log_density(
            x[i], noise[i], origin, model.between, model.depth, outlying[i]
        )
        highest = np.max(log_p)
        total = np.sum(np.exp(log_p - highest))
        for g in range(model.genomes):
            p = np.exp(log_p[g] - highest) / total
            if placed.first[i] < 0 or p > placed.p_first[i]:
                placed.second[i], placed.p_second[i] = placed.first[i], placed.p_first[i]
                placed.first[i], placed.p_first[i] = g, p
            elif placed.second[i] < 0 or p > placed.p_second[i]:
                placed.second[i], placed.p_second[i] = g, p
        placed.p_outside[i] = np.exp(log_p[groups] - highest) / total
        if given[i] >= 0:
            placed.p_given[i] = np.exp(log_p[given[i]] - highest) / total


@njit(cache=True, nogil=True, error_model="numpy")
def _log_density(
    x: np.ndarray,
    noise: np.ndarray,
    mean: np.ndarray,
    spread: np.ndarray,
    depth: int,
    outlying: float,
) -> float:
    squares = 0.0
    product = 1.0
    log_depth = 0.0
    for d in range(x.size):
        variance = noise[d] + spread[d]
        square = (x[d] - mean[d]) ** 2 / variance
        if d == depth:
            gauss = np.exp(-0.5 * square) / np.sqrt(2 * np.pi * variance)
            log_depth = np.log((1 - outlying) * gauss + outlying * np.exp(LOG_TAIL) + 1e-300)
        else:
            squares += square
            product *= variance
    return log_depth - 0.5 * (squares + np.log(product))
