"""Stable radix sorting of unsigned 64-bit keys: linear in the number of keys.

Least significant digit first, 11 bits a digit: the 2048 counters stay in the first-level cache.
Digits in which all keys agree are skipped, so small numbers cost few passes.
"""

import numpy as np
from numba import njit

DIGIT_BITS = 11
N_DIGITS = 6  # 6 * 11 >= 64
RADIX = 1 << DIGIT_BITS


def stable_argsort(keys: np.ndarray, order: np.ndarray | None = None) -> np.ndarray:
    """The order that sorts ``keys``, equal keys in the order in which they stood.

    Args:
        keys: uint64 (n,).
        order: int64 (n,), an order in which the keys stand now (as from an earlier call with a
            less significant key); left as it is. None: as they lie.

    Returns:
        int64 (n,), indices into ``keys``.

    Raises:
        TypeError: for keys of another dtype.
        ValueError: if ``order`` has another length.
    """
    if keys.dtype != np.uint64:
        raise TypeError(f"keys are {keys.dtype}, expected uint64")
    if order is None:
        order = np.arange(keys.size, dtype=np.int64)
        keys = keys.copy()
    else:
        if order.size != keys.size:
            raise ValueError(f"{order.size} places for {keys.size} keys")
        order, keys = order.copy(), keys[order]
    source, target = (keys, order), (np.empty_like(keys), np.empty_like(order))
    counts = _count_digits(keys)
    for digit in range(N_DIGITS):
        if counts[digit].max(initial=0) < keys.size:
            starts = np.cumsum(counts[digit]) - counts[digit]
            _scatter_by_digit(source, target, starts, np.uint64(digit * DIGIT_BITS))
            source, target = target, source
    return source[1]


def partition(owner: np.ndarray, parts: int) -> tuple[np.ndarray, np.ndarray]:
    """Group items by owner in one pass, each group in the order in which its items stood.

    Args:
        owner: int64 (n,), from 0 to ``parts - 1``.
        parts: number of owners.

    Returns:
        order int64 (n,) and bounds int64 (parts + 1,): items of owner p are
        ``order[bounds[p]:bounds[p + 1]]``.

    Raises:
        ValueError: for an owner out of range.
    """
    if owner.size and not (owner.min() >= 0 and owner.max() < parts):
        raise ValueError(f"owners from {owner.min()} to {owner.max()}, expected 0 to {parts - 1}")
    counts = np.bincount(owner, minlength=parts)
    bounds = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    order = np.empty(owner.size, np.int64)
    _scatter_by_owner(owner.astype(np.int64), bounds[:-1].copy(), order)
    return order, bounds


@njit(cache=True, nogil=True)
def _count_digits(keys: np.ndarray) -> np.ndarray:
    """int64 (digits, 2048): how many keys have which value of which digit, in one pass."""
    counts = np.zeros((N_DIGITS, RADIX), np.int64)
    for key in keys:
        for digit in range(N_DIGITS):
            counts[digit, (key >> np.uint64(digit * DIGIT_BITS)) & np.uint64(RADIX - 1)] += 1
    return counts


@njit(cache=True, nogil=True)
def _scatter_by_digit(
    source: tuple[np.ndarray, np.ndarray],
    target: tuple[np.ndarray, np.ndarray],
    starts: np.ndarray,
    shift: np.uint64,
) -> None:
    # Keys travel with their places: a look-up by place in each pass would miss the cache.
    keys, order = source
    keys_out, order_out = target
    for i in range(keys.size):
        digit = (keys[i] >> shift) & np.uint64(RADIX - 1)
        slot = starts[digit]
        keys_out[slot] = keys[i]
        order_out[slot] = order[i]
        starts[digit] = slot + 1


@njit(cache=True, nogil=True)
def _scatter_by_owner(owner: np.ndarray, starts: np.ndarray, order: np.ndarray) -> None:
    for i in range(owner.size):
        order[starts[owner[i]]] = i
        starts[owner[i]] += 1
