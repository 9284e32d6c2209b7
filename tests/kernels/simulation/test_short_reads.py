"""Simulated reads against their genomes, and error rates against those of the model."""

from dataclasses import replace

import numpy as np
import pytest

from readkin.formats.fasta import decode, encode
from readkin.kernels.sequences.sequences import UNKNOWN_BASE
from readkin.kernels.simulation.fragments import (
    Artefacts,
    draw_fragments,
    fragment_shares,
    pool_sequences,
    simulate_block,
)
from readkin.kernels.simulation.short_reads import (
    HIGHEST_QUALITY,
    LOWEST_QUALITY,
    ShortReadModel,
    draw_indels,
    expected_rates,
    read_end,
)

ADAPTERS = ("AGATCGGAAGAGCACACG", "AGATCGGAAGAGCGTCG")
PERFECT = ShortReadModel(
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
ABUNDANCE = np.array([1.0, 4.0, 0.5])
NOISY = replace(PERFECT, read_length=100, substitution_rate_start=0.002, substitution_rate_end=0.05)


@pytest.fixture
def pool():
    random = np.random.default_rng(7)
    sequences = [random.integers(0, 4, n).astype(np.uint8) for n in (3000, 900, 5000)]
    return pool_sequences(sequences, np.array([False, True, False]))


def shares_of(pool, model):
    abundance = ABUNDANCE[: len(pool.length)]
    return fragment_shares(pool.length, abundance, model.expected_bases(pool.length))


def drawn(pool, model, n, seed):
    random = np.random.default_rng(seed)
    return draw_fragments(pool, shares_of(pool, model), model, n, random, Artefacts())


def simulated(pool, model, n, seed):
    """Return the sequence of each fragment, and the reads."""
    random = np.random.default_rng(seed)
    fragments, mates = simulate_block(pool, shares_of(pool, model), model, n, random)
    return fragments.first.sequence, mates


def ends(reads):
    return reads.origin.start + reads.origin.length


def genome_text(pool, genome):
    text = decode(pool.bases[pool.start[genome] :][: pool.length[genome]])
    return text + text if pool.is_circular[genome] else text


def reverse_complement(text):
    return text[::-1].translate(str.maketrans("ACGT", "TGCA"))


def test_perfect_reads_are_slices_of_their_genomes_followed_by_adapter(pool):
    model = replace(PERFECT, fragment_mean=70)  # many fragments shorter than a read
    genomes, mates = simulated(pool, model, 2000, 1)
    with_adapter = over_the_end = 0
    for reads, adapter in zip(mates, ADAPTERS, strict=True):
        for i, genome in enumerate(genomes.tolist()):
            start, end = int(reads.origin.start[i]), int(ends(reads)[i])
            template = genome_text(pool, genome)[start:end]
            template = reverse_complement(template) if reads.origin.is_reverse[i] else template
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
    genomes, (first, second) = simulated(pool, PERFECT, 3000, 2)
    assert np.array_equal(first.origin.is_reverse, ~second.origin.is_reverse)
    left = np.where(first.origin.is_reverse, second.origin.start, first.origin.start)
    right = np.where(first.origin.is_reverse, ends(first), ends(second))
    length = (right - left) % pool.length[genomes]
    assert abs(length.mean() - 150) < 3
    assert abs(length.std() - 30) < 2
    assert 0.45 < first.origin.is_reverse.mean() < 0.55


def test_fragments_follow_abundance_times_length(pool):
    fragments = drawn(pool, PERFECT, 40_000, 3)
    share = np.bincount(fragments.first.sequence) / 40_000
    expected = np.array([3000 * 1.0, 900 * 4.0, 5000 * 0.5]) / (3000 + 3600 + 2500)
    assert np.abs(share - expected).max() < 4 * np.sqrt(0.25 / 40_000)


def test_depth_is_even_on_a_circular_genome_and_decreases_at_the_ends_of_a_linear_one(pool):
    fragments = drawn(pool, PERFECT, 60_000, 4)
    circle = fragments.first.sequence == 1
    counts, _ = np.histogram(fragments.first.start[circle], bins=9, range=(0, 900))
    assert counts.min() > 0.9 * counts.mean()
    ends = (fragments.first.start + fragments.length)[~circle]
    assert (ends <= pool.length[fragments.first.sequence[~circle]]).all()


def test_fragments_are_never_longer_than_their_genome():
    small = pool_sequences([encode("ACGTTGCAAC")], np.array([False]))
    fragments = drawn(small, PERFECT, 50, 5)
    assert set(fragments.length.tolist()) == {10}
    reads = read_end(small, PERFECT, fragments, False, np.random.default_rng(5))
    for bases, is_reverse in zip(reads.bases, reads.origin.is_reverse, strict=True):
        genome = "GTTGCAACGT" if is_reverse else "ACGTTGCAAC"
        assert decode(bases).startswith(genome + ADAPTERS[0])


def errors_of(pool, model, n, seed):
    """Return reads, and which bases differ from perfect reads of the same fragments."""
    fragments = drawn(pool, replace(model, fragment_min=200), n, seed)
    perfect = replace(model, substitution_rate_start=0, substitution_rate_end=0)
    reads, truth = (
        read_end(pool, m, fragments, False, np.random.default_rng(seed)) for m in (model, perfect)
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
    fragments = drawn(pool, model, 3000, 9)
    wrong, right = (
        read_end(pool, m, fragments, False, np.random.default_rng(9)).bases.ravel()
        for m in (model, PERFECT)
    )
    counts = np.bincount(right * 4 + wrong, minlength=16).reshape(4, 4)
    shares = counts / counts.sum(axis=1, keepdims=True)
    assert np.allclose(np.diag(shares), 0.7, atol=0.01)
    assert np.allclose(shares[~np.eye(4, dtype=bool)], 0.1, atol=0.01)


def test_indels_shift_the_rest_of_the_read(pool):
    model = replace(PERFECT, indel_rate=0.02, fragment_min=100)
    fragments = drawn(pool, model, 5000, 10)
    position, is_inserted = draw_indels(model, 5000, np.random.default_rng(11))
    steps = np.diff(position, axis=1, prepend=-1)
    assert np.array_equal(steps == 0, is_inserted)
    assert steps.max() == 2
    assert is_inserted.mean() == pytest.approx(0.01, rel=0.1)
    assert (steps == 2).mean() == pytest.approx(0.01, rel=0.1)
    reads = read_end(pool, model, fragments, False, np.random.default_rng(11))
    assert np.array_equal(reads.origin.length, position[:, -1] + 1)
    for i in range(500):
        sequence = fragments.first.sequence[i]
        text = genome_text(pool, sequence)[reads.origin.start[i] : ends(reads)[i]]
        text = reverse_complement(text) if reads.origin.is_reverse[i] else text
        expected = encode(text)[np.minimum(position[i], len(text) - 1)]
        is_from_genome = ~is_inserted[i]
        assert np.array_equal(reads.bases[i][is_from_genome], expected[is_from_genome])


def test_bases_called_n_have_the_lowest_quality(pool):
    model = replace(NOISY, n_rate=0.01, n_run_fraction=0.1)
    _, mates = simulated(pool, model, 20_000, 12)
    is_n = mates[1].bases == UNKNOWN_BASE
    assert (mates[1].qualities[is_n] == LOWEST_QUALITY).all()
    with_run = is_n.mean(axis=1) > 0.1  # single Ns are 1 % of the bases
    assert 0.07 < with_run.mean() < 0.1  # some runs are short
    assert is_n[~with_run].mean() == pytest.approx(0.01, rel=0.1)


def test_n_in_a_genome_is_n_in_the_read():
    genome = encode("N" * 200)
    pool = pool_sequences([genome], np.array([False]))
    _, mates = simulated(pool, replace(NOISY, fragment_min=150), 20, 13)
    assert all((reads.bases == UNKNOWN_BASE).all() for reads in mates)


def test_single_reads_are_one_per_fragment(pool):
    model = replace(NOISY, is_paired=False)
    genomes, mates = simulated(pool, model, 10, 14)
    assert len(genomes) == 10
    assert [reads.bases.shape for reads in mates] == [(10, 100)]
