"""Sums over tetranucleotides, and the likelihood that two pieces are of one genome."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from readkin.kernels.layout.composition import (
    DECAY,
    LEAST_BP,
    STRETCH_BP,
    composition_sums,
    count_codes,
    same_genome_likelihood,
)
from readkin.kernels.layout.residues import pack_residues

DIMS = 11  # eight at a time, and a rest
BASES = st.lists(st.integers(0, 4), max_size=30)


@given(st.lists(BASES, max_size=4))
def test_sums_are_those_of_known_words(reads):
    axes = np.random.default_rng(1).normal(size=(256, DIMS)).astype(np.float32)
    bases = np.array([base for read in reads for base in read], np.uint8)
    offsets = np.cumsum([0, *map(len, reads)]).astype(np.int64)
    sums = composition_sums(residues_of(bases), offsets, axes)
    for read, found in zip(reads, sums, strict=True):
        words = [read[i : i + 4] for i in range(len(read) - 3)]
        codes = [int("".join(map(str, word)), 4) for word in words if max(word) < 4]
        assert found == pytest.approx(axes[codes].sum(axis=0), abs=1e-4)


def residues_of(bases):
    return pack_residues(np.array(bases, np.uint8), np.full(len(bases), 30, np.uint8))


@given(BASES)
def test_codes_are_those_of_known_words(bases):
    words = [bases[i : i + 4] for i in range(len(bases) - 3)]
    expected = np.zeros(256, int)
    for word in words:
        if max(word) < 4:
            expected[int("".join(map(str, word)), 4)] += 1
    assert count_codes(residues_of(bases)).tolist() == expected.tolist()


@given(*[st.floats(-5, 5)] * 2, *[st.integers(LEAST_BP, 50_000)] * 2, st.floats(0.1, 30))
def test_likelihood_ratio_is_that_of_normal_distributions(a, b, bp_a, bp_b, between):
    noise = [(bp / STRETCH_BP) ** -DECAY for bp in (bp_a, bp_b)]
    apart = np.diag(noise) + between * np.eye(2)
    together = np.diag(noise) + between
    expected = multivariate_normal(cov=together).logpdf([a, b]) - multivariate_normal(
        cov=apart
    ).logpdf([a, b])
    sums = np.array([[a * 100], [b * 50]])
    found = same_genome_likelihood(
        sums[0], 100.0, float(bp_a), sums[1], 50.0, float(bp_b), np.array([between])
    )
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_short_pieces_have_no_composition():
    far = np.array([1e6]), np.array([-1e6])
    assert same_genome_likelihood(far[0], 1.0, LEAST_BP - 1.0, far[1], 1.0, 1e4, far[0]) == 0
