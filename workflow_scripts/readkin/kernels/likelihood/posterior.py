"""Posterior probability of each genome for pieces, with a class for those of none of them."""

from typing import NamedTuple

import numpy as np
from numba import njit

MAX_FOLD = 16.0  # depths of one genome differ at most so much, e.g. of sequence in many copies
LOG_TAIL = -np.log(2 * np.log(MAX_FOLD))  # density of a uniform log ratio of depths


class GroupModel(NamedTuple):
    """What is known of g genomes.

    Attributes:
        mean, spread: float64 (g, dims), expected mean of each genome and its variance.
        log_prior: float64 (g,).
        between: float64 (dims,), variance over genomes.
        log_outside: log prior of the class of pieces of other genomes.
        depth: dimension of the log depth, in which pieces may lie far from their genome; -1 if
            there is none.
    """

    mean: np.ndarray
    spread: np.ndarray
    log_prior: np.ndarray
    between: np.ndarray
    log_outside: float
    depth: int


class Posteriors(NamedTuple):
    """The two most probable genomes of each piece.

    Attributes:
        first, second: int64 (n,), -1 if there are fewer genomes.
        p_first, p_second, p_outside: float64 (n,), posterior probabilities.
        p_given: float64 (n,), of the genome given for the piece, 0 for -1.
    """

    first: np.ndarray
    second: np.ndarray
    p_first: np.ndarray
    p_second: np.ndarray
    p_outside: np.ndarray
    p_given: np.ndarray


def place_pieces(
    x: np.ndarray, noise: np.ndarray, outlying: np.ndarray, given: np.ndarray, model: GroupModel
) -> Posteriors:
    """Compute the posterior of all genomes for each piece.

    Args:
        x, noise: float64 (n, dims), coordinates of the pieces and their variances.
        outlying: float64 (n,), probability that the depth of a piece is not that of its genome but
            a multiple or part of it; 1 to ignore the depth.
        given: int64 (n,), genomes whose probability to return too, or -1.
        model: the genomes.
    """
    n = len(x)
    none = np.full(n, -1, np.int64)
    placed = Posteriors(none, none.copy(), *(np.zeros(n) for _ in range(4)))
    _place(x, noise, outlying, given, *model, *placed)
    return placed


@njit(cache=True, nogil=True)
def _place(
    x: np.ndarray,
    noise: np.ndarray,
    outlying: np.ndarray,
    given: np.ndarray,
    mean: np.ndarray,
    spread: np.ndarray,
    log_prior: np.ndarray,
    between: np.ndarray,
    log_outside: float,
    depth: int,
    first: np.ndarray,
    second: np.ndarray,
    p_first: np.ndarray,
    p_second: np.ndarray,
    p_outside: np.ndarray,
    p_given: np.ndarray,
) -> None:
    groups, dims = mean.shape
    log_p = np.empty(groups + 1)
    origin = np.zeros(dims)
    for i in range(x.shape[0]):
        for g in range(groups):
            log_p[g] = log_prior[g] + _log_density(
                x[i], noise[i], mean[g], spread[g], depth, outlying[i]
            )
        log_p[groups] = log_outside + _log_density(
            x[i], noise[i], origin, between, depth, outlying[i]
        )
        total = 0.0
        highest = np.max(log_p)
        for g in range(groups + 1):
            total += np.exp(log_p[g] - highest)
        for g in range(groups):
            p = np.exp(log_p[g] - highest) / total
            if first[i] < 0 or p > p_first[i]:
                second[i], p_second[i] = first[i], p_first[i]
                first[i], p_first[i] = g, p
            elif second[i] < 0 or p > p_second[i]:
                second[i], p_second[i] = g, p
        p_outside[i] = np.exp(log_p[groups] - highest) / total
        if given[i] >= 0:
            p_given[i] = np.exp(log_p[given[i]] - highest) / total


@njit(cache=True, nogil=True)
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
