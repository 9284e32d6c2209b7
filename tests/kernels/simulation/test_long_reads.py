"""Long reads: lengths, error rates and their qualities, and agreement with the origins."""

from dataclasses import replace

import numpy as np
import pytest
from parasail import dnafull, sg_stats_striped_16  # an alignment that is not readkin's

from readkin.formats.fasta import decode
from readkin.kernels.simulation.fragments import (
    Artefacts,
    fragment_shares,
    pool_sequences,
    simulate_block,
)
from readkin.kernels.simulation.long_reads import LongReadModel

PERFECT = LongReadModel(
    read_length=700,
    read_length_sd=300,
    read_length_min=50,
    error_rate=0,
    error_mix=(1.0, 1.0, 1.0),
    error_noise_sd=0.5,
    highest_quality=60,
)


@pytest.fixture
def pool():
    random = np.random.default_rng(7)
    sequences = [random.integers(0, 4, n).astype(np.uint8) for n in (5000, 300, 9000)]
    return pool_sequences(sequences, np.array([False, True, True]))


def simulated(pool, model, n, seed, artefacts=None):
    copies = np.array([1.0, 6.0, 0.5])
    shares = fragment_shares(pool.length, copies, model.expected_bases(pool.length))
    random = np.random.default_rng(seed)
    fragments, (reads,) = simulate_block(pool, shares, model, n, random, artefacts)
    return fragments, reads


def read_texts(reads):
    ends = np.cumsum(reads.length)
    text = decode(reads.bases)
    assert len(text) == len(reads.qualities) == ends[-1]
    return [text[end - length : end] for end, length in zip(ends, reads.length, strict=True)]


def text_of(pool, parts, i):
    """Return the bases of a part in the direction of reading."""
    sequence, start, length, is_reverse = (column[i] for column in parts)
    bases = pool.bases[pool.start[sequence] :][: pool.length[sequence]]
    assert pool.is_circular[sequence] or start + length <= len(bases)
    text = decode(np.concatenate([bases, bases])[start : start + length])
    return text[::-1].translate(str.maketrans("ACGT", "TGCA")) if is_reverse else text


def test_perfect_reads_are_what_their_origins_say(pool):
    _, reads = simulated(pool, PERFECT, 800, 1, Artefacts(chimera_fraction=0.2))
    assert (reads.qualities == 60).all()
    chimeric = 0
    for i, text in enumerate(read_texts(reads)):
        origin, offset = text_of(pool, reads.origin, i), int(reads.offset[i])
        assert text[offset:].startswith(origin)
        if reads.other.length[i]:
            other = text_of(pool, reads.other, i)
            assert text == (other + origin if offset else origin + other)
            chimeric += 1
        else:
            assert text == origin
    assert chimeric > 100
    assert (reads.origin.start + reads.origin.length > 300)[reads.origin.sequence == 1].any()


def test_lengths_follow_the_model_up_to_that_of_the_sequence(pool):
    fragments, reads = simulated(pool, PERFECT, 4000, 2)
    length = reads.length[fragments.first.sequence != 1]
    assert length.mean() == pytest.approx(700, rel=0.03)
    assert length.std() == pytest.approx(300, rel=0.05)
    assert reads.length.min() >= 50
    assert reads.length[fragments.first.sequence == 1].max() == 300
    model = replace(PERFECT, read_length_sd=0)
    assert set(simulated(pool, model, 50, 2)[1].length.tolist()) <= {700, 300}


def test_expected_bases_give_equal_depth_to_sequences_shorter_than_a_read(pool):
    fragments, reads = simulated(pool, PERFECT, 20_000, 3)
    bases = np.bincount(fragments.first.sequence, reads.length)
    depth = bases / pool.length / np.array([1.0, 6.0, 0.5])
    assert depth / depth.mean() == pytest.approx(np.ones(3), rel=0.05)
    expected = PERFECT.expected_bases(pool.length)
    assert bases / np.bincount(fragments.first.sequence) == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("rate", [0.001, 0.01, 0.1])
def test_error_rate_and_qualities(pool, rate):
    """Substitutions, insertions and deletions are counted by aligning reads with their origins."""
    model = replace(PERFECT, error_rate=rate, error_mix=(2.0, 1.0, 1.0), read_length_sd=100)
    _, reads = simulated(pool, model, 400, 4)
    edits = aligned = 0
    for i, text in enumerate(read_texts(reads)):
        origin = text_of(pool, reads.origin, i)
        result = sg_stats_striped_16(text, origin, 5, 2, dnafull)
        aligned += len(origin)
        edits += result.length - result.matches
    assert edits / aligned == pytest.approx(rate, rel=0.15)
    stated = (10.0 ** (-reads.qualities.astype(float) / 10)).mean()
    assert stated == pytest.approx(rate, rel=0.1)


@pytest.mark.parametrize(
    ("mix", "change"), [((1.0, 0.0, 0.0), 0), ((0.0, 1.0, 0.0), 1), ((0.0, 0.0, 1.0), -1)]
)
def test_kinds_of_errors(pool, mix, change):
    model = replace(PERFECT, error_rate=0.05, error_mix=mix, error_noise_sd=0)
    _, reads = simulated(pool, model, 300, 5)
    longer = (reads.length - reads.origin.length).sum() / reads.origin.length.sum()
    assert longer == pytest.approx(0.05 * change, rel=0.1)
    if not change:
        wrong = total = 0
        for i, text in enumerate(read_texts(reads)):
            origin = text_of(pool, reads.origin, i)
            wrong += sum(a != b for a, b in zip(text, origin, strict=True))
            total += len(text)
        assert wrong / total == pytest.approx(0.05, rel=0.1)


def test_no_read_is_empty():
    pool = pool_sequences([np.zeros(1, np.uint8)], np.array([False]))
    model = replace(PERFECT, error_rate=0.3, error_mix=(0.0, 0.0, 1.0))
    _, (reads,) = simulate_block(pool, np.ones(1), model, 50, np.random.default_rng(1))
    assert set(reads.length.tolist()) == {1}


def test_duplicates_have_errors_of_their_own(pool):
    model = replace(PERFECT, error_rate=0.05)
    fragments, reads = simulated(pool, model, 300, 6, Artefacts(duplicate_fraction=0.5))
    texts = read_texts(reads)
    copies = np.flatnonzero(fragments.original != np.arange(300))
    assert len(copies) > 100
    assert all(texts[i] != texts[fragments.original[i]] for i in copies)
