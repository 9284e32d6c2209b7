"""Recall and precision of the kin pairs found; compare_with_truth.py documents the fields."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

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


def compare_pairs(
    origins: Origins,
    genome: np.ndarray,
    genomes: Sequence[str],
    pairs: tuple[np.ndarray, np.ndarray],
    rule: OverlapRule,
) -> dict[str, Any]:
    """Compare the pairs found with the overlaps of the reads' origins.

    Args:
        origins: origins of the n trimmed reads.
        genome: int32 (n,), index of the genome of each read.
        genomes: names of the genomes.
        pairs: two int64 arrays (m,), read_index of both reads of the pairs found, each pair once.
        rule: minimum overlaps.

    Returns:
        The section ``kin_pairs`` of the comparison.
    """
    overlap = overlaps_of_pairs(origins, pairs)
    true = count_overlaps(origins)
    found = np.bincount(overlap, minlength=len(true))
    true_pairs = int(true[rule.min_kin_overlap_bp :].sum())
    true_found = int(found[rule.min_kin_overlap_bp :].sum())
    is_right = overlap >= rule.min_true_overlap_bp
    right = int(np.count_nonzero(is_right))
    of_a, of_b = (genome[read[~is_right]].astype(np.int64) for read in pairs)
    between = np.bincount(
        np.minimum(of_a, of_b) * len(genomes) + np.maximum(of_a, of_b), minlength=len(genomes) ** 2
    )
    wrong = [
        {"genomes": [genomes[i // len(genomes)], genomes[i % len(genomes)]], "pairs": n}
        for i, n in enumerate(between.tolist())
        if n
    ]
    return {
        "true": true_pairs,
        "true_found": true_found,
        "recall": share(true_found, true_pairs),
        "found": len(overlap),
        "right": right,
        "precision": share(right, len(overlap)),
        "by_overlap": [
            {"from_bp": start, "to_bp": start + BIN_BP - 1}
            | recall_of(true[start : start + BIN_BP], found[start : start + BIN_BP])
            for start in range(BIN_BP, len(true), BIN_BP)
        ],
        "wrong": sorted(wrong, key=lambda entry: -entry["pairs"]),
    }


def with_duplicates(
    pairs: tuple[np.ndarray, np.ndarray],
    duplicates: tuple[np.ndarray, np.ndarray],
    n_reads: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs found and those that follow because reads represent their duplicates.

    Args:
        pairs: two int64 arrays (m,), read_index of both reads of the pairs found, the lower one
            first. A duplicate is only in the pair with its original.
        duplicates: two int64 arrays (d,), reads and the earlier read that each is equal to.
        n_reads: number of all reads.

    Returns:
        Two int64 arrays, each pair once, the lower read first.
    """
    read_a, read_b = pairs
    original = np.arange(n_reads)
    original[duplicates[0]] = duplicates[1]
    is_duplicate_pair = original[read_b] == read_a
    # A duplicate whose pair with its original was dropped represents itself.
    representative = np.arange(n_reads)
    representative[read_b[is_duplicate_pair]] = read_a[is_duplicate_pair]
    members = np.argsort(representative, kind="stable")
    size = np.bincount(representative, minlength=n_reads)
    start = np.cumsum(size) - size
    groups = np.flatnonzero(size > 1)
    of_a = np.concatenate([read_a[~is_duplicate_pair], groups])
    of_b = np.concatenate([read_b[~is_duplicate_pair], groups])
    count = size[of_a] * size[of_b]
    pair = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    one = members[start[of_a[pair]] + within // size[of_b[pair]]]
    other = members[start[of_b[pair]] + within % size[of_b[pair]]]
    wanted = (of_a[pair] != of_b[pair]) | (one < other)
    one, other = one[wanted], other[wanted]
    return np.minimum(one, other), np.maximum(one, other)


def recall_of(true: np.ndarray, found: np.ndarray) -> dict[str, Any]:
    """Return the sums of true and found pairs, and their ratio."""
    true_pairs, found_pairs = int(true.sum()), int(found.sum())
    return {"true": true_pairs, "found": found_pairs, "recall": share(found_pairs, true_pairs)}


def share(part: int, whole: int) -> float | None:
    """Return ``part / whole``; None if ``whole`` is 0."""
    return part / whole if whole else None
