"""Bundles of mates that cannot all be true, as they put different pieces onto one stretch."""

import numpy as np
from numba import njit

BOTH_BP = 75  # on which two pieces must lie together to exclude each other


@njit(cache=True, nogil=True)
def have_rivals(
    bounds: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    links: np.ndarray,
    slack: np.ndarray,
    share: float,
) -> np.ndarray:
    """Return which bundles of a piece have rivals with too many links.

    Had two pieces that a third one puts onto the same stretch been one place of one genome, their
    reads would overlap, and they would be one piece.

    Args:
        bounds: int64 (pieces + 1,), bounds of the bundles of each piece, sorted by ``low``.
        low, high: int64 (bundles,), where the piece at the far end would lie on the axis.
        links: int64 (bundles,), 0 for bundles that are nobody's rivals.
        slack: int64 (bundles,), bp by which ``low`` and ``high`` may be wrong.
        share: links of all rivals that a bundle bears, relative to its own.

    Returns:
        bool (bundles,).
    """
    out = np.zeros(low.size, np.bool_)
    last_high = high.copy()  # the highest end so far
    for p in range(bounds.size - 1):
        rivals = np.arange(bounds[p], bounds[p + 1])
        rivals = rivals[links[rivals] > 0]
        least_slack = 0 if rivals.size == 0 else slack[rivals].min()
        rivals = rivals[high[rivals] - low[rivals] >= BOTH_BP + slack[rivals] + least_slack]
        for r in range(rivals.size):
            last_high[r] = high[rivals[r]] if r == 0 else max(last_high[r - 1], high[rivals[r]])
        for u in range(bounds[p], bounds[p + 1]):
            against = 0
            first = np.searchsorted(last_high[: rivals.size], low[u], side="right")
            for v in rivals[first:]:
                if low[v] >= high[u] or against > share * links[u]:
                    break
                both = min(high[u], high[v]) - max(low[u], low[v])
                if v != u and both >= BOTH_BP + slack[u] + slack[v]:
                    against += links[v]
            out[u] = against > share * links[u]
    return out
