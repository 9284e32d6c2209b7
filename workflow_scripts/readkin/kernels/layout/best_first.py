"""Order in which overlaps join reads: the best first."""

import numpy as np
from numba import njit

MOST_PACKED = 1 << 32  # indices that fit into a half of a number
HIGHEST = np.uint32((1 << 31) - 1)  # all bits but the sign


def best_first(chosen: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """Return chosen indices by falling rank, equal ranks by index; int64 (k,).

    Rank and index are sorted as one number: an order beside the indices would need twice the
    memory, several times that while it is sorted.

    Args:
        chosen: int64 (k,), ascending; it is changed.
        rank: float32 (n,), without NaN.
    """
    if len(rank) > MOST_PACKED:
        return chosen[np.argsort(-rank[chosen], kind="stable")]
    keys = chosen.view(np.uint64)
    _add_ranks(keys, rank, rank.view(np.uint32))
    keys.sort()
    keys &= np.uint64(MOST_PACKED - 1)
    return chosen


@njit(cache=True, nogil=True)
def _add_ranks(keys: np.ndarray, rank: np.ndarray, bits: np.ndarray) -> None:
    """Set the upper half of each key to a number that ascends where the rank falls.

    Args:
        keys: uint64 (k,), indices.
        rank, bits: float32 (n,), and its bits, uint32.
    """
    for k in range(keys.size):
        index = keys[k]
        falling = bits[index] if rank[index] < 0 else HIGHEST - (bits[index] & HIGHEST)
        keys[k] |= np.uint64(falling) << np.uint64(32)
