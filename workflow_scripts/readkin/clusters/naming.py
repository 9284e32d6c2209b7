"""Known sequences after which clusters are named: the best hits of windows of their pieces."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False, kw_only=True)
class BestHitsOfWindows:
    """The best hit of each of h windows that have one.

    Attributes:
        cluster: int64 (h,), cluster of the window, from 1.
        target: int64 (h,), index of the known sequence.
        matches, columns: int64 (h,), equal bases and length of the alignment.
    """

    cluster: np.ndarray
    target: np.ndarray
    matches: np.ndarray
    columns: np.ndarray


def name_rows(
    hits: BestHitsOfWindows, windows: np.ndarray, names: Sequence[str], targets: Sequence[str]
) -> list[dict[str, Any]]:
    """Return one row per cluster with the columns of formats.cluster_names.

    The first target is that of most windows, then that of most equal bases, then the first one.

    Args:
        hits: best hits.
        windows: int64 (g,), number of windows of each cluster.
        names: name by content of each cluster.
        targets: names of the known sequences.
    """
    n = max(len(targets), 1)
    key, row = np.unique((hits.cluster - 1) * n + hits.target, return_inverse=True)
    number = np.bincount(row, minlength=len(key))
    matches = np.bincount(row, weights=hits.matches, minlength=len(key))
    columns = np.bincount(row, weights=hits.columns, minlength=len(key))
    order = np.lexsort((key % n, -matches, -number, key // n))
    bounds = np.searchsorted(key[order] // n, np.arange(len(windows) + 1))
    rows = []
    for cluster, (start, end) in enumerate(pairwise(bounds.tolist())):
        found = order[start:end]
        entry = {"cluster": cluster + 1, "name": names[cluster], "windows": int(windows[cluster])}
        for best, place in zip(found[:2].tolist(), ("", "second_"), strict=False):
            entry |= {
                f"{place}hit": targets[int(key[best] % n)],
                f"{place}hit_windows": int(number[best]),
                f"{place}hit_identity": float(matches[best] / columns[best]),
            }
        rows.append(entry)
    return rows
