"""Recall and precision of pairs of reads with known origins.

A pair is true if its origins overlap by KIN_OVERLAP bp or more, and right if they overlap by
RIGHT_OVERLAP bp or more. If a tool represents exact duplicates by their original, a pair of
duplicates counts as kept if its originals are the same read or a kept pair. Pairs are processed in
blocks, so that memory stays bounded.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from readkin.kernels.statistics.kin_truth import Origins, count_overlaps, overlaps_of_pairs

KIN_OVERLAP, RIGHT_OVERLAP = 75, 20
BLOCK = 1 << 21

PairColumns = tuple[np.ndarray, np.ndarray]


class Score(NamedTuple):
    """Quality of the pairs that a tool found.

    Attributes:
        true: number of true pairs.
        true_found: number of true pairs that are kept.
        kept: number of kept pairs, with duplicates expanded.
        right: number of kept pairs that are right.
        rows: number of distinct pairs that the tool listed.
    """

    true: int
    true_found: int
    kept: int
    right: int
    rows: int

    @property
    def recall(self) -> float:
        """Share of the true pairs that is kept."""
        return self.true_found / self.true

    @property
    def precision(self) -> float:
        """Share of the kept pairs that is right; 1 if there is none."""
        return self.right / self.kept if self.kept else 1.0

    @property
    def per_true_pair(self) -> float:
        """Kept pairs per true pair."""
        return self.kept / self.true

    @property
    def rows_per_true_pair(self) -> float:
        """Listed pairs, which have to be aligned, per true pair."""
        return self.rows / self.true


def distinct(a: np.ndarray, b: np.ndarray) -> PairColumns:
    """Return each unordered pair of different reads once, int64, smaller read first, sorted."""
    low, high = np.minimum(a, b).astype(np.uint64), np.maximum(a, b).astype(np.uint64)
    code = (low << np.uint64(32)) | high
    code = code[low != high]
    code.sort()
    code = code[np.diff(code, prepend=np.uint64(2**64 - 1)) != 0]
    return (code >> np.uint64(32)).astype(np.int64), (code & np.uint64(2**32 - 1)).astype(np.int64)


def score(origins: Origins, pairs: PairColumns, original: np.ndarray | None = None) -> Score:
    """Score the pairs that a tool found.

    Args:
        origins: origins of the n reads.
        pairs: two integer arrays (m,); any order, either orientation, repetitions allowed.
        original: int64 (n,), the read of which each is an exact duplicate, or itself; None if the
            tool treats duplicates like other reads.
    """
    a, b = distinct(*pairs)
    true = count_overlaps(origins)
    found = np.zeros(len(true), np.int64)
    blocks = _blocks(a, b) if original is None else expanded((a, b), original)
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


def _blocks(a: np.ndarray, b: np.ndarray) -> Iterator[PairColumns]:
    """Yield slices of BLOCK pairs."""
    for first in range(0, len(a), BLOCK):
        yield a[first : first + BLOCK], b[first : first + BLOCK]


def expanded(pairs: PairColumns, original: np.ndarray) -> Iterator[PairColumns]:
    """Yield all pairs that follow from kept ones, each once, in blocks of about BLOCK pairs.

    Args:
        pairs: kept pairs of different reads, int64.
        original: int64 (n,), the read of which each is a duplicate, or itself.
    """
    order = np.argsort(original, kind="stable")  # members of a class are adjacent
    size = np.bincount(original, minlength=len(original))
    first = np.cumsum(size) - size
    a, b = original[pairs[0]], original[pairs[1]]
    a, b = distinct(a, b)  # pairs within a class follow below
    for part in _slices(size[a] * size[b]):
        row, rank = _row_and_rank(size[a[part]] * size[b[part]])
        one, other = a[part][row], b[part][row]
        yield (
            order[first[one] + rank // size[other]],
            order[first[other] + rank % size[other]],
        )
    classes = np.flatnonzero(size > 1)
    # Member i of a class is paired with the size - 1 - i members after it.
    row, rank = _row_and_rank(size[classes])
    member = first[classes][row] + rank
    left = (first + size)[original[order[member]]] - 1 - member
    for part in _slices(left):
        row, rank = _row_and_rank(left[part])
        yield order[member[part][row]], order[member[part][row] + 1 + rank]


def _row_and_rank(count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (i, 0), (i, 1) ... (i, count[i] - 1) for every i, as two int64 arrays."""
    row = np.repeat(np.arange(len(count)), count)
    return row, np.arange(len(row)) - (np.cumsum(count) - count)[row]


def _slices(count: np.ndarray) -> Iterator[slice]:
    """Yield slices of rows with a total count of up to BLOCK, or of one row."""
    total = np.cumsum(count)
    start = 0
    while start < len(count):
        before = total[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(total, before + BLOCK, side="right")))
        yield slice(start, end)
        start = end
