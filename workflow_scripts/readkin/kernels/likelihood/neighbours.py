"""Nearest neighbours by likelihood ratio: exact, every node compared with every other."""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numba import njit

BLOCK = 512  # nodes whose sums are kept in the cache


class Neighbours(NamedTuple):
    """The nodes most likely of the same genome, best first, ties by number.

    Attributes:
        node: int64 (n, k), -1 where there are fewer than k others.
        ratio: float32 (n, k), log-likelihood ratio; -inf where there is none.
    """

    node: np.ndarray
    ratio: np.ndarray


def likeliest_neighbours(
    x: np.ndarray, noise: np.ndarray, between: np.ndarray, k: int, threads: int = 1
) -> Neighbours:
    """Return the k nodes with the highest likelihood ratio for each node.

    Ratios are rounded to float32 before they are compared, so that processors with other
    instructions agree. The number of threads does not change the result.

    Args:
        x, noise: float64 (n, dims), coordinates and their variances, above 0.
        between: float64 (dims,), variance over genomes.
        k: neighbours per node.
        threads: threads to use.
    """
    n = len(x)
    found = Neighbours(np.full((n, k), -1, np.int64), np.full((n, k), -np.inf, np.float32))
    weighted = np.ascontiguousarray((x / noise).T)
    spread = np.ascontiguousarray((1 + between / noise).T)
    log_spread = 0.5 * np.log(spread).sum(axis=0)
    own = log_spread - 0.5 * (between[:, None] * weighted**2 / spread).sum(axis=0)
    bounds = np.linspace(0, n, threads + 1).astype(np.int64)

    def search(part: int) -> None:
        rows = (bounds[part], bounds[part + 1])
        _search(weighted, spread, between, own, log_spread, *rows, found.node, found.ratio)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(search, range(threads)))
    return found


@njit(cache=True, nogil=True)
def _search(
    weighted: np.ndarray,
    spread: np.ndarray,
    between: np.ndarray,
    own: np.ndarray,
    log_spread: np.ndarray,
    first: int,
    last: int,
    node: np.ndarray,
    ratio: np.ndarray,
) -> None:
    n = own.size
    agreement = np.empty(BLOCK)
    for i in range(first, last):
        worst = ratio[i, -1]
        for start in range(0, n, BLOCK):
            size = min(BLOCK, n - start)
            _add_agreement(weighted, spread, between, i, start, size, agreement)
            for offset in range(size):
                j = start + offset
                highest = own[i] + own[j] + 0.5 * agreement[offset]
                # C is at least A_i and at least A_j, which bounds the ratio without a logarithm.
                highest -= max(log_spread[i], log_spread[j])
                if i == j or np.float32(highest) <= worst:
                    continue
                value = own[i] + own[j] + 0.5 * agreement[offset]
                value -= _half_log_joint_spread(spread, i, j)
                if np.float32(value) > worst:
                    _insert(node[i], ratio[i], j, np.float32(value))
                    worst = ratio[i, -1]


@njit(cache=True, nogil=True)
def _add_agreement(
    weighted: np.ndarray,
    spread: np.ndarray,
    between: np.ndarray,
    i: int,
    start: int,
    size: int,
    agreement: np.ndarray,
) -> None:
    """Sum ``l (s_i + s_j)^2 / C`` over dimensions, for the ``size`` nodes from ``start`` on."""
    for offset in range(size):
        agreement[offset] = 0.0
    for d in range(between.size):
        s, a, variance = weighted[d, i], spread[d, i] - 1.0, between[d]
        for offset in range(size):
            z = s + weighted[d, start + offset]
            agreement[offset] += variance * z * z / (a + spread[d, start + offset])


@njit(cache=True, nogil=True)
def _half_log_joint_spread(spread: np.ndarray, i: int, j: int) -> float:
    total = 0.0
    for d in range(spread.shape[0]):
        total += np.log(spread[d, i] + spread[d, j] - 1.0)
    return 0.5 * total


@njit(cache=True, nogil=True)
def _insert(node: np.ndarray, ratio: np.ndarray, j: int, value: float) -> None:
    """Insert node j behind those that are as good or better; the last one is dropped."""
    place = node.size - 1
    while place > 0 and ratio[place - 1] < value:
        ratio[place] = ratio[place - 1]
        node[place] = node[place - 1]
        place -= 1
    ratio[place] = value
    node[place] = j
