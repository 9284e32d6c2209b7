"""Merging of groups by Bayes factor, best pair first."""

from typing import NamedTuple

import numpy as np
from numba import njit


class Groups(NamedTuple):
    """Evidence of n groups of nodes, and when they merge.

    Regions of one genome differ, so the mean of a group never gets more precise than 1 / settled:
    T' = T / (1 + settled T), S' likewise. As groups were chosen to differ in composition, a log
    Bayes factor of the composition below 0 is raised by an allowance, at most to 0, unless both
    groups have most of their ties within. The allowance grows linearly with the length of the
    shorter group.

    Attributes:
        precision, weighted: float64 (n, dims), T and S: the summed precision of the nodes, and
            their coordinates weighted by it.
        length: float64 (n,), bp.
        ties: float64 (n, n), symmetric: weight of the ties of the nodes of two groups.
        between: float64 (dims,), variance over genomes.
        settled: float64 (dims,).
        composition: number of dimensions of composition, the first ones.
        allowance: log Bayes factor, from ``full_length`` on.
        no_length, full_length: bp; up to ``no_length`` there is no allowance.
        separate: share of the ties of a group that are within, from which on it is separate: two
            separate groups have no allowance.
    """

    precision: np.ndarray
    weighted: np.ndarray
    length: np.ndarray
    ties: np.ndarray
    between: np.ndarray
    settled: np.ndarray
    composition: int
    allowance: float
    no_length: float
    full_length: float
    separate: float


def merge_groups(groups: Groups, forbidden: np.ndarray) -> np.ndarray:
    """Merge groups while one genome explains two of them better than two genomes do.

    Pairs merge by falling Bayes factor, ties by number.

    Args:
        groups: the groups.
        forbidden: bool (n, n), symmetric: pairs that must not merge, nor groups that contain them.

    Returns:
        int64 (n,), the group with the smallest number that each group was merged into.
    """
    merged = np.arange(len(groups.length))
    if len(merged) > 1:
        own = groups._replace(
            precision=groups.precision.copy(),
            weighted=groups.weighted.copy(),
            length=groups.length.copy(),
            ties=groups.ties.copy(),
        )
        _merge(own, forbidden.copy(), merged)
    return merged


@njit(cache=True, nogil=True, error_model="numpy")
def _merge(groups: Groups, forbidden: np.ndarray, merged: np.ndarray) -> None:
    n = merged.size
    is_alive = np.ones(n, np.bool_)
    partner = np.full(n, -1, np.int64)  # best partner of a higher number
    best = np.full(n, -np.inf)
    for i in range(n):
        _find_partner(groups, forbidden, is_alive, i, partner, best)
    while True:
        i = int(np.argmax(best))
        if best[i] <= 0.0:
            return
        j = partner[i]
        _absorb(groups, forbidden, i, j)
        is_alive[j] = False
        best[j] = -np.inf
        for k in range(n):
            if merged[k] == j:
                merged[k] = i
        for k in range(n):
            if not is_alive[k]:
                continue
            if k == i or partner[k] == i or partner[k] == j:
                _find_partner(groups, forbidden, is_alive, k, partner, best)
            elif k < i and not forbidden[k, i]:
                value = merging_gain(groups, k, i)
                if value > best[k] or (value == best[k] and i < partner[k]):
                    best[k] = value
                    partner[k] = i


@njit(cache=True, nogil=True, error_model="numpy")
def _find_partner(
    groups: Groups,
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
            value = merging_gain(groups, i, j)
            if value > best[i]:
                best[i] = value
                partner[i] = j


@njit(cache=True, nogil=True, error_model="numpy")
def _absorb(groups: Groups, forbidden: np.ndarray, i: int, j: int) -> None:
    for d in range(groups.between.size):
        groups.precision[i, d] += groups.precision[j, d]
        groups.weighted[i, d] += groups.weighted[j, d]
    groups.length[i] += groups.length[j]
    groups.ties[i] += groups.ties[j]
    groups.ties[:, i] += groups.ties[:, j]
    for k in range(forbidden.shape[0]):
        if forbidden[j, k]:
            forbidden[i, k] = True
            forbidden[k, i] = True


@njit(cache=True, nogil=True, error_model="numpy")
def merging_gain(groups: Groups, i: int, j: int) -> float:
    """Return the log Bayes factor of one mean against two for groups i and j, with allowance."""
    composition = 0.5 * _sum_of_terms(groups, i, j, 0, groups.composition)
    other = 0.5 * _sum_of_terms(groups, i, j, groups.composition, groups.between.size)
    if composition < 0.0 and not (_is_separate(groups, i) and _is_separate(groups, j)):
        shorter = min(groups.length[i], groups.length[j])
        part = (shorter - groups.no_length) / (groups.full_length - groups.no_length)
        composition = min(0.0, composition + groups.allowance * min(max(part, 0.0), 1.0))
    return composition + other


@njit(cache=True, nogil=True, error_model="numpy")
def _is_separate(groups: Groups, i: int) -> bool:
    return groups.ties[i, i] >= groups.separate * groups.ties[i].sum()


@njit(cache=True, nogil=True, error_model="numpy")
def _sum_of_terms(groups: Groups, i: int, j: int, first: int, last: int) -> float:
    total = 0.0
    for d in range(first, last):
        between, settled = groups.between[d], groups.settled[d]
        damping_i = 1.0 + settled * groups.precision[i, d]
        damping_j = 1.0 + settled * groups.precision[j, d]
        s_i, s_j = groups.weighted[i, d] / damping_i, groups.weighted[j, d] / damping_j
        a = 1.0 + between * groups.precision[i, d] / damping_i
        b = 1.0 + between * groups.precision[j, d] / damping_j
        c = a + b - 1.0
        s = s_i + s_j
        total += np.log(a * b / c) + between * (s * s / c - s_i * s_i / a - s_j * s_j / b)
    return total
