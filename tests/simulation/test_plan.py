"""Numbers of fragments and abundances of samples."""

from dataclasses import dataclass

import numpy as np
import pytest

from readkin.errors import UsageError
from readkin.formats.community import Community, Genome, GenomeSequence
from readkin.simulation.plan import (
    Amount,
    evenly,
    fragments_for_coverage,
    fragments_for_depths,
    fragments_of_units,
    sample_abundances,
    sequence_copies,
)


@dataclass
class TenBases:
    """Platform that reads ten bases, or all of a shorter sequence."""

    def expected_bases(self, length):
        return np.minimum(length, 10.0)


LENGTH = np.array([1000, 200, 5000])


def sequence(name, copies):
    return GenomeSequence(name, np.zeros(5, np.uint8), False, copies)


def community(samples, *abundances):
    genomes = (
        Genome("a", (sequence("a1", 1.0), sequence("a2", 12.0)), abundances[0]),
        Genome("b", (sequence("b1", 1.0),), abundances[1]),
    )
    return Community(genomes, samples)


def test_abundances_follow_the_order_of_the_samples():
    table = community(("s", "t"), (1.0, 0.0), (2.0, 5.0))
    assert sample_abundances(table, ["t", "s"], 0, 1).tolist() == [[0, 5], [1, 2]]
    one_for_all = community((), (1.0,), (2.0,))
    abundances = sample_abundances(one_for_all, ["x", "y", "z"], 0, 1)
    assert abundances.tolist() == [[1, 2]] * 3
    assert sequence_copies(one_for_all, abundances).tolist() == [[1, 12, 2]] * 3


def test_noise_of_abundances_is_log_normal_and_seeded():
    table = community((), (1.0,), (2.0,))
    names = [f"s{i}" for i in range(2000)]
    factors = np.log(sample_abundances(table, names, 0.8, 7) / [1, 2])
    assert factors.std(axis=0) == pytest.approx([0.8, 0.8], rel=0.1)
    assert factors.mean(axis=0) == pytest.approx([0, 0], abs=0.1)
    assert np.corrcoef(factors.T)[0, 1] == pytest.approx(0, abs=0.1)
    same, other = (np.log(sample_abundances(table, names, 0.8, seed) / [1, 2]) for seed in (7, 8))
    assert np.array_equal(same, factors)
    assert not np.array_equal(other, factors)


def test_fragments_for_a_mean_depth():
    expected = np.full(3, 300.0)
    assert fragments_for_coverage(3, LENGTH, np.ones((1, 3)), expected) == 62
    short = np.array([300.0, 200.0, 300.0])  # half of the fragments are from the short sequence
    copies = np.array([[0.3, 1.0, 0.0]])
    assert fragments_for_coverage(1, LENGTH, copies, short) == np.ceil(6200 / 250)


def test_fragments_for_depths_of_sequences():
    depths = np.array([[3.0, 0.0, 6.0], [0.0, 30.0, 0.0]])
    assert fragments_for_depths(LENGTH, depths, np.array([300.0, 200.0, 300.0])) == [110, 30]


def test_even_distribution():
    assert evenly(10, 4) == [2, 3, 2, 3]
    assert sum(evenly(2001, 7)) == 2001


@pytest.mark.parametrize(
    ("amount", "fragments"),
    [
        (Amount(fragments=9, coverage=None), [3, 3, 3]),
        (Amount(fragments=None, coverage=4), [4, 4, 4]),  # of 15 bases
        (Amount(fragments=None, coverage=None), [49, 16, 50]),  # sample 0: 99 copies, sample 1: 16
    ],
)
def test_fragments_of_units(amount, fragments):
    table = community((), (1.0,), (2.0,))
    abundances = np.array([[6.0, 21.0], [1.0, 3.0]])
    assert fragments_of_units(table, abundances, [0, 1, 0], TenBases(), amount) == fragments


def test_a_unit_without_fragments_is_refused():
    table = community((), (1.0,), (2.0,))
    amount = Amount(None, None)
    with pytest.raises(UsageError, match="--abundance-is-depth: found 2 fragments, expected at l"):
        fragments_of_units(table, np.full((1, 2), 0.1), [0, 0, 0], TenBases(), amount)
