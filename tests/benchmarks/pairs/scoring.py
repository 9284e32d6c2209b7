"""Recall and precision of pairs found among reads whose origins are known.

A pair is true if the origins overlap by KIN_OVERLAP bp or more, and right if by RIGHT_OVERLAP.
Where a tool keeps exact duplicates as pairs with their original only, pairs of duplicates count as
kept if their originals are the same read or a kept pair. Work is done in blocks of pairs, so that
memory stays bounded.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from readkin.kernels.statistics.kin_truth import Origins, count_overlaps, overlaps_of_pairs

KIN_OVERLAP, RIGHT_OVERLAP = 75, 20
BLOCK = 1 << 21

PairColumns = tuple[np.ndarray, np.ndarray]


class Score(NamedTuple):
    """How good pairs are.

    Attributes:
        true: true pairs that there are; true_found: of them, kept.
        kept: pairs, duplicates expanded; right: of them, right.
        rows: pairs as the tool listed them, each once.
    """

    true: int
    true_found: int
    kept: int
    right: int
    rows: int

    @property
    def recall(self) -> float:
        return self.true_found / self.true

    @property
    def precision(self) -> float:
        """Share of the kept pairs that is right; 1 if there is none."""
        return self.right / self.kept if self.kept else 1.0

    @property
    def per_true_pair(self) -> float:
        """Pairs kept for each true one."""
        return self.kept / self.true

    @property
    def rows_per_true_pair(self) -> float:
        """Pairs listed, and so to be aligned, for each true one."""
        return self.rows / self.true


def distinct(a: np.ndarray, b: np.ndarray) -> PairColumns:
    """Each unordered pair of different reads once, int64, smaller read first, in order."""
    low, high = np.minimum(a, b).astype(np.uint64), np.maximum(a, b).astype(np.uint64)
    code = (low << np.uint64(32)) | high
    code = code[low != high]
    code.sort()
    code = code[np.diff(code, prepend=np.uint64(2**64 - 1)) != 0]
    return (code >> np.uint64(32)).astype(np.int64), (code & np.uint64(2**32 - 1)).astype(np.int64)


def score(origins: Origins, pairs: PairColumns, original: np.ndarray | None = None) -> Score:
    """Score the pairs that a tool found.

    Args:
        origins: of the n reads.
        pairs: two integer arrays (m,), in any order, either way round, maybe repeatedly.
        original: int64 (n,), the read that each is an exact duplicate of, else itself; None if
            the tool treats duplicates as any reads.
    """
    a, b = distinct(*pairs)
    true = count_overlaps(origins)
    found = np.zeros(len(true), np.int64)
    blocks = _cut(a, b) if original is None else expanded((a, b), original)
    for block in blocks:
        overlap = overlaps_of_pairs(origins, block)
        found += np.bincount(overlap, minlength=len(true))
    return Score(
        true=int(true[KIN_OVERLAP:].sum()),
        true_found=int(found[KIN_OVERLAP:].sum()),
        kept=int(found.sum()),
        right=int(found[RIGHT_OVERLAP:].sum()),
        rows=len(a),
    )


def _cut(a: np.ndarray, b: np.ndarray) -> Iterator[PairColumns]:
    for first in range(0, len(a), BLOCK):
        yield a[first : first + BLOCK], b[first : first + BLOCK]


def expanded(pairs: PairColumns, original: np.ndarray) -> Iterator[PairColumns]:
    """All pairs that follow from kept ones, each once, in blocks of about BLOCK pairs.

    Args:
        pairs: kept, int64; between different reads.
        original: int64 (n,), the read that each is a duplicate of, else itself.
    """
    order = np.argsort(original, kind="stable")  # members of a class follow each other
    size = np.bincount(original, minlength=len(original))
    first = np.cumsum(size) - size
    a, b = original[pairs[0]], original[pairs[1]]
    a, b = distinct(a, b)  # pairs within a class are made below
    for part in _parts(size[a] * size[b]):
        row, rank = _spread_out(size[a[part]] * size[b[part]])
        one, other = a[part][row], b[part][row]
        yield (
            order[first[one] + rank // size[other]],
            order[first[other] + rank % size[other]],
        )
    classes = np.flatnonzero(size > 1)
    # Member i of a class with those after it: member i has size - 1 - i of them.
    row, rank = _spread_out(size[classes])
    member = first[classes][row] + rank
    left = (first + size)[original[order[member]]] - 1 - member
    for part in _parts(left):
        row, rank = _spread_out(left[part])
        yield order[member[part][row]], order[member[part][row] + 1 + rank]


def _spread_out(count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(i, 0), (i, 1) ... (i, count[i] - 1) for every i: two int64 arrays (sum of count,)."""
    row = np.repeat(np.arange(len(count)), count)
    return row, np.arange(len(row)) - (np.cumsum(count) - count)[row]


def _parts(count: np.ndarray) -> Iterator[slice]:
    """Slices of rows with counts of BLOCK together, or of one row."""
    total = np.cumsum(count)
    start = 0
    while start < len(count):
        before = total[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(total, before + BLOCK, side="right")))
        yield slice(start, end)
        start = end
