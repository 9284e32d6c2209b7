"""The likeliest neighbours are those of the model, for any number of threads."""

import numpy as np
import pytest

from readkin.kernels.likelihood.neighbours import (
    BLOCK,
    Neighbours,
    find_likeliest,
    ratio_terms,
)
from support.naive_likelihood import log_ratio


def nodes(n, dims, seed):
    rng = np.random.default_rng(seed)
    between = rng.uniform(0.1, 5, dims)
    noise = rng.uniform(0.1, 2, (n, dims))
    genome = rng.integers(0, 4, n)
    means = rng.normal(0, np.sqrt(between), (4, dims))
    return means[genome] + rng.normal(0, np.sqrt(noise)), noise, between


def search(x, noise, between, k, bounds):
    found = Neighbours.none_yet(len(x), k)
    for first, last in bounds:
        find_likeliest(ratio_terms(x, noise, between), first, last, found)
    return found


@pytest.mark.parametrize(("n", "dims", "k"), [(12, 3, 4), (5, 1, 8), (1, 2, 3), (30, 7, 5)])
def test_neighbours_are_those_of_the_model(n, dims, k):
    x, noise, between = nodes(n, dims, seed=n)
    found = search(x, noise, between, k, [(0, n)])
    for i in range(n):
        others = [j for j in range(n) if j != i]
        ratios = {j: log_ratio(x[i], x[j], noise[i], noise[j], between) for j in others}
        expected = sorted(others, key=lambda j: (-np.float32(ratios[j]), j))[:k]
        assert found.node[i, : len(expected)].tolist() == expected
        assert np.allclose(found.ratio[i, : len(expected)], [ratios[j] for j in expected], 1e-5)
        assert (found.node[i, len(expected) :] == -1).all()
        assert np.isneginf(found.ratio[i, len(expected) :]).all()


def test_blocks_and_parts_change_nothing():
    n = 2 * BLOCK + 7
    x, noise, between = nodes(n, 4, seed=1)
    whole = search(x, noise, between, 6, [(0, n)])
    parts = search(x, noise, between, 6, [(900, n), (0, 1), (1, 900)])
    assert np.array_equal(whole.node, parts.node)
    assert np.array_equal(whole.ratio, parts.ratio)


def test_equal_nodes_are_neighbours_in_order_of_number():
    x, noise = np.ones((5, 2)), np.ones((5, 2))
    found = search(x, noise, np.ones(2), 3, [(0, 5)])
    assert found.node.tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2], [0, 1, 2]]
