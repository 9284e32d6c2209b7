"""Simulated reads against their genomes, and error rates against those of the model."""

from dataclasses import replace

import numpy as np
import pytest

from readkin.formats.fasta import decode, encode
from readkin.kernels.sequences.sequences import UNKNOWN_BASE
from readkin.kernels.simulation import (
    HIGHEST_QUALITY,
    LOWEST_QUALITY,
    SequencingModel,
    draw_fragments,
    draw_indels,
    expected_rates,
    pool_genomes,
    read_fragments,
    simulate_block,
)

ADAPTERS = ("AGATCGGAAGAGCACACG", "AGATCGGAAGAGCGTCG")
PERFECT = SequencingModel(
    read_length=60,
    is_paired=True,
    fragment_mean=150,
    fragment_sd=30,
    fragment_min=20,
    substitution_rate_start=0,
    substitution_rate_end=0,
    error_noise_sd=0.5,
    indel_rate=0,
    n_rate=0,
    n_run_fraction=0,
    adapters=(encode(ADAPTERS[0]), encode(ADAPTERS[1])),
)
NOISY = replace(PERFECT, read_length=100, substitution_rate_start=0.002, substitution_rate_end=0.05)


@pytest.fixture
def pool():
    random = np.random.default_rng(7)
    sequences = [random.integers(0, 4, n).astype(np.uint8) for n in (3000, 900, 5000)]
    return pool_genomes(sequences, np.array([1.0, 4.0, 0.5]), np.array([False, True, False]))


def genome_text(pool, genome):
    text = decode(pool.bases[pool.start[genome] :][: pool.length[genome]])
    return text + text if pool.is_circular[genome] else text


def reverse_complement(text):
    return text[::-1].translate(str.maketrans("ACGT", "TGCA"))


def test_perfect_reads_are_slices_of_their_genomes_followed_by_adapter(pool):
    model = replace(PERFECT, fragment_mean=70)  # many fragments shorter than a read
    genomes, mates = simulate_block(pool, model, 2000, np.random.default_rng(1))
    with_adapter = over_the_end = 0
    for reads, adapter in zip(mates, ADAPTERS, strict=True):
        for i, genome in enumerate(genomes.tolist()):
            start, end = int(reads.start[i]), int(reads.end[i])
            template = genome_text(pool, genome)[start:end]
            template = reverse_complement(template) if reads.is_reverse[i] else template
            expected = (template + adapter + "G" * 60)[:60]
            assert decode(reads.bases[i]) == expected
            assert 0 <= start < pool.length[genome]
            assert pool.is_circular[genome] or end <= pool.length[genome]
            with_adapter += end - start < 60
            over_the_end += end > pool.length[genome]
    assert with_adapter > 500
    assert over_the_end > 20
    assert (mates[0].qualities == HIGHEST_QUALITY).all()


def test_mates_face_each_other_within_a_fragment(pool):
    genomes, (first, second) = simulate_block(pool, PERFECT, 3000, np.random.default_rng(2))
    assert np.array_equal(first.is_reverse, ~second.is_reverse)
    left = np.where(first.is_reverse, second.start, first.start)
    right = np.where(first.is_reverse, first.end, second.end)
    length = (right - left) % pool.length[genomes]
    assert abs(length.mean() - 150) < 3
    assert abs(length.std() - 30) < 2
    assert 0.45 < first.is_reverse.mean() < 0.55


def test_fragments_follow_abundance_times_length(pool):
    fragments = draw_fragments(pool, PERFECT, 40_000, np.random.default_rng(3))
    share = np.bincount(fragments.genome) / 40_000
    expected = np.array([3000 * 1.0, 900 * 4.0, 5000 * 0.5]) / (3000 + 3600 + 2500)
    assert np.abs(share - expected).max() < 4 * np.sqrt(0.25 / 40_000)


def test_depth_is_even_on_a_circular_genome_and_decreases_at_the_ends_of_a_linear_one(pool):
    fragments = draw_fragments(pool, PERFECT, 60_000, np.random.default_rng(4))
    circle = fragments.genome == 1
    counts, _ = np.histogram(fragments.start[circle], bins=9, range=(0, 900))
    assert counts.min() > 0.9 * counts.mean()
    ends = (fragments.start + fragments.length)[~circle]
    assert (ends <= pool.length[fragments.genome[~circle]]).all()


def test_fragments_are_never_longer_than_their_genome():
    small = pool_genomes([encode("ACGTTGCAAC")], np.ones(1), np.array([False]))
    fragments = draw_fragments(small, PERFECT, 50, np.random.default_rng(5))
    assert set(fragments.length) == {10}
    reads = read_fragments(small, PERFECT, fragments, False, np.random.default_rng(5))
    for bases, is_reverse in zip(reads.bases, reads.is_reverse, strict=True):
        genome = "GTTGCAACGT" if is_reverse else "ACGTTGCAAC"
        assert decode(bases).startswith(genome + ADAPTERS[0])


def errors_of(pool, model, n, seed):
    """Return reads, and which bases differ from perfect reads of the same fragments."""
    fragments = draw_fragments(
        pool, replace(model, fragment_min=200), n, np.random.default_rng(seed)
    )
    perfect = replace(model, substitution_rate_start=0, substitution_rate_end=0)
    reads, truth = (
        read_fragments(pool, m, fragments, False, np.random.default_rng(seed))
        for m in (model, perfect)
    )
    return reads, reads.bases != truth.bases


def test_error_rate_increases_along_the_read_as_in_the_model(pool):
    _, is_wrong = errors_of(pool, NOISY, 30_000, 6)
    rates = is_wrong.mean(axis=0)
    expected = expected_rates(NOISY)
    assert expected[0] == pytest.approx(0.002)
    assert expected[-1] == pytest.approx(0.05)
    tenths = rates.reshape(10, 10).mean(axis=1), expected.reshape(10, 10).mean(axis=1)
    assert np.abs(tenths[0] / tenths[1] - 1).max() < 0.1


def test_qualities_are_calibrated(pool):
    reads, is_wrong = errors_of(pool, NOISY, 30_000, 8)
    checked = 0
    for quality in range(LOWEST_QUALITY, HIGHEST_QUALITY):
        errors = is_wrong[reads.qualities == quality]
        expected = 10 ** (-quality / 10)
        if errors.sum() > 400:  # so that 20 % are four standard errors
            checked += 1
            assert errors.mean() == pytest.approx(expected, rel=0.2)
    assert checked > 10


def test_substitutions_reach_all_three_other_bases(pool):
    model = replace(
        PERFECT, substitution_rate_start=0.3, substitution_rate_end=0.3, error_noise_sd=0
    )
    fragments = draw_fragments(pool, model, 3000, np.random.default_rng(9))
    wrong, right = (
        read_fragments(pool, m, fragments, False, np.random.default_rng(9)).bases.ravel()
        for m in (model, PERFECT)
    )
    counts = np.bincount(right * 4 + wrong, minlength=16).reshape(4, 4)
    shares = counts / counts.sum(axis=1, keepdims=True)
    assert np.allclose(np.diag(shares), 0.7, atol=0.01)
    assert np.allclose(shares[~np.eye(4, dtype=bool)], 0.1, atol=0.01)


def test_indels_shift_the_rest_of_the_read(pool):
    model = replace(PERFECT, indel_rate=0.02, fragment_min=100)
    fragments = draw_fragments(pool, model, 5000, np.random.default_rng(10))
    position, is_inserted = draw_indels(model, 5000, np.random.default_rng(11))
    steps = np.diff(position, axis=1, prepend=-1)
    assert np.array_equal(steps == 0, is_inserted)
    assert steps.max() == 2
    assert is_inserted.mean() == pytest.approx(0.01, rel=0.1)
    assert (steps == 2).mean() == pytest.approx(0.01, rel=0.1)
    reads = read_fragments(pool, model, fragments, False, np.random.default_rng(11))
    assert np.array_equal(reads.end - reads.start, position[:, -1] + 1)
    for i in range(500):
        text = genome_text(pool, fragments.genome[i])[reads.start[i] : reads.end[i]]
        text = reverse_complement(text) if reads.is_reverse[i] else text
        expected = encode(text)[np.minimum(position[i], len(text) - 1)]
        is_from_genome = ~is_inserted[i]
        assert np.array_equal(reads.bases[i][is_from_genome], expected[is_from_genome])


def test_bases_called_n_have_the_lowest_quality(pool):
    model = replace(NOISY, n_rate=0.01, n_run_fraction=0.1)
    _, mates = simulate_block(pool, model, 20_000, np.random.default_rng(12))
    is_n = mates[1].bases == UNKNOWN_BASE
    assert (mates[1].qualities[is_n] == LOWEST_QUALITY).all()
    with_run = is_n.mean(axis=1) > 0.1  # single Ns are 1 % of the bases
    assert 0.07 < with_run.mean() < 0.1  # some runs are short
    assert is_n[~with_run].mean() == pytest.approx(0.01, rel=0.1)


def test_n_in_a_genome_is_n_in_the_read():
    genome = encode("N" * 200)
    pool = pool_genomes([genome], np.ones(1), np.array([False]))
    _, mates = simulate_block(pool, replace(NOISY, fragment_min=150), 20, np.random.default_rng(13))
    assert all((reads.bases == UNKNOWN_BASE).all() for reads in mates)


def test_single_reads_are_one_per_fragment(pool):
    model = replace(NOISY, is_paired=False)
    genomes, mates = simulate_block(pool, model, 10, np.random.default_rng(14))
    assert len(genomes) == 10
    assert [reads.bases.shape for reads in mates] == [(10, 100)]
