"""Genomes of simulated communities are found, and every odd input has a sensible answer."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from readkin.clusters.communities import Features, summed_evidence
from readkin.clusters.genomes import GenomeRules, find_genomes
from readkin.clusters.profiles import piece_profiles
from readkin.formats.metric import read_metric
from support.simulated_pieces import Stretch, cut, pieces_of, random_genome

RULES = GenomeRules()
ARRAYS = (
    *("cluster", "confidence", "second", "second_confidence"),
    *("strain", "strain_confidence", "copy_number"),
)


def community(depths, seed=1, length=250_000, **arguments):
    rng = np.random.default_rng(seed)
    stretches = []
    for number, depth in enumerate(depths):
        stretches += cut(random_genome(length, rng), number, depth, rng, **arguments)
    return pieces_of(stretches, rng)


def found(simulated, rules=RULES, threads=1):
    samples = int(simulated.sample.max()) + 1
    return find_genomes(simulated.pieces, simulated.sample, samples, rules, read_metric(), threads)


def assert_same(one, other):
    for name in ARRAYS:
        assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True), name
    assert one.evidence == other.evidence
    assert np.array_equal(one.metric.axes, other.metric.axes)


def assert_consistent(genomes, pieces):
    """Check what holds for every answer."""
    reads = np.bincount(genomes.cluster + 1, weights=pieces.n_reads)[1:]
    assert (np.diff(reads) <= 0).all()
    assert (reads > 0).all()
    assert ((genomes.cluster < 0) == np.isnan(genomes.copy_number)).all()
    assert (genomes.confidence[genomes.cluster < 0] == 0).all()
    total = genomes.confidence + genomes.second_confidence
    assert ((total >= 0) & (total <= 1 + 1e-6)).all()
    assert (genomes.second != genomes.cluster)[genomes.second >= 0].all()
    assert (genomes.strain[genomes.cluster < 0] == 0).all()
    assert ((genomes.strain == 0) == (genomes.strain_confidence == 0)).all()


def test_genomes_of_different_composition_are_apart():
    simulated = community([(8.0,)] * 4)
    genomes = found(simulated)
    assert_consistent(genomes, simulated.pieces)
    assert genomes.n_clusters == 4
    reads = genomes.cluster[simulated.pieces.piece]
    assert adjusted_rand_score(simulated.genome_of_reads(), reads) > 0.97
    sure = genomes.confidence > 0.95
    assert sure.mean() > 0.8
    assert adjusted_rand_score(simulated.genome[sure], genomes.cluster[sure]) > 0.99
    assert genomes.metric.genomes == read_metric().genomes + 4


@pytest.mark.parametrize("n", [0, 1, 3])
def test_sums_are_in_the_order_for_which_kernels_are_compiled(n):
    """A second order would be compiled, too, as soon as there is more than one genome."""
    rng = np.random.default_rng(1)
    features = Features(x=rng.normal(size=(n, 5)), noise=np.full((n, 5), 0.5), between=np.ones(5))
    precision, weighted = summed_evidence(features, np.arange(n), n)
    assert np.array_equal(precision, 1 / features.noise)
    assert np.array_equal(weighted, features.x / features.noise)
    assert all(sums.flags.c_contiguous and sums.shape == (n, 5) for sums in (precision, weighted))


def test_one_answer_for_two_runs_and_any_number_of_threads():
    simulated = community([(4.0, 1.0), (2.0, 9.0), (12.0, 3.0)])
    with threadpool_limits(1, user_api="blas"):
        first = found(simulated)
    with threadpool_limits(2, user_api="blas"):
        assert_same(first, found(simulated))
        assert_same(first, found(simulated, threads=3))


def test_samples_separate_genomes_of_one_composition():
    rng = np.random.default_rng(3)
    genome = random_genome(600_000, rng)
    stretches = cut(genome[:300_000], 0, (9.0, 1.0, 4.0), rng)
    stretches += cut(genome[300_000:], 1, (1.0, 9.0, 4.0), rng)
    simulated = pieces_of(stretches, rng)
    genomes = found(simulated)
    reads = genomes.cluster[simulated.pieces.piece]
    assert adjusted_rand_score(simulated.genome_of_reads(), reads) > 0.97


def test_short_pieces_follow_the_genomes_of_the_long_ones():
    simulated = community([(20.0,), (20.0,)], mean_bp=4000, least_bp=200)
    genomes = found(simulated)
    short = (simulated.pieces.span < 1000) & (genomes.confidence >= 0.8)
    assert short.sum() > 5
    major = [np.bincount(simulated.genome[genomes.cluster == c]).argmax() for c in (0, 1)]
    assert (np.array(major)[genomes.cluster[short]] == simulated.genome[short]).mean() > 0.9


def test_sequence_in_many_copies_is_not_placed_by_depth():
    rng = np.random.default_rng(5)
    genomes = [random_genome(400_000, rng) for _ in range(2)]
    stretches = cut(genomes[0][:-20_000], 0, (5.0,), rng) + cut(genomes[1], 1, (40.0,), rng)
    stretches += [Stretch(genomes[0][-20_000 + i : -15_000 + i], (40.0,), 0) for i in (0, 7000)]
    simulated = pieces_of(stretches, rng)
    answer = found(simulated)
    copies = np.flatnonzero((simulated.genome == 0) & (simulated.pieces.depth > 20))
    shallow = np.bincount(answer.cluster[simulated.genome == 0]).argmax()
    assert (answer.cluster[copies] == shallow).all()
    assert np.allclose(answer.copy_number[copies], 8, rtol=0.2)


@pytest.mark.parametrize("rounds", [0, 1, 3])
def test_a_genome_alone_is_one_cluster(rounds):
    simulated = community([(6.0,)])
    genomes = found(simulated, replace(RULES, rounds=rounds))
    assert_consistent(genomes, simulated.pieces)
    assert genomes.n_clusters == 1
    assert (genomes.cluster[simulated.pieces.span > 1000] == 0).all()
    assert genomes.evidence == []


def test_a_host_does_not_hide_the_others():
    rng = np.random.default_rng(8)
    host, guest = random_genome(1_200_000, rng), random_genome(80_000, rng)
    stretches = cut(host, 0, (4.0,), rng) + cut(guest, 1, (4.0,), rng)
    simulated = pieces_of(stretches, rng)
    genomes = found(simulated)
    assert_consistent(genomes, simulated.pieces)
    guests = simulated.genome_of_reads() == 1
    rare = genomes.cluster[simulated.pieces.piece][guests]
    assert (rare == np.bincount(rare).argmax()).mean() > 0.9
    assert np.bincount(rare).argmax() > 0


@pytest.mark.parametrize("n", [1, 2, 10_000])
def test_reads_without_kin_have_no_cluster(n):
    rng = np.random.default_rng(n)
    stretches = [Stretch(rng.integers(0, 4, 150).astype(np.uint8), (0.5,), i) for i in range(n)]
    simulated = pieces_of(stretches, rng)
    genomes = found(simulated)
    without_kin = piece_profiles(simulated.pieces, np.zeros(len(simulated.pieces.piece), int), 1)
    without_kin = without_kin.fragments.sum(axis=1) <= 1
    assert without_kin.mean() > 0.5
    assert (genomes.cluster[without_kin] == -1).all()
    assert (genomes.second == -1).all()
    assert np.isnan(genomes.copy_number[without_kin]).all()
    assert genomes.n_clusters == np.count_nonzero(~without_kin)


def test_pieces_without_known_bases_are_harmless():
    simulated = community([(6.0,), (6.0,)], length=80_000)
    consensus = simulated.pieces.consensus.copy()
    consensus[-3000:] = 4
    genomes = found(simulated._replace(pieces=replace(simulated.pieces, consensus=consensus)))
    assert_consistent(genomes, simulated.pieces)
