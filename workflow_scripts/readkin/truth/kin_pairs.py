"""Recall and precision of the kin pairs found; compare_with_truth.py documents the fields."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from readkin.kernels.radix_sort import partition
from readkin.kernels.statistics.kin_truth import Origins, count_overlaps, overlaps_of_pairs

BIN_BP = 20  # width of the bins of recall by overlap


class OverlapRule(NamedTuple):
    """Settings ``compare``: minimum overlaps of the origins of two reads.

    Attributes:
        min_kin_overlap_bp: pairs from this overlap on count as true kin for the recall.
        min_true_overlap_bp: found pairs from this overlap on count as right for the precision.
    """

    min_kin_overlap_bp: int
    min_true_overlap_bp: int


Pairs = tuple[np.ndarray, np.ndarray]
"""Indices of both reads of some pairs, integers (m,), the lower one first."""


def compare_pairs(
    origins: Origins,
    genome: np.ndarray,
    genomes: Sequence[str],
    blocks: Iterable[Pairs],
    rule: OverlapRule,
) -> dict[str, Any]:
    """Compare the pairs found with the overlaps of the reads' origins.

    Args:
        origins: origins of the n trimmed reads.
        genome: int32 (n,), index of the genome of each read.
        genomes: names of the genomes.
        blocks: of the pairs found, each pair once.
        rule: minimum overlaps.

    Returns:
        The section ``kin_pairs`` of the comparison.
    """
    true = count_overlaps(origins)
    found, between = np.zeros_like(true), np.zeros(len(genomes) ** 2, np.int64)
    for pairs in blocks:
        overlap = overlaps_of_pairs(origins, pairs)
        found += np.bincount(overlap, minlength=len(true))
        is_wrong = overlap < rule.min_true_overlap_bp
        of_a, of_b = (genome[read[is_wrong]].astype(np.int64) for read in pairs)
        both = np.minimum(of_a, of_b) * len(genomes) + np.maximum(of_a, of_b)
        between += np.bincount(both, minlength=len(between))
    true_pairs = int(true[rule.min_kin_overlap_bp :].sum())
    true_found = int(found[rule.min_kin_overlap_bp :].sum())
    all_found = int(found.sum())
    right = all_found - int(between.sum())
    wrong = [
        {"genomes": [genomes[i // len(genomes)], genomes[i % len(genomes)]], "pairs": n}
        for i, n in enumerate(between.tolist())
        if n
    ]
    return {
        "true": true_pairs,
        "true_found": true_found,
        "recall": share(true_found, true_pairs),
        "found": all_found,
        "right": right,
        "precision": share(right, all_found),
        "by_overlap": [
            {"from_bp": start, "to_bp": start + BIN_BP - 1}
            | recall_of(true[start : start + BIN_BP], found[start : start + BIN_BP])
            for start in range(BIN_BP, len(true), BIN_BP)
        ],
        "wrong": sorted(wrong, key=lambda entry: -entry["pairs"]),
    }


def with_duplicates(
    blocks: Callable[[], Iterable[Pairs]], duplicates: Pairs, n_reads: int
) -> Iterator[Pairs]:
    """Yield the pairs found and those that follow because reads represent their duplicates.

    Args:
        blocks: returns the pairs found in blocks; it is called twice. A duplicate is only in the
            pair with its original.
        duplicates: reads, and the earlier read that each is equal to.
        n_reads: number of all reads.

    Yields:
        Pairs in blocks, each pair once, the lower read first.
    """
    original = np.arange(n_reads)
    original[duplicates[0]] = duplicates[1]
    # A duplicate whose pair with its original was dropped represents itself.
    representative = np.arange(n_reads)
    for read_a, read_b in blocks():
        is_duplicate_pair = original[read_b] == read_a
        representative[read_b[is_duplicate_pair]] = read_a[is_duplicate_pair]
    members, bounds = partition(representative, n_reads)
    size = np.diff(bounds)
    groups = np.flatnonzero(size > 1)
    del representative
    for read_a, read_b in chain(blocks(), [(groups, groups)]):
        of_others = (original[read_b] != read_a) | (read_a == read_b)
        of_a, of_b = read_a[of_others], read_b[of_others]
        count = size[of_a] * size[of_b]
        pair = np.repeat(np.arange(len(count)), count)
        within = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
        one = members[bounds[of_a[pair]] + within // size[of_b[pair]]]
        other = members[bounds[of_b[pair]] + within % size[of_b[pair]]]
        wanted = (of_a[pair] != of_b[pair]) | (one < other)
        one, other = one[wanted], other[wanted]
        yield np.minimum(one, other), np.maximum(one, other)


def recall_of(true: np.ndarray, found: np.ndarray) -> dict[str, Any]:
    """Return the sums of true and found pairs, and their ratio."""
    true_pairs, found_pairs = int(true.sum()), int(found.sum())
    return {"true": true_pairs, "found": found_pairs, "recall": share(found_pairs, true_pairs)}


def share(part: int, whole: int) -> float | None:
    """Return ``part / whole``; None if ``whole`` is 0."""
    return part / whole if whole else None
