"""Nearest neighbours by likelihood ratio: exact, every node compared with every other.

A rough sum in single precision finds the pairs that may be near, and only these are computed. It
is compiled with NumPy's error model: Python's check of each divisor would prevent vector code.
"""

from typing import NamedTuple, Self

import numpy as np
from numba import njit

BLOCK = 1024  # nodes whose sums are kept in the cache
LARGE = 1e100  # from here on the logarithm of a product is taken
MARGIN = 1e-4  # relative error of sums in single precision, with much room


class Neighbours(NamedTuple):
    """The nodes most likely of the same genome, best first, ties by number.

    Attributes:
        node: int64 (n, k), -1 where there are fewer than k others.
        ratio: float32 (n, k), log-likelihood ratio; -inf where there is none.
    """

    node: np.ndarray
    ratio: np.ndarray

    @classmethod
    def none_yet(cls, n: int, k: int) -> Self:
        """Return tables of n nodes for ``find_likeliest`` to fill."""
        return cls(np.full((n, k), -1, np.int64), np.full((n, k), -np.inf, np.float32))


class RatioTerms(NamedTuple):
    """Terms of the likelihood ratio that concern one node; attributes are float64.

    Attributes:
        weighted, spread: (dims, n), s and A of the formula.
        rough_weighted, rough_spread: float32 (dims, n), the same.
        between: (dims,), variance over genomes.
        own: (n,), all terms of the ratio with one node alone.
        log_spread: (n,), half the logarithm of the product of A.
    """

    weighted: np.ndarray
    spread: np.ndarray
    rough_weighted: np.ndarray
    rough_spread: np.ndarray
    between: np.ndarray
    own: np.ndarray
    log_spread: np.ndarray


def ratio_terms(x: np.ndarray, noise: np.ndarray, between: np.ndarray) -> RatioTerms:
    """Compute the terms of single nodes.

    Args:
        x, noise: float64 (n, dims), coordinates and their variances, above 0.
        between: float64 (dims,), variance over genomes.
    """
    weighted = np.ascontiguousarray((x / noise).T)
    spread = np.ascontiguousarray((1 + between / noise).T)
    log_spread = 0.5 * np.log(spread).sum(axis=0)
    own = log_spread - 0.5 * (between[:, None] * weighted**2 / spread).sum(axis=0)
    return RatioTerms(
        weighted=weighted,
        spread=spread,
        rough_weighted=weighted.astype(np.float32),
        rough_spread=spread.astype(np.float32),
        between=between,
        own=own,
        log_spread=log_spread,
    )


def find_likeliest(terms: RatioTerms, first: int, last: int, found: Neighbours) -> None:
    """Fill in the neighbours of the nodes from ``first`` to before ``last``.

    Ratios are rounded to float32 before they are compared, so that processors with other
    instructions agree. Threads may fill different rows at the same time.
    """
    _search(terms, first, last, found)


@njit(cache=True, nogil=True, error_model="numpy")
def _search(terms: RatioTerms, first: int, last: int, found: Neighbours) -> None:
    own, log_spread, n = terms.own, terms.log_spread, terms.own.size
    agreement = np.empty(BLOCK, np.float32)
    for i in range(first, last):
        node, ratio = found.node[i], found.ratio[i]
        for start in range(0, n, BLOCK):
            size = min(BLOCK, n - start)
            _add_agreement(terms, i, start, size, agreement)
            for offset in range(size):
                j = start + offset
                # C is at least A_i and at least A_j, which bounds the ratio without a logarithm.
                highest = own[i] + own[j] + 0.5 * (1.0 + MARGIN) * agreement[offset]
                highest -= max(log_spread[i], log_spread[j])
                if highest > ratio[-1] and i != j:
                    value = _ratio(terms, i, j)
                    if value > ratio[-1]:
                        _insert(node, ratio, j, value)


@njit(cache=True, nogil=True, error_model="numpy")
def _add_agreement(terms: RatioTerms, i: int, start: int, size: int, agreement: np.ndarray) -> None:
    """Sum ``l (s_i + s_j)^2 / C`` roughly, for the ``size`` nodes from ``start`` on."""
    agreement[:size] = 0
    for d in range(terms.between.size):
        weighted = terms.rough_weighted[d, start : start + size]
        spread = terms.rough_spread[d, start : start + size]
        s, a = terms.rough_weighted[d, i], terms.rough_spread[d, i] - np.float32(1)
        variance = np.float32(terms.between[d])
        for offset in range(size):
            z = s + weighted[offset]
            agreement[offset] += variance * z * z / (a + spread[offset])


@njit(cache=True, nogil=True, error_model="numpy")
def _ratio(terms: RatioTerms, i: int, j: int) -> np.float32:
    agreement, product, log_joint = 0.0, 1.0, 0.0
    for d in range(terms.between.size):
        z = terms.weighted[d, i] + terms.weighted[d, j]
        c = terms.spread[d, i] + terms.spread[d, j] - 1.0
        agreement += terms.between[d] * z * z / c
        product *= c
        if product > LARGE:
            log_joint += np.log(product)
            product = 1.0
    log_joint += np.log(product)
    return np.float32(terms.own[i] + terms.own[j] + 0.5 * (agreement - log_joint))


@njit(cache=True, nogil=True, error_model="numpy")
def _insert(node: np.ndarray, ratio: np.ndarray, j: int, value: np.float32) -> None:
    """Insert node j behind those that are as good or better; the last one is dropped."""
    place = node.size - 1
    while place > 0 and ratio[place - 1] < value:
        ratio[place] = ratio[place - 1]
        node[place] = node[place - 1]
        place -= 1
    ratio[place] = value
    node[place] = j
