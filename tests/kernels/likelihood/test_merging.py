"""Groups merge as in a plain greedy search."""

import numpy as np
import pytest

from readkin.kernels.likelihood.merging import merge_groups
from support.naive_likelihood import merged_groups


def groups(n, genomes, seed):
    rng = np.random.default_rng(seed)
    between, settled = rng.uniform(0.5, 4, 5), np.full(5, 0.03)
    means = rng.normal(0, np.sqrt(between), (genomes, 5))
    precision = rng.uniform(1, 40, (n, 5))
    x = means[rng.integers(0, genomes, n)] + rng.normal(0, 1, (n, 5)) / np.sqrt(precision)
    return precision, precision * x, between, settled


@pytest.mark.parametrize(("n", "genomes"), [(0, 1), (1, 1), (2, 1), (9, 3), (14, 2), (15, 15)])
def test_groups_merge_as_in_a_plain_search(n, genomes):
    arguments = groups(n, genomes, seed=n)
    forbidden = np.zeros((n, n), bool)
    assert merge_groups(*arguments, forbidden).tolist() == (
        merged_groups(*arguments, forbidden).tolist()
    )


@pytest.mark.parametrize("seed", range(5))
def test_forbidden_pairs_stay_apart(seed):
    n = 10
    arguments = groups(n, 2, seed)
    forbidden = np.random.default_rng(seed).random((n, n)) < 0.15
    forbidden |= forbidden.T
    np.fill_diagonal(forbidden, False)
    merged = merge_groups(*arguments, forbidden)
    assert merged.tolist() == merged_groups(*arguments, forbidden).tolist()
    assert not (forbidden & (merged[:, None] == merged)).any()


def test_arguments_are_left_as_they_are():
    precision, weighted, between, settled = groups(8, 1, 3)
    forbidden = np.zeros((8, 8), bool)
    before = precision.copy(), weighted.copy()
    assert merge_groups(precision, weighted, between, settled, forbidden).max() == 0
    assert np.array_equal(before[0], precision)
    assert np.array_equal(before[1], weighted)
