"""Stable radix sort of unsigned 64-bit keys, in time linear in the number of keys.

Digits have 11 bits, so that the 2048 counters fit in the first-level cache, and are processed from
the least significant one on. Digits in which all keys agree are skipped, so small keys take few
passes.
"""

import numpy as np
from numba import njit

DIGIT_BITS = 11
N_DIGITS = 6  # 6 * 11 >= 64
RADIX = 1 << DIGIT_BITS


def stable_argsort(keys: np.ndarray, order: np.ndarray | None = None) -> np.ndarray:
    """Return the indices that sort the keys; equal keys keep their order.

    Args:
        keys: uint64 (n,).
        order: int64 (n,), the initial order of the keys, as returned by an earlier call for less
            significant keys; it is not changed. None: the order of the array.

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
            raise ValueError(f"order: found {order.size} indices, expected {keys.size}")
        order, keys = order.copy(), keys[order]
    source, target = (keys, order), (np.empty_like(keys), np.empty_like(order))
    counts = _count_digits(keys)
    for digit in range(N_DIGITS):
        if counts[digit].max(initial=0) < keys.size:
            starts = np.cumsum(counts[digit]) - counts[digit]
            scatter_by_digit(source, target, starts, np.uint64(0), np.uint64(digit * DIGIT_BITS))
            source, target = target, source
    return source[1]


def partition(part_of_item: np.ndarray, parts: int) -> tuple[np.ndarray, np.ndarray]:
    """Group items by part in one pass; the items of a part keep their order.

    Args:
        part_of_item: integers (n,), from 0 to ``parts - 1``.
        parts: number of parts.

    Returns:
        order int64 (n,) and bounds int64 (parts + 1,): the items of part p are
        ``order[bounds[p]:bounds[p + 1]]``.

    Raises:
        ValueError: for a part out of range.
    """
    if part_of_item.size and not (part_of_item.min() >= 0 and part_of_item.max() < parts):
        found = f"{part_of_item.min()} to {part_of_item.max()}"
        raise ValueError(f"parts: found {found}, expected 0 to {parts - 1}")
    counts = np.bincount(part_of_item, minlength=parts)
    bounds = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    order = np.empty(part_of_item.size, np.int64)
    _scatter_by_part(part_of_item.astype(np.int64), bounds[:-1].copy(), order)
    return order, bounds


@njit(cache=True, nogil=True)
def _count_digits(keys: np.ndarray) -> np.ndarray:
    """Count the keys by the value of each digit in one pass; int64 (digits, 2048)."""
    counts = np.zeros((N_DIGITS, RADIX), np.int64)
    for key in keys:
        for digit in range(N_DIGITS):
            counts[digit, (key >> np.uint64(digit * DIGIT_BITS)) & np.uint64(RADIX - 1)] += 1
    return counts


@njit(cache=True, nogil=True)
def digit_starts(keys: np.ndarray, low: np.uint64, shift: np.uint64) -> np.ndarray:
    """Return the index of the first key with each digit, if keys are sorted by it; int64 (2048,).

    The digit of a key is in bits ``shift`` to ``shift + 10`` of ``key - low``.
    """
    starts = np.zeros(RADIX, np.int64)
    for key in keys:
        starts[(key - low) >> shift & np.uint64(RADIX - 1)] += 1
    start = 0
    for digit in range(RADIX):
        start, starts[digit] = start + starts[digit], start
    return starts


@njit(cache=True, nogil=True)
def scatter_by_digit(
    source: tuple[np.ndarray, np.ndarray],
    target: tuple[np.ndarray, np.ndarray],
    starts: np.ndarray,
    low: np.uint64,
    shift: np.uint64,
) -> None:
    """Sort keys and their values by one digit of the keys; equal digits keep their order.

    Values are moved with their keys: looking keys up by index would miss the cache in each pass.

    Args:
        source: keys, uint64 (n,), and values (n,).
        target: arrays of the same types, filled.
        starts: as from ``digit_starts``; overwritten.
        low, shift: see ``digit_starts``.
    """
    keys, values = source
    keys_out, values_out = target
    for i in range(keys.size):
        digit = (keys[i] - low) >> shift & np.uint64(RADIX - 1)
        slot = starts[digit]
        keys_out[slot] = keys[i]
        values_out[slot] = values[i]
        starts[digit] = slot + 1


@njit(cache=True, nogil=True)
def _scatter_by_part(part_of_item: np.ndarray, starts: np.ndarray, order: np.ndarray) -> None:
    for item in range(part_of_item.size):
        order[starts[part_of_item[item]]] = item
        starts[part_of_item[item]] += 1
