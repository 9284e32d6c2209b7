"""Posteriors are those of the model."""

import numpy as np
import pytest

from readkin.kernels.likelihood.posterior import GroupModel, Votes, place_pieces
from support.naive_likelihood import posterior


def no_votes(n):
    return Votes(np.zeros(n + 1, np.int64), np.zeros(0, np.int64), np.zeros(0))


def model(groups, dims, depth, seed):
    rng = np.random.default_rng(seed)
    between = rng.uniform(0.5, 4, dims)
    return GroupModel(
        genomes=groups,
        mean=rng.normal(0, np.sqrt(between), (groups, dims)),
        spread=rng.uniform(0.01, 0.1, (groups, dims)),
        log_prior=np.log(rng.dirichlet(np.ones(groups)) * 0.98),
        between=between,
        log_outside=np.log(0.02),
        depth=depth,
    )


@pytest.mark.parametrize(("groups", "depth"), [(4, 2), (1, 0), (6, -1)])
def test_posteriors_are_those_of_the_model(groups, depth):
    known = model(groups, 4, depth, seed=groups)
    rng = np.random.default_rng(2)
    n = 25
    x, noise = rng.normal(0, 1.5, (n, 4)), rng.uniform(0.1, 1, (n, 4))
    outlying, given = rng.choice([0.0, 0.05, 1.0], n), rng.integers(-1, groups, n)
    indptr = np.concatenate([[0], np.cumsum(rng.integers(0, 3, n))])
    genome, log_odds = rng.integers(0, groups, indptr[-1]), rng.normal(0, 2, indptr[-1])
    found = place_pieces(x, noise, outlying, given, Votes(indptr, genome, log_odds), known)
    for i in range(n):
        votes = np.zeros(groups)
        np.add.at(votes, genome[indptr[i] : indptr[i + 1]], log_odds[indptr[i] : indptr[i + 1]])
        prior = known._replace(log_prior=known.log_prior + votes)
        p = posterior(x[i], noise[i], outlying[i], prior)
        order = np.argsort(-p[:-1])
        assert found.first[i] == order[0]
        assert found.second[i] == (order[1] if groups > 1 else -1)
        assert np.isclose(found.p_first[i], p[order[0]])
        assert np.isclose(found.p_second[i], p[order[1]] if groups > 1 else 0)
        assert np.isclose(found.p_outside[i], p[-1])
        assert np.isclose(found.p_given[i], p[given[i]] if given[i] >= 0 else 0)


def test_ties_go_to_the_smaller_number():
    known = model(3, 2, -1, seed=1)
    same = known._replace(
        mean=np.zeros((3, 2)), spread=np.ones((3, 2)), log_prior=np.full(3, np.log(0.3))
    )
    found = place_pieces(
        np.zeros((1, 2)), np.ones((1, 2)), np.zeros(1), np.full(1, -1), no_votes(1), same
    )
    assert (found.first[0], found.second[0]) == (0, 1)


def test_a_piece_in_many_copies_is_not_drawn_to_a_deep_genome():
    """Composition decides between a genome of its composition and one of its depth."""
    known = GroupModel(
        genomes=2,
        mean=np.array([[2.0, 0.0], [-2.0, np.log(8)]]),
        spread=np.full((2, 2), 0.01),
        log_prior=np.log([0.49, 0.49]),
        between=np.ones(2),
        log_outside=np.log(0.02),
        depth=1,
    )
    x, noise = np.array([[2.0, np.log(8)]]), np.array([[0.5, 0.05]])
    for outlying, expected in ((0.0, 1), (0.05, 0), (1.0, 0)):
        found = place_pieces(x, noise, np.array([outlying]), np.full(1, -1), no_votes(1), known)
        assert found.first[0] == expected


def test_pieces_are_placed_in_genomes_only():
    """Other groups take their part of the probability, but no piece."""
    known = model(4, 3, -1, seed=9)
    rng = np.random.default_rng(3)
    x, noise = rng.normal(0, 1.5, (40, 3)), rng.uniform(0.1, 1, (40, 3))
    arguments = (x, noise, np.zeros(40), np.full(40, -1), no_votes(40))
    found = place_pieces(*arguments, known._replace(genomes=2))
    everywhere = place_pieces(*arguments, known)
    assert set(found.first) == {0, 1}
    assert (everywhere.first > 1).any()
    same = everywhere.first < 2
    assert np.allclose(found.p_first[same], everywhere.p_first[same])
    assert np.allclose(found.p_outside, everywhere.p_outside)
