"""Overlaps of read origins, compared with sets of the bases of each pair."""

import itertools

import numpy as np
import pytest

from readkin.kernels.statistics.kin_truth import (
    Origins,
    count_overlaps,
    overlaps_of_pairs,
    reads_per_cluster,
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
    if origins.genome[a] != origins.genome[b]:
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
    pairs = all_pairs(len(origins.genome))
    expected = np.array([shared_bases(origins, a, b) for a, b in zip(*pairs, strict=True)])
    assert np.array_equal(overlaps_of_pairs(origins, pairs), expected)
    counts = count_overlaps(origins)
    assert counts[0] == 0
    assert np.array_equal(counts[1:], np.bincount(expected, minlength=len(counts))[1:])
    assert expected.max() > 0


def test_order_of_the_two_reads_does_not_matter():
    origins = random_origins(4, circular=(0, 2))
    a, b = all_pairs(len(origins.genome))
    assert np.array_equal(overlaps_of_pairs(origins, (a, b)), overlaps_of_pairs(origins, (b, a)))


def test_order_of_the_reads_does_not_matter():
    origins = random_origins(5, circular=(1,))
    shuffled = np.random.default_rng(6).permutation(len(origins.genome))
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
    trimmed = trimmed_origins(origins, is_reverse, np.array([60, 60, 150]))
    assert trimmed.start.tolist() == [100, 190, 100]
    assert trimmed.end.tolist() == [160, 250, 180]  # only the adapter of the last read was trimmed


def test_reads_per_cluster():
    genome = np.array([0, 0, 1, 1, 1], np.int32)
    cluster = np.array([7, 2, 2, 2, 9], np.uint64)
    numbers, counts = reads_per_cluster(genome, cluster, 3)
    assert numbers.tolist() == [2, 7, 9]
    assert counts.tolist() == [[1, 2, 0], [1, 0, 0], [0, 1, 0]]
