"""Groups merge as in a plain greedy search."""

import numpy as np
import pytest

from readkin.kernels.likelihood.merging import Groups, merge_groups
from support.naive_likelihood import merged_groups


def some_groups(n, genomes, seed, allowance=0.0):
    rng = np.random.default_rng(seed)
    between, settled = rng.uniform(0.5, 4, 5), np.full(5, 0.03)
    means = rng.normal(0, np.sqrt(between), (genomes, 5))
    precision = rng.uniform(1, 40, (n, 5))
    x = means[rng.integers(0, genomes, n)] + rng.normal(0, 1, (n, 5)) / np.sqrt(precision)
    length = rng.uniform(1e3, 1e6, n)
    ties = rng.integers(0, 100, (n, n)) * rng.choice([1.0, 0.01], (n, n)) + np.diag(np.full(n, 200))
    return Groups(
        precision=precision,
        weighted=precision * x,
        length=length,
        ties=ties + ties.T,
        between=between,
        settled=settled,
        composition=3,
        allowance=allowance,
        no_length=5e4,
        full_length=3e5,
        separate=0.5,
    )


@pytest.mark.parametrize("allowance", [0.0, 6.0])
@pytest.mark.parametrize(("n", "genomes"), [(0, 1), (1, 1), (2, 1), (9, 3), (14, 2), (15, 15)])
def test_groups_merge_as_in_a_plain_search(n, genomes, allowance):
    groups = some_groups(n, genomes, seed=n, allowance=allowance)
    forbidden = np.zeros((n, n), bool)
    expected = merged_groups(groups, forbidden)
    assert merge_groups(groups, forbidden).tolist() == expected.tolist()


@pytest.mark.parametrize("seed", range(5))
def test_forbidden_pairs_stay_apart(seed):
    n = 10
    groups = some_groups(n, 2, seed)
    forbidden = np.random.default_rng(seed).random((n, n)) < 0.15
    forbidden |= forbidden.T
    np.fill_diagonal(forbidden, False)
    merged = merge_groups(groups, forbidden)
    assert merged.tolist() == merged_groups(groups, forbidden).tolist()
    assert not (forbidden & (merged[:, None] == merged)).any()


@pytest.mark.parametrize(
    ("x", "allowance", "length", "within", "expected"),
    [
        ([2.0, 0.0], 0.0, 1e6, 1, 2),
        ([2.0, 0.0], 60.0, 1e6, 1, 1),
        ([2.0, 0.0], 60.0, 1e5, 1, 2),  # too short for an allowance
        ([0.0, 2.0], 60.0, 1e6, 1, 2),  # other dimensions have none
        ([2.0, 0.0], 60.0, 1e6, 3, 2),  # separate groups have none
        ([0.0, 0.0], 0.0, 1e5, 1, 1),
    ],
)
def test_an_allowance_is_for_the_composition_of_long_groups(x, allowance, length, within, expected):
    precision = np.full((2, 2), 30.0)
    groups = Groups(
        precision=precision,
        weighted=precision * np.array([x, [0.0, 0.0]]),
        length=np.full(2, length),
        ties=np.array([[within, 1.0], [1.0, within]]),
        between=np.ones(2),
        settled=np.full(2, 0.03),
        composition=1,
        allowance=allowance,
        no_length=1e5,
        full_length=1e6,
        separate=0.75,
    )
    assert len(np.unique(merge_groups(groups, np.zeros((2, 2), bool)))) == expected


def test_arguments_are_left_as_they_are():
    groups = some_groups(8, 1, 3)
    before = [values.copy() for values in groups[:4]]
    assert merge_groups(groups, np.zeros((8, 8), bool)).max() == 0
    assert all(map(np.array_equal, before, groups[:4]))
