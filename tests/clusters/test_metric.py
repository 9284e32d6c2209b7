"""Metrics are estimated from genomes, and learned again from clusters."""

import numpy as np
import pytest

from data.make_metric import metric_of_genomes
from readkin.clusters.metric import (
    STRETCH,
    STRETCHES_BEFORE,
    coordinates,
    learned_metric,
    variance_of_length,
)
from readkin.formats.metric import read_metric
from readkin.kernels.composition.counts import tetranucleotide_counts
from support.simulated_pieces import random_genome


@pytest.fixture(scope="module")
def genomes():
    rng = np.random.default_rng(1)
    return [random_genome(250_000, rng) for _ in range(5)]


def chunks(genome, length):
    starts = np.arange(0, len(genome) - length + 1, length)
    return tetranucleotide_counts(genome, starts, starts + length)


def test_axes_make_both_covariances_diagonal(genomes):
    metric = metric_of_genomes(genomes)
    assert np.isclose(metric.background.sum(), 1)
    between = metric.axes.T @ metric.between @ metric.axes
    assert np.allclose(between, np.diag(metric.variance), atol=1e-6)
    ridge = 0.01 * np.trace(metric.within) / 136
    within = metric.axes.T @ (metric.within + ridge * np.eye(136)) @ metric.axes
    assert np.allclose(within, np.eye(len(metric.variance)), atol=1e-6)
    assert (np.diff(metric.variance) <= 0).all()
    assert metric.genomes == 5


def test_stretches_vary_as_declared(genomes):
    """The variance of stretches of the defining length is 1 along each axis."""
    metric = metric_of_genomes(genomes)
    spread = [
        coordinates(chunks(genome, STRETCH), metric, metric.background).var(axis=0)
        for genome in genomes
    ]
    assert np.allclose(np.mean(spread, axis=0), 1, atol=0.15)
    assert variance_of_length(np.array([STRETCH]))[0] == 1
    assert np.isclose(variance_of_length(np.array([2 * STRETCH]))[0], 2**-0.8)


def test_learning_mixes_by_number_of_stretches(genomes):
    start = read_metric()
    counts = np.concatenate([chunks(genome, STRETCH) for genome in genomes])
    cluster = np.repeat(np.arange(5), len(chunks(genomes[0], STRETCH)))
    length = counts.sum(axis=1).astype(float)
    metric = learned_metric(start, counts, length, cluster)
    assert metric.genomes == start.genomes + 5
    only = metric_of_genomes(genomes)
    scale = np.sqrt(start.background / only.background)
    excess = only.within / np.outer(scale, scale)
    n = len(counts)
    expected = (STRETCHES_BEFORE * start.within + n * excess) / (STRETCHES_BEFORE + n)
    assert np.allclose(metric.within, expected, atol=0.02 * np.abs(expected).max())


@pytest.mark.parametrize("clusters", [[-1, -1], [0, 0], [0, 1]])
def test_too_little_teaches_nothing(clusters):
    start = read_metric()
    counts = np.ones((2, 136), np.int32)
    same = learned_metric(start, counts, np.array([1e4, 1e4]), np.array(clusters))
    assert same is start
