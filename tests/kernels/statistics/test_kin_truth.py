"""Overlaps of read origins, compared with sets of the bases of each pair."""

import itertools

import numpy as np
import pytest

from readkin.kernels.statistics.kin_truth import (
    Origins,
    count_overlaps,
    overlaps_of_pairs,
    trimmed_origins,
)

CIRCLE = 400


def random_origins(seed, n=120, circular=(), longest=90):
    random = np.random.default_rng(seed)
    genome = random.integers(0, 3, n).astype(np.int32)
    circle = np.where(np.isin(genome, circular), CIRCLE, 0)
    start = random.integers(0, CIRCLE, n)
    return Origins(genome, start, start + random.integers(0, longest, n), circle)


def shared_bases(origins, a, b):
    """Return the number of positions that two reads share."""
    if origins.sequence[a] != origins.sequence[b]:
        return 0
    positions = []
    for read in (a, b):
        positions.append(set(range(origins.start[read], origins.end[read])))
        if origins.circle[read]:
            positions[-1] = {position % int(origins.circle[read]) for position in positions[-1]}
    return len(positions[0] & positions[1])


def all_pairs(n):
    return tuple(np.array(list(itertools.combinations(range(n), 2)), np.int64).reshape(-1, 2).T)


@pytest.mark.parametrize("circular", [(), (0, 1, 2), (1,)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_agrees_with_sets_of_bases(seed, circular):
    origins = random_origins(seed, circular=circular)
    pairs = all_pairs(len(origins.sequence))
    expected = np.array([shared_bases(origins, a, b) for a, b in zip(*pairs, strict=True)])
    assert np.array_equal(overlaps_of_pairs(origins, pairs), expected)
    counts = count_overlaps(origins)
    assert counts[0] == 0
    assert np.array_equal(counts[1:], np.bincount(expected, minlength=len(counts))[1:])
    assert expected.max() > 0


def test_order_of_the_two_reads_does_not_matter():
    origins = random_origins(4, circular=(0, 2))
    a, b = all_pairs(len(origins.sequence))
    assert np.array_equal(overlaps_of_pairs(origins, (a, b)), overlaps_of_pairs(origins, (b, a)))


def test_order_of_the_reads_does_not_matter():
    origins = random_origins(5, circular=(1,))
    shuffled = np.random.default_rng(6).permutation(len(origins.sequence))
    other = Origins(*(array[shuffled] for array in origins))
    assert np.array_equal(count_overlaps(other), count_overlaps(origins))


def test_equal_touching_and_nested_reads():
    start, end = np.array([10, 10, 20, 12]), np.array([20, 20, 30, 15])
    origins = Origins(np.zeros(4, np.int32), start, end, np.zeros(4, np.int64))
    assert count_overlaps(origins).tolist() == [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_reads_for_a_pair(n):
    origins = random_origins(1, n=n)
    assert count_overlaps(origins).sum() == 0
    assert len(overlaps_of_pairs(origins, all_pairs(n))) == 0


def test_trimming_shortens_the_three_prime_end():
    origins = Origins(
        np.zeros(3, np.int32),
        np.array([100, 100, 100]),
        np.array([250, 250, 180]),
        np.zeros(3, int),
    )
    is_reverse = np.array([False, True, False])
    trimmed = trimmed_origins(origins, is_reverse, np.array([60, 60, 150]), np.zeros(3, int))
    assert trimmed.start.tolist() == [100, 190, 100]
    assert trimmed.end.tolist() == [160, 250, 180]  # only the adapter of the last read was trimmed


def test_bases_before_the_origin_of_a_chimeric_read_are_not_trimmed_from_it():
    n = 3
    zeros = np.zeros(n, np.int32)
    origins = Origins(zeros, np.full(n, 100), np.full(n, 200), zeros)
    length, offset = np.array([150, 140, 30]), np.full(n, 50)
    trimmed = trimmed_origins(origins, np.array([False, False, False]), length, offset)
    assert (trimmed.end - trimmed.start).tolist() == [100, 90, 0]
    trimmed = trimmed_origins(origins, np.array([True, True, True]), length, offset)
    assert trimmed.start.tolist() == [100, 110, 200]


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_pairs_that_overlap_at_both_ends_of_a_small_circle_count_once(seed):
    """Plasmids and phages may be as short as a long read."""
    circle, n = 12, 60
    random = np.random.default_rng(seed)
    start = random.integers(0, circle, n)
    origins = Origins(
        np.zeros(n, np.int32),
        start,
        start + random.integers(1, circle + 1, n),
        np.full(n, circle),
    )
    pairs = all_pairs(n)
    overlaps = overlaps_of_pairs(origins, pairs)
    counts = count_overlaps(origins)
    assert counts.sum() == np.count_nonzero(overlaps)
    assert np.array_equal(counts[1:], np.bincount(overlaps, minlength=len(counts))[1:])
    for a, b, overlap in zip(*pairs, overlaps.tolist(), strict=True):
        assert overlap == longest_stretch(origins, a, b)


def longest_stretch(origins, a, b):
    """Return the length of the longest stretch of successive positions of a that b covers."""
    circle = int(origins.circle[a])
    covered = {position % circle for position in range(origins.start[b], origins.end[b])}
    # A stretch ends where b ends, too: there its next base is no neighbour of the last one.
    breaks = (int(origins.start[b]) % circle) if len(covered) == circle else None
    longest = run = 0
    for position in range(origins.start[a], origins.end[a]):
        run = 0 if position % circle == breaks else run
        run = run + 1 if position % circle in covered else 0
        longest = max(longest, run)
    return longest
