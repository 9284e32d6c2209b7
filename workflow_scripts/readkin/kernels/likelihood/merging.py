"""Merging of groups by Bayes factor, best pair first."""

import numpy as np
from numba import njit


def merge_groups(
    precision: np.ndarray,
    weighted: np.ndarray,
    between: np.ndarray,
    settled: np.ndarray,
    forbidden: np.ndarray,
) -> np.ndarray:
    """Merge groups while one genome explains two of them better than two genomes do.

    A group has, in each dimension, the summed precision T of its nodes and their weighted sum S.
    Regions of one genome differ, so the mean of a group never gets more precise than 1 / settled:
    T' = T / (1 + settled T), S' likewise. Pairs merge by falling Bayes factor, ties by number.

    Args:
        precision, weighted: float64 (groups, dims), T and S.
        between: float64 (dims,), variance over genomes.
        settled: float64 (dims,).
        forbidden: bool (groups, groups), symmetric: pairs that must not merge, nor groups that
            contain them.

    Returns:
        int64 (groups,), the group with the smallest number that each group was merged into.
    """
    merged = np.arange(len(precision))
    if len(precision) > 1:
        _merge(precision.copy(), weighted.copy(), between, settled, forbidden.copy(), merged)
    return merged


@njit(cache=True, nogil=True)
def _merge(
    precision: np.ndarray,
    weighted: np.ndarray,
    between: np.ndarray,
    settled: np.ndarray,
    forbidden: np.ndarray,
    merged: np.ndarray,
) -> None:
    n = merged.size
    is_alive = np.ones(n, np.bool_)
    partner = np.full(n, -1, np.int64)  # best partner of a higher number
    best = np.full(n, -np.inf)
    for i in range(n):
        _find_partner(precision, weighted, between, settled, forbidden, is_alive, i, partner, best)
    while True:
        i = int(np.argmax(best))
        if best[i] <= 0.0:
            return
        j = partner[i]
        _absorb(precision, weighted, forbidden, i, j)
        is_alive[j] = False
        best[j] = -np.inf
        for k in range(n):
            if merged[k] == j:
                merged[k] = i
        for k in range(n):
            if not is_alive[k]:
                continue
            if k == i or partner[k] == i or partner[k] == j:
                _find_partner(
                    precision, weighted, between, settled, forbidden, is_alive, k, partner, best
                )
            elif k < i and not forbidden[k, i]:
                value = log_bayes_factor(precision, weighted, between, settled, k, i)
                if value > best[k] or (value == best[k] and i < partner[k]):
                    best[k] = value
                    partner[k] = i


@njit(cache=True, nogil=True)
def _find_partner(
    precision: np.ndarray,
    weighted: np.ndarray,
    between: np.ndarray,
    settled: np.ndarray,
    forbidden: np.ndarray,
    is_alive: np.ndarray,
    i: int,
    partner: np.ndarray,
    best: np.ndarray,
) -> None:
    partner[i] = -1
    best[i] = -np.inf
    for j in range(i + 1, is_alive.size):
        if is_alive[j] and not forbidden[i, j]:
            value = log_bayes_factor(precision, weighted, between, settled, i, j)
            if value > best[i]:
                best[i] = value
                partner[i] = j


@njit(cache=True, nogil=True)
def _absorb(
    precision: np.ndarray, weighted: np.ndarray, forbidden: np.ndarray, i: int, j: int
) -> None:
    for d in range(precision.shape[1]):
        precision[i, d] += precision[j, d]
        weighted[i, d] += weighted[j, d]
    for k in range(forbidden.shape[0]):
        if forbidden[j, k]:
            forbidden[i, k] = True
            forbidden[k, i] = True


@njit(cache=True, nogil=True)
def log_bayes_factor(
    precision: np.ndarray,
    weighted: np.ndarray,
    between: np.ndarray,
    settled: np.ndarray,
    i: int,
    j: int,
) -> float:
    """Return the log Bayes factor of one mean against two for groups i and j."""
    total = 0.0
    for d in range(between.size):
        damp_i = 1.0 + settled[d] * precision[i, d]
        damp_j = 1.0 + settled[d] * precision[j, d]
        s_i, s_j = weighted[i, d] / damp_i, weighted[j, d] / damp_j
        a = 1.0 + between[d] * precision[i, d] / damp_i
        b = 1.0 + between[d] * precision[j, d] / damp_j
        c = a + b - 1.0
        s = s_i + s_j
        total += np.log(a * b / c) + between[d] * (s * s / c - s_i * s_i / a - s_j * s_j / b)
    return 0.5 * total
